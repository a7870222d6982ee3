"""What one unit of each kind of work takes: CPU time of every process, and bytes, over runs of some thousands."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer

from tests.bench.dispatch import WARM_UP, deliver
from tests.bench.figures import MEGABYTE
from tests.bench.kafka_facts import FactCounter, counting
from tests.bench.lean_gateway import lean_gateway
from tests.bench.messages import Session, insert_sessions, messages
from tests.bench.meter import Meter, Metered
from tests.bench.record_counts import topic_partitions
from tests.bench.stack import Servers, Stack, stack
from tests.bench.verification import verification
from tests.harness.services import ServiceProcess
from truesend.capacity.costs import MEASURED, Costs
from truesend.contracts.topics import MESSAGE_EVENTS, SESSION_EVENTS
from truesend.store.wakeups import RELAY_CHANNEL

IN_FLIGHT = 64
SESSIONS = 200
POSTS_AT_ONCE = 32
BATCH = 500
SECRET = "the secret of the benchmark's webhooks"
FAR = "2150-01-01T00:00:00Z"
_WITHIN_S = 60.0
_SIZES = {
    "message_bytes": "scheduled_whatsapp_messages",
    "attempt_bytes": "truesend.message_attempts",
    "fact_bytes": "truesend.event_log",
}
# Of a partitioned table all partitions.
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size($1::text::regclass))::bigint
FROM pg_partition_tree($1::text::regclass) WHERE isleaf
"""
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8"
# The lean gateway calls all of them by one id.
_TELL_APART = (
    "UPDATE scheduled_whatsapp_messages SET gateway_message_id = id::text",
    "UPDATE truesend.message_attempts SET gateway_message_id = message_id::text",
)
_FACT = """
INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
SELECT 'session', id, 'session.connected',
       jsonb_build_object('id', id, 'organization_id', $2::uuid, 'status', 'connected', 'version', 1), $2
FROM unnest($1::uuid[]) AS id
"""


@dataclass(slots=True)
class Desk:
    """Where the units are counted: a stack with a sender, an API, and sessions of one organisation."""

    play: Stack
    facts: FactCounter
    organization_id: UUID
    sessions: Sequence[Session]
    sender: ServiceProcess

    @property
    def connection(self) -> asyncpg.Connection:
        """To the stack's database."""
        return self.play.connection


async def unit_costs(servers: Servers, *, count: int) -> Costs:
    """Measure all but what a page takes, which `live` measures, and the time that a message spends waiting."""
    organization_id = uuid4()
    with lean_gateway() as gateway:
        settings = {"gateway_max_in_flight": IN_FLIGHT, "webhook_secret": SECRET}
        async with stack(servers, gateway_url=gateway.url, **settings) as play:
            sessions = await insert_sessions(play, SESSIONS, organizations=[organization_id])
            sender = await play.start("sender")
            topic = f"{play.settings.truesend_topic_prefix}{MESSAGE_EVENTS.name}"
            async with counting(servers.kafka.bootstrap_servers, topic, "message.sent") as facts:
                desk = Desk(play, facts, organization_id, sessions, sender)
                found = await _messages(desk, count)
                api = await play.start("api")
                found |= await _facts_to_an_api(desk, api, count)
                found |= await _posted(desk, api, count)
                found |= await _acks(desk, api, count)
            found |= await _relayed(servers, desk, count)
    found |= await _verifications(servers)
    measured_on = f"{datetime.now(UTC):%Y-%m-%d}, one of {os.cpu_count()} cores"
    return replace(MEASURED, measured_on=measured_on, **found)


