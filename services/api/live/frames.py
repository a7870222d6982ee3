"""A fact as the live stream carries it. Source: WHATWG HTML, section 9.2, server-sent events."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import ConfigDict

from truesend.contracts.events import Contract

KEEP_ALIVE = b": keep-alive\n\n"
RECONNECT_MS = 2_000


class StreamedFact(Contract):
    """What the stream needs of a fact; all else travels along untouched."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: UUID
    organization_id: UUID
    type: str
    status: str
    position: int | None = None


class Frame:
    """One fact for the clients of one organisation, encoded once, when the first of them wants it. ``kind`` is its event's
    name; it tells the trace that it is of, if it is of one."""

    __slots__ = ("_body", "_wire", "kind", "organization_id", "position", "traceparent")

    def __init__(
        self,
        kind: str,
        organization_id: UUID,
        position: int | None,
        body: Mapping[str, Any],
        traceparent: str | None = None,
    ) -> None:
        self.kind = kind
        self.position = position
        self.organization_id = organization_id
        self.traceparent = traceparent
        self._body: Mapping[str, Any] | None = body if traceparent is None else {**body, "traceparent": traceparent}
        self._wire = b""

    @property
    def wire(self) -> bytes:
        """The bytes of the event. One with a position has it as its id."""
        if self._body is not None:
            number = b"" if self.position is None else b"id: %d\n" % self.position
            self._wire = number + event(self.kind, self._body)
            self._body = None
        return self._wire


def frame_of_fact(kind: str, fact: StreamedFact, traceparent: str | None = None) -> Frame:
    """A fact that came from Kafka."""
    return Frame(kind, fact.organization_id, fact.position, fact.model_dump(mode="json"), traceparent)


def frame_of_row(row: asyncpg.Record) -> Frame:
    """A fact that was read from event_log."""
    body = {**row["payload"], "position": row["position"], "type": row["type"]}
    return Frame(row["aggregatetype"], row["organization_id"], row["position"], body, row["traceparent"])


def event(kind: str, body: Mapping[str, Any]) -> bytes:
    """An event with its data on one line."""
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(body))


def beginning(position: int) -> bytes:
    """Where the stream begins. No event: a client notes the id, and resumes from there if it never gets another."""
    return b"retry: %d\nid: %d\n\n" % (RECONNECT_MS, position)
