"""Status webhooks: what a gateway says by itself is an observation like any other.

A gateway may repeat itself many times a second: what says nothing new is left out before it costs a write.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import asyncpg
from prometheus_client import Counter

from services.verifier.check import Told
from services.verifier.reconcile import SessionRow
from services.verifier.rows import session_row
from services.verifier.write import Writer
from truesend.broker.consumer import Received
from truesend.contracts.events import GatewayEvent
from truesend.gateways.protocol import Observation, ObservedState
from truesend.observability.tracing import kept_traceparent
from truesend.store.queries import load_queries

WEBHOOKS = Counter("truesend_status_webhooks", "Status webhooks, by what came of them.", ["gateway", "result"])
REMEMBERED = 50_000

_STATES = {str(state): state for state in ObservedState if state is not ObservedState.CANNOT_TELL}

Name = tuple[str, str]
"""A gateway, and its id of a session."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One webhook, and how many of the same it stands for."""

    name: Name
    observation: Observation
    received_at: datetime
    occurred_at: datetime | None
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What a session said last that changed nothing, how its row stood then, and the gateway's newest time of it."""

    observation: Observation
    row: tuple[object, ...]
    occurred_at: datetime | None


class StatusWebhooks:
    """Reads gateways' events for one verifier. What tells of messages is left to others."""

    def __init__(self, pool: asyncpg.Pool, writer: Writer, *, freshness_s: float) -> None:
        self._pool = pool
        self._writer = writer
        self._freshness = timedelta(seconds=freshness_s)
        self._queries = load_queries("verifier")
        self._known: dict[Name, _Known] = {}

    async def take(self, events: Sequence[Received[GatewayEvent]]) -> None:
        """Write what a batch says of sessions. Returns when it is written."""
        said = _without_repeats(_said(events))
        if not said:
            return
        records = await self._queries["sessions_told_of"].fetch(
            self._pool, **_names(list(dict.fromkeys(each.name for each in said)))
        )
        rows: dict[Name, list[asyncpg.Record]] = {}
        for record in records:
            rows.setdefault((record["told_gateway"], record["told_id"]), []).append(record)
        told = [news for each in said if (news := self._news(each, rows.get(each.name, []))) is not None]
        if told:
            await self._writer.add_and_wait(told)

    def unchanged(self, told: Told, row: SessionRow) -> None:
        """It was written, and changed nothing: the same need not be written again while it is fresh."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known[row.gateway, row.gateway_session_id] = _Known(told.observation, _standing(row), told.occurred_at)

    def _news(self, said: _Said, records: Sequence[asyncpg.Record]) -> Told | None:
        told, result = None, "unknown_session" if not records else "ambiguous_session"
        if len(records) == 1:
            told = self._told(said, records[0])
            repeats = self._is_no_news(told, is_being_asked=records[0]["is_being_asked"])
            told, result = (None, "repeated") if repeats else (told, "taken")
        WEBHOOKS.labels(said.name[0], result).inc()
        return told

    def _told(self, said: _Said, record: asyncpg.Record) -> Told:
        known = self._known.get(said.name)
        return Told(
            session_row(record, record),
            said.observation,
            min(said.received_at, record["now"]),
            said.occurred_at,
            kept_traceparent(said.traceparent),
            known.occurred_at if known else None,
        )

    def _is_no_news(self, told: Told, *, is_being_asked: bool) -> bool:
        """An answer that is on its way may have been asked for before: then even a repeat has to be written."""
        row, name = told.row, (told.row.gateway, told.row.gateway_session_id)
        if told.is_outdated(row):
            return not told.contradicts(row)
        known = self._known.get(name)
        if known is None or (known.observation, known.row) != (told.observation, _standing(row)):
            return False
        if is_being_asked or row.last_verified_at is None or told.asked_at - row.last_verified_at > self._freshness:
            return False
        self._known[name] = replace(known, occurred_at=told.occurred_at or known.occurred_at)
        return True


def _said(events: Iterable[Received[GatewayEvent]]) -> Iterable[_Said]:
    for received in events:
        event = received.body
        if event.kind != "status":
            continue
        state = _STATES.get(event.state or "")
        if state is None or "\x00" in event.gateway + event.gateway_session_id:
            WEBHOOKS.labels(event.gateway, "tells_nothing").inc()
            continue
        yield _Said(
            (event.gateway, event.gateway_session_id),
            Observation(state, event.detail or "", event.phone_number),
            event.received_at,
            event.occurred_at,
            received.traceparent,
        )


def _without_repeats(said: Iterable[_Said]) -> list[_Said]:
    """Of what a session says several times in a row, the newest, in its place."""
    kept: dict[Name, list[_Said]] = {}
    for each in said:
        of_session = kept.setdefault(each.name, [])
        if of_session and of_session[-1].observation == each.observation and not _is_older(each, of_session[-1]):
            of_session.pop()
            WEBHOOKS.labels(each.name[0], "repeated").inc()
        of_session.append(each)
    return [each for of_session in kept.values() for each in of_session]


def _is_older(said: _Said, other: _Said) -> bool:
    """By the gateway's clock, or not to be told by it."""
    if said.occurred_at is None or other.occurred_at is None:
        return said.occurred_at is not other.occurred_at
    return said.occurred_at < other.occurred_at


def _names(names: Sequence[Name]) -> dict[str, list[str]]:
    return {
        "gateways": [gateway for gateway, _ in names],
        "gateway_session_ids": [gateway_session_id for _, gateway_session_id in names],
    }


def _standing(row: SessionRow) -> tuple[object, ...]:
    return (row.id, row.version, row.status, row.last_error, row.phone_number, row.superseded_by)