async def _messages(desk: Desk, count: int) -> dict[str, float]:
    play = desk.play
    await deliver(play, desk.facts, messages(desk.sessions, WARM_UP))
    sizes = await _sizes(play)
    kafka_bytes = await _kafka_bytes(play)
    wal_bytes = await desk.connection.fetchval(_WAL)
    metered = await _metered({"sender": desk.sender}, lambda: deliver(play, desk.facts, messages(desk.sessions, count)))
    wal_bytes = await desk.connection.fetchval(_WAL) - wal_bytes
    grown = {name: (size - sizes[name]) / count for name, size in (await _sizes(play)).items()}
    return grown | {
        "sender_message_s": metered.costs["sender"].cpu_s / count,
        "postgres_message_s": metered.costs["Postgres"].cpu_s / count,
        "kafka_message_s": metered.costs["Kafka"].cpu_s / count,
        "wal_message_bytes": wal_bytes / count,
        "kafka_message_bytes": (await _kafka_bytes(play) - kafka_bytes) / count,
        "sender_bytes": metered.costs["sender"].peak_rss_mb * MEGABYTE,
    }


async def _facts_to_an_api(desk: Desk, api: ServiceProcess, count: int) -> dict[str, float]:
    """Nobody listens: it is what every API spends on every fact."""
    metered = await _metered({"api": api}, lambda: deliver(desk.play, desk.facts, messages(desk.sessions, count)))
    return {"api_fact_s": metered.costs["api"].cpu_s / count, "api_bytes": metered.costs["api"].peak_rss_mb * MEGABYTE}


