"""Looking at everything that might grow, every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from tests.bench.figures import MEGABYTE
from tests.soak.judge import Point
from truesend.broker.topics import partitions_of

GROUPS: Final = {
    "truesend-verifier": "whatsapp.session.verify.v1",
    "truesend-sender": "whatsapp.message.dispatch.v1",
    "truesend-verifier-webhooks": "whatsapp.gateway.events.v1",
    "truesend-sender-evidence": "whatsapp.gateway.events.v1",
}
GROWS_BY_DESIGN: Final = "message_attempts"
# Of a partitioned table all partitions together. reltuples is a guess; these tables are small enough to be counted.
_TABLES: Final = """
SELECT coalesce(pg_partition_root(s.relid)::regclass, s.relid::regclass)::text AS name,
       sum(s.n_live_tup)::bigint AS live, sum(s.n_dead_tup)::bigint AS dead,
       sum(pg_table_size(s.relid))::bigint AS table_bytes, sum(pg_indexes_size(s.relid))::bigint AS index_bytes,
       sum(s.autovacuum_count)::bigint AS vacuums
FROM pg_stat_user_tables AS s WHERE s.schemaname IN ('public', 'truesend') GROUP BY 1
"""
_MESSAGES: Final = """
SELECT count(*) FILTER (WHERE status IN ('pending', 'sending') AND scheduled_for < now() - interval '10 s') AS waiting,
       count(*) AS rows
FROM scheduled_whatsapp_messages
"""
_LATENCY: Final = """
SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP
           (ORDER BY 1000 * extract(epoch FROM m.sent_at - m.scheduled_for)::float8) AS found
FROM scheduled_whatsapp_messages AS m
WHERE m.session_id = ANY ($1::uuid[]) AND m.sent_at >= now() - make_interval(secs => $2)
"""
_RELAY: Final = """
SELECT count(*) FROM truesend.event_log, truesend.relay_state AS r
WHERE position IS NULL OR position > r.published_position
"""

Series = dict[str, list[Point]]


@dataclass(slots=True)
class Sampler:
    """Measures into ``series``. ``steady`` are the sessions whose latency counts: those that never drop."""

    connection: asyncpg.Connection
    bootstrap_servers: str
    topic_prefix: str
    processes: Mapping[str, int]
    steady: list[Any]
    every_s: float
    series: Series = field(default_factory=dict)
    vacuums: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        looks: list[Callable[[], Awaitable[dict[str, float]]]] = [
            self._memory,
            self._tables,
            self._messages,
            self._behind,
        ]
        while True:
            at_s = loop.time() - began
            for look in looks:
                for name, value in (await look()).items():
                    self.series.setdefault(name, []).append((at_s, value))
            await asyncio.sleep(self.every_s)

    async def _memory(self) -> dict[str, float]:
        return {
            f"memory MB: {name}": psutil.Process(pid).memory_info().rss / MEGABYTE
            for name, pid in self.processes.items()
        }

    async def _tables(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for row in await self.connection.fetch(_TABLES):
            name = str(row["name"]).removeprefix("truesend.")
            self.vacuums[name] = row["vacuums"]
            size = row["table_bytes"] + row["index_bytes"]
            found[f"dead rows: {name}"] = row["dead"]
            if name == GROWS_BY_DESIGN:
                if row["live"] >= 1_000:
                    found["bytes per attempt"] = size / row["live"]
            else:
                found[f"size MB: {name}"] = size / MEGABYTE
                found[f"rows: {name}"] = row["live"]
        return found

    async def _messages(self) -> dict[str, float]:
        counts = await self.connection.fetchrow(_MESSAGES)
        assert counts is not None
        found: dict[str, float] = {
            "waiting: messages due for 10 s": counts["waiting"],
            "waiting: facts for the relay": await self.connection.fetchval(_RELAY),
            "waiting: dispatch queue": await self.connection.fetchval("SELECT count(*) FROM truesend.dispatch_queue"),
        }
        latency = await self.connection.fetchval(_LATENCY, self.steady, max(self.every_s, 10.0))
        if latency:
            found |= {"p50 ms": latency[0], "p99 ms": latency[1]}
        return found

    async def _behind(self) -> dict[str, float]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap_servers)
        await admin.start()
        await consumer.start()
        try:
            found = {}
            topics = await partitions_of(admin, {f"{self.topic_prefix}{topic}" for topic in GROUPS.values()})
            for group, topic in GROUPS.items():
                read = await admin.list_consumer_group_offsets(f"{self.topic_prefix}{group}")
                ends = await consumer.end_offsets(topics.get(f"{self.topic_prefix}{topic}", []))
                found[f"behind: {group}"] = float(
                    sum(end - read[partition].offset for partition, end in ends.items() if partition in read)
                )
            return found
        finally:
            await consumer.stop()
            await admin.close()
