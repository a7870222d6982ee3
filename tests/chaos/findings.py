"""Gathering what the judge is shown: rows, ledgers, and the topic of facts from its beginning to its end."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import aiohttp
import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.chaos.gateways import ChaosGateway
from tests.chaos.judge import Fact, Findings, Row
from tests.chaos.servers import Servers
from tests.chaos.traffic import token_in
from truesend.broker.topics import partitions_of
from truesend.contracts.topics import MESSAGE_EVENTS, TOPICS

_POLL_S: Final = 0.2
_READ_MS: Final = 5_000
_CHECKED_WITHIN_S: Final = 20.0

_ROWS: Final = """
SELECT m.id, m.message_content, m.status, m.version, m.unconfirmed_at IS NOT NULL AS in_doubt,
       m.lease_token IS NOT NULL AS has_lease, m.accepted_at IS NOT NULL AS accepted,
       m.attempt_started_at IS NOT NULL AS started,
       EXISTS (SELECT FROM truesend.dispatch_queue AS q WHERE q.message_id = m.id) AS queued, s.gateway,
       m.error_message,
       coalesce((SELECT array_agg(a.outcome ORDER BY a.started_at) FROM truesend.message_attempts AS a
                 WHERE a.message_id = m.id), '{}') AS outcomes
FROM scheduled_whatsapp_messages AS m JOIN whatsapp_sessions AS s ON s.id = m.session_id
"""
_DOUBTS: Final = """
SELECT m.id, m.organization_id
FROM scheduled_whatsapp_messages AS m JOIN whatsapp_sessions AS s ON s.id = m.session_id
WHERE m.status = 'sending' AND m.unconfirmed_at IS NOT NULL AND s.gateway = ANY ($1::text[])
"""
_UNQUIET: Final = """
SELECT 'pending' AS what, count(*) AS number FROM scheduled_whatsapp_messages WHERE status = 'pending'
UNION ALL
SELECT 'sending', count(*) FROM scheduled_whatsapp_messages WHERE status = 'sending' AND unconfirmed_at IS NULL
UNION ALL
SELECT 'queued', count(*) FROM truesend.dispatch_queue
UNION ALL
SELECT 'sessions down', count(*) FROM whatsapp_sessions WHERE status <> 'connected'
UNION ALL
SELECT 'unpublished', count(*) FROM truesend.event_log, truesend.relay_state AS r
WHERE position IS NULL OR position > r.published_position
"""


async def wait_for_quiet(servers: Servers, within_s: float) -> tuple[float | None, str]:
    """Wait until nothing is left to do but what waits for the operator: after how many seconds, or None and what is left."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    left: Mapping[str, int] = {}
    while (passed_s := loop.time() - began) < within_s:
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            left = await _left(servers)
            if not left:
                return passed_s, ""
        await asyncio.sleep(_POLL_S)
    return None, ", ".join(f"{number} {what}" for what, number in left.items()) or "the database is away"


