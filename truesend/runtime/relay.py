"""From ``event_log`` to Kafka: in order per key, at least once, never zero times.

Any number of processes may run a relay; one leads at a time, under a short lease that it renews as it goes. The leader
gives positions to what was committed since (also to rows whose transaction began early and committed late), publishes by
position, and advances the mark with its next pass, when Kafka has confirmed. A leader that dies between the two leaves a
repeat, not a gap.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import structlog
from prometheus_client import Counter

from truesend.broker.publisher import Publisher, Record
from truesend.contracts.topics import MESSAGE_EVENTS, SESSION_EVENTS
from truesend.store.queries import load_queries
from truesend.store.wakeups import RELAY_CHANNEL

RELAYED = Counter("truesend_facts_relayed", "Facts published from event_log.")
LEASE_S = 3.0
BATCH = 1000
PRUNE_BATCH = 2000
IDLE_S = 2.0
STAND_BY_S = 2.0
PRUNE_EVERY_S = 60.0

log = structlog.get_logger(__name__)

_TOPICS = {"session": SESSION_EVENTS, "message": MESSAGE_EVENTS}


class Relay:
    """One process' relay. ``one_pass`` is run by a Loop."""

    def __init__(
        self, pool: asyncpg.Pool, publisher: Publisher, *, retention_s: float, stand_by_s: float = STAND_BY_S
    ) -> None:
        """``stand_by_s``: how long it rests while another leads."""
        self._pool = pool
        self._stand_by_s = stand_by_s
        self._publisher = publisher
        self._retention_s = retention_s
        self._id = uuid4()
        self._published_from = self._published_to = 0
        self._queries = load_queries("relay")
        self._has_news = False

    def hint(self) -> None:
        """Facts were written here: whoever leads should look, also where it is another process."""
        self._has_news = True

    async def one_pass(self) -> float:
        """Take what is there in one round trip, and publish it. Returns the seconds to rest."""
        rows = await self._queries["take"].fetch(
            self._pool,
            relay=self._id,
            lease_s=LEASE_S,
            published_from=self._published_from,
            published_to=self._published_to,
            row_limit=BATCH,
        )
        self._published_from = self._published_to = 0
        if not rows:
            self._has_news = False
            return IDLE_S
        if rows[0]["position"] is None:
            await self._pass_on_the_news()
            return self._stand_by_s
        self._has_news = False
        await self._publisher.publish([_record(row) for row in rows])
        self._published_from, self._published_to = rows[0]["position"] - 1, rows[-1]["position"]
        RELAYED.inc(len(rows))
        return 0.0

    async def prune(self) -> float:
        """Empty the sections of the log that are past their retention, and delete a slice of what was there before it had
        sections. Returns the seconds to rest."""
        turned = await self._queries["turn_sections"].fetchrow(self._pool, retention_s=self._retention_s)
        if turned is not None and turned["left_over"]:
            log.info("facts past their retention are being read, and go next time", sections=turned["left_over"])
        tag = await self._queries["prune"].execute(self._pool, retention_s=self._retention_s, row_limit=PRUNE_BATCH)
        return 0.1 if tag == f"DELETE {PRUNE_BATCH}" else PRUNE_EVERY_S

    async def resign(self) -> None:
        """Let another relay lead at once."""
        await self._queries["resign"].execute(
            self._pool, relay=self._id, published_from=self._published_from, published_to=self._published_to
        )

    async def _pass_on_the_news(self) -> None:
        if self._has_news:
            self._has_news = False
            await self._pool.execute(f"NOTIFY {RELAY_CHANNEL}")


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