async def _posted(desk: Desk, api: ServiceProcess, count: int) -> dict[str, float]:
    """For a day that is far away, and taken away again."""
    bodies = [
        {
            "messages": [
                {
                    "session_id": str(message.session.id),
                    "recipient": message.recipient,
                    "message_content": message.text,
                    "scheduled_for": FAR,
                }
                for message in messages(desk.sessions, BATCH)
            ]
        }
        for _ in range(max(1, count // BATCH))
    ]

    async def post() -> None:
        async with aiohttp.ClientSession(api.url, headers={"X-Organization-Id": str(desk.organization_id)}) as client:
            for body in bodies:
                async with client.post("/v1/messages/batch", json=body) as answer:
                    assert answer.status == 201, await answer.text()

    metered = await _metered({"api": api}, post)
    await desk.connection.execute("DELETE FROM scheduled_whatsapp_messages WHERE status = 'pending'")
    posted = len(bodies) * BATCH
    return {
        "api_posted_s": metered.costs["api"].cpu_s / posted,
        "postgres_posted_s": metered.costs["Postgres"].cpu_s / posted,
    }


async def _acks(desk: Desk, api: ServiceProcess, count: int) -> dict[str, float]:
    """Delivered and read, of each of so many."""
    for statement in _TELL_APART:
        await desk.connection.execute(statement)
    rows = await desk.connection.fetch(
        "SELECT m.id, m.recipient, s.session_data ->> 'vps_session_id' AS name FROM scheduled_whatsapp_messages AS m"
        " JOIN whatsapp_sessions AS s ON s.id = m.session_id WHERE m.status = 'sent' LIMIT $1",
        count // 2,
    )
    bodies = [_receipt(row, kind) for kind in ("delivered", "read") for row in rows]
    await desk.connection.execute("VACUUM ANALYZE")
    kafka_bytes, wal_bytes = await _kafka_bytes(desk.play), await desk.connection.fetchval(_WAL)

    async def post() -> None:
        connector = aiohttp.TCPConnector(limit=POSTS_AT_ONCE)
        async with aiohttp.ClientSession(api.url, headers={"X-API-Key": SECRET}, connector=connector) as client:
            await asyncio.gather(*(_post(client, body) for body in bodies))
        await _until(
            desk.connection, "SELECT count(*) FROM scheduled_whatsapp_messages WHERE read_at IS NOT NULL", len(rows)
        )

    metered = await _metered({"api": api, "sender": desk.sender}, post)
    wal_bytes = await desk.connection.fetchval(_WAL) - wal_bytes
    acks = len(bodies)
    return {
        "api_webhook_s": metered.costs["api"].cpu_s / acks,
        "sender_ack_s": metered.costs["sender"].cpu_s / acks,
        "postgres_ack_s": metered.costs["Postgres"].cpu_s / acks,
        "kafka_ack_s": metered.costs["Kafka"].cpu_s / acks,
        "wal_ack_bytes": wal_bytes / acks,
        "kafka_ack_bytes": (await _kafka_bytes(desk.play) - kafka_bytes) / acks,
    }


async def _relayed(servers: Servers, desk: Desk, count: int) -> dict[str, float]:
    """Facts that somebody else wrote: the sender has nothing else to do than to publish them."""
    topic = f"{desk.play.settings.truesend_topic_prefix}{SESSION_EVENTS.name}"
    async with counting(servers.kafka.bootstrap_servers, topic, "session.connected") as facts:
        facts.expect(count)

        async def write() -> None:
            await desk.connection.execute(_FACT, [uuid4() for _ in range(count)], desk.organization_id)
            await desk.connection.execute("SELECT pg_notify($1, '')", RELAY_CHANNEL)
            await facts.last(within_s=_WITHIN_S)

        metered = await _metered({"sender": desk.sender}, write)
    return {"relay_fact_s": metered.costs["sender"].cpu_s / count}


async def _verifications(servers: Servers, *, rounds: int = 3, sessions: int = 500) -> dict[str, float]:
    async with verification(servers, sessions) as check:
        before = Meter({"api": check.api.pid, "verifier": check.verifier.pid})
        for _ in range(rounds):
            check.watch.expect(set(check.sessions))
            await check.ask("/v1/sessions/verify")
            await check.watch.last(within_s=_WITHIN_S)
        metered = await before.read()
    verifications = rounds * sessions
    return {
        "verifier_verification_s": metered.costs["verifier"].cpu_s / verifications,
        "postgres_verification_s": metered.costs["Postgres"].cpu_s / verifications,
        "kafka_verification_s": metered.costs["Kafka"].cpu_s / verifications,
        "api_verification_s": metered.costs["api"].cpu_s / verifications,
        "verifier_bytes": metered.costs["verifier"].peak_rss_mb * MEGABYTE,
    }


async def _metered(processes: Mapping[str, ServiceProcess], work: Callable[[], Awaitable[object]]) -> Metered:
    meter = Meter({name: process.pid for name, process in processes.items()})
    await work()
    return await meter.read()


async def _sizes(play: Stack) -> dict[str, float]:
    return {name: float(await play.connection.fetchval(_SIZE, table)) for name, table in _SIZES.items()}


async def _kafka_bytes(play: Stack) -> int:
    """Of keys, bodies and headers, over all topics: what a log keeps before it is compressed."""
    settings = play.settings
    partitions = await topic_partitions(settings.kafka_bootstrap_servers, settings.truesend_topic_prefix)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    size = 0
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                size += sum(_size(record) for record in records)
    finally:
        await consumer.stop()
    return size


def _size(record: object) -> int:
    key, value, headers = (getattr(record, name) for name in ("key", "value", "headers"))
    return len(key or b"") + len(value or b"") + sum(len(name) + len(text) for name, text in headers)


def _receipt(row: asyncpg.Record, kind: str) -> bytes:
    return orjson.dumps(
        {
            "event": kind,
            "sessionId": row["name"],
            "messageId": str(row["id"]),
            "groupJid": row["recipient"],
            "readerPhone": row["recipient"],
            "timestamp": int(time.time() * 1000),
        }
    )


async def _post(client: aiohttp.ClientSession, body: bytes) -> None:
    async with client.post("/v1/webhooks/default", data=body) as answer:
        assert answer.status == 204, await answer.text()


async def _until(connection: asyncpg.Connection, count: str, wanted: int) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while (found := await connection.fetchval(count)) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{wanted - found} are missing after {_WITHIN_S:g} s")
        await asyncio.sleep(0.2)
