"""From ``event_log`` to Kafka: in order per key, at least once, never zero times.

Any number of processes may run a relay; one leads at a time, under a short lease that it renews with each pass. The leader
gives positions to what was committed since (also to rows whose transaction began early and committed late), publishes by
position, and advances the mark only when Kafka has confirmed. A leader that dies between the two leaves a repeat, not a gap.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from prometheus_client import Counter

from truesend.broker.publisher import Publisher, Record
from truesend.contracts.topics import MESSAGE_EVENTS, SESSION_EVENTS
from truesend.store.queries import load_queries
from truesend.store.wakeups import RELAY_CHANNEL

RELAYED = Counter("truesend_facts_relayed", "Facts published from event_log.")
LEASE_S = 3.0
BATCH = 1000
PRUNE_BATCH = 2000
IDLE_S = 0.5
STAND_BY_S = 1.0
PRUNE_EVERY_S = 60.0

_TOPICS = {"session": SESSION_EVENTS, "message": MESSAGE_EVENTS}


class Relay:
    """One process' relay. ``one_pass`` is run by a Loop."""

    def __init__(self, pool: asyncpg.Pool, publisher: Publisher, *, retention_s: float) -> None:
        self._pool = pool
        self._publisher = publisher
        self._retention_s = retention_s
        self._id = uuid4()
        self._queries = load_queries("relay")
        self._has_news = False

    def hint(self) -> None:
        """Facts were written here: whoever leads should look, also where it is another process."""
        self._has_news = True

    async def one_pass(self) -> float:
        """Publish what is there. Returns the seconds to rest."""
        published_position = await self._lead()
        if published_position is None:
            await self._pass_on_the_news()
            return STAND_BY_S
        self._has_news = False
        rows = await self._queries["unpublished"].fetch(
            self._pool, published_position=published_position, row_limit=BATCH
        )
        if not rows:
            return IDLE_S
        await self._publisher.publish([_record(row) for row in rows])
        await self._queries["advance"].execute(self._pool, position=rows[-1]["position"])
        RELAYED.inc(len(rows))
        return 0.0 if len(rows) == BATCH else IDLE_S

    async def prune(self) -> float:
        """Delete a slice of what is past its retention. Returns the seconds to rest."""
        tag = await self._queries["prune"].execute(self._pool, retention_s=self._retention_s, row_limit=PRUNE_BATCH)
        return 0.1 if tag == f"DELETE {PRUNE_BATCH}" else PRUNE_EVERY_S

    async def resign(self) -> None:
        """Let another relay lead at once."""
        await self._queries["resign"].execute(self._pool, leader=self._id)

    async def _pass_on_the_news(self) -> None:
        if self._has_news:
            self._has_news = False
            await self._pool.execute(f"NOTIFY {RELAY_CHANNEL}")

    async def _lead(self) -> int | None:
        """Lead and give positions; returns the position that is published, or None when another leads."""
        async with self._pool.acquire() as connection, connection.transaction():
            state = await self._queries["lead"].fetchrow(connection, leader=self._id, lease_s=LEASE_S)
            if state is None:
                return None
            await self._queries["assign_positions"].execute(connection, row_limit=BATCH)
            return int(state["published_position"])


def _record(row: Any) -> Record:
    event_id: UUID = row["id"]
    time: datetime = row["created_at"]
    return Record(
        topic=_TOPICS[row["aggregatetype"]],
        key=row["aggregateid"],
        body=row["body"].encode(),
        event_type=row["type"],
        time=time,
        event_id=event_id,
        traceparent=row["traceparent"],
    )
