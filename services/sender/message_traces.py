"""The traces of messages, where traces are exported: that of the request that put a message into the queue goes on.

A message that has waited for long, or that the CRM wrote, is the first of a trace of its own: one that lasts for days shows
nobody anything.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from services.sender.spans import dispatch_span
from truesend.observability.outside_failures import OUTSIDE_FAILURES
from truesend.observability.spans import tracer
from truesend.store.queries import load_queries

GOES_ON_WITHIN_S: Final = 3_600.0


class MessageTraces:
    """Knows where messages came from, and asks for it only where it is wanted."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._origins = load_queries("sender")["origins"]

    async def dispatched(self, claimed: Sequence[asyncpg.Record], *, began_ns: int) -> Mapping[UUID, str]:
        """The traceparent of each claimed message's dispatch, by its id; the span is from ``began_ns`` until now."""
        traces = tracer()
        if traces is None:
            return {}
        origins = await self._origins_of([row["message_id"] for row in claimed])
        spans = {
            row["message_id"]: dispatch_span(traces, row, parent=origins.get(row["message_id"]), began_ns=began_ns)
            for row in claimed
        }
        for span in spans.values():
            span.end()
        return {message_id: span.traceparent for message_id, span in spans.items()}

    async def origin(self, message_id: UUID) -> str | None:
        """The traceparent of its request; None where that is long ago, or nobody's."""
        return None if tracer() is None else (await self._origins_of([message_id])).get(message_id)

    async def _origins_of(self, message_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """Where they can't be read there are none: the work is worth more than its trace."""
        try:
            rows = await self._origins.fetch(self._pool, message_ids=message_ids, within_s=GOES_ON_WITHIN_S)
        except OUTSIDE_FAILURES:
            return {}
        return {row["message_id"]: row["traceparent"] for row in rows}