async def settle_doubts(servers: Servers, api_url: str, keys: Mapping[UUID, str], gateways: Sequence[str]) -> None:
    """As an operator does: have every doubt at these gateways checked, and wait for what comes of it, within bounds."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        for message_id, organization_id in await _doubts(servers, gateways):
            headers = {"X-API-Key": keys[organization_id]}
            async with client.post(f"{api_url}/v1/messages/{message_id}/check", headers=headers) as answer:
                assert answer.status in {200, 202, 409}, await answer.text()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CHECKED_WITHIN_S):
            while await _doubts(servers, gateways):  # noqa: ASYNC110 - what is waited for is in the database
                await asyncio.sleep(_POLL_S)


async def _doubts(servers: Servers, gateways: Sequence[str]) -> list[tuple[UUID, UUID]]:
    connection = await asyncpg.connect(servers.database_url, timeout=5)
    try:
        rows = await connection.fetch(_DOUBTS, gateways)
    finally:
        await connection.close()
    return [(row["id"], row["organization_id"]) for row in rows]


async def _left(servers: Servers) -> dict[str, int]:
    connection = await asyncpg.connect(servers.database_url, timeout=5)
    try:
        rows = await connection.fetch(_UNQUIET)
    finally:
        await connection.close()
    return {row["what"]: row["number"] for row in rows if row["number"]}


async def gather(
    servers: Servers,
    gateways: Mapping[str, ChaosGateway],
    wanted: Sequence[UUID],
    *,
    quiet_after_s: float | None,
    unquiet: str,
    complaints: Sequence[str],
) -> Findings:
    """Everything that there is to know, once it is quiet."""
    facts = await _facts(servers)
    buried = await _buried(servers)
    connection = await asyncpg.connect(servers.database_url, timeout=10)
    try:
        rows = [_row(row) for row in await connection.fetch(_ROWS)]
        log = await connection.fetch("SELECT id, position, aggregatetype FROM truesend.event_log")
        state = await connection.fetchrow("SELECT last_position, published_position FROM truesend.relay_state")
    finally:
        await connection.close()
    assert state is not None
    return Findings(
        wanted=wanted,
        rows=rows,
        delivered=_counted(each.text for gateway in gateways.values() for each in gateway.ledger.deliveries),
        posted=_counted(each.text for gateway in gateways.values() for each in gateway.ledger.posts),
        facts=facts,
        logged={each["id"]: each["position"] for each in log if each["aggregatetype"] == "message"},
        positions=[each["position"] for each in log if each["position"] is not None],
        unpositioned=sum(1 for each in log if each["position"] is None),
        last_position=state["last_position"],
        published_position=state["published_position"],
        quiet_after_s=quiet_after_s,
        unquiet=unquiet,
        unsettling=frozenset(name for name, gateway in gateways.items() if not gateway.can_settle_doubts),
        settling=frozenset(name for name, gateway in gateways.items() if gateway.takes_ids),
        buried=buried,
        complaints=complaints,
    )


async def _buried(servers: Servers) -> int:
    """How many records are among the dead letters."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers.bootstrap_servers)
    try:
        await consumer.start()
        names = [f"{servers.topic_prefix}{topic.dead_letters}" for topic in TOPICS]
        partitions = [each for name in names for each in await topic_partitions(servers.bootstrap_servers, name)]
        return sum((await consumer.end_offsets(partitions)).values())
    finally:
        await consumer.stop()


def _counted(texts: Iterable[str]) -> Counter[UUID]:
    return Counter(token_in(text) for text in texts)


def _row(row: asyncpg.Record) -> Row:
    same = set(row.keys()) - {"message_content", "outcomes"}
    token = token_in(row["message_content"])
    return Row(token=token, outcomes=tuple(row["outcomes"]), **{name: row[name] for name in same})


async def _facts(servers: Servers) -> list[Fact]:
    """The whole topic, partition by partition."""
    partitions = await topic_partitions(servers.bootstrap_servers, f"{servers.topic_prefix}{MESSAGE_EVENTS.name}")
    consumer = AIOKafkaConsumer(bootstrap_servers=servers.bootstrap_servers, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        facts: list[Fact] = []
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                records = await consumer.getmany(partition, timeout_ms=_READ_MS)
                facts += [_fact(record) for record in records.get(partition, [])]
        return facts
    finally:
        await consumer.stop()


async def topic_partitions(bootstrap_servers: str, topic: str) -> list[TopicPartition]:
    """A topic's partitions, as Kafka knows them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        return (await partitions_of(admin, [topic]))[topic]
    finally:
        await admin.close()


def _fact(record: Any) -> Fact:
    body = orjson.loads(record.value)
    headers = dict(record.headers)
    return Fact(
        ce_id=UUID(headers["ce_id"].decode()),
        message_id=UUID(body["id"]),
        status=body["status"],
        version=body["version"],
        position=body["position"],
    )
