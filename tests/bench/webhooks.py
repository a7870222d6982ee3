"""`webhooks`: 10,000 of a gateway's webhooks at 1,000 a second to one API process: how soon each is answered, and none lost.

The posts go out by the clock, whether earlier ones are answered or not; the answer's time counts from when it was due.
"""

import asyncio
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

import aiohttp
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.bench.figures import Figure, Goal, percentile
from tests.bench.meter import Meter, others_line
from tests.bench.stack import PARTITIONS, Servers, Stack, stack
from tests.harness.rows import insert_session
from truesend.contracts.topics import GATEWAY_EVENTS

WEBHOOKS, QUICK_WEBHOOKS = 10_000, 2_000
PER_SECOND = 1_000
SESSIONS = 50
GOAL_P99_MS = 50.0
SECRET = "the secret of the benchmark's webhooks"
_NOWHERE = "http://127.0.0.1:9"


async def webhooks(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    count = QUICK_WEBHOOKS if quick else WEBHOOKS
    async with stack(servers, gateway_url=_NOWHERE, webhook_secret=SECRET) as stage:
        sessions = [await _session(stage) for _ in range(SESSIONS)]
        api = await stage.start("api")
        bodies = [_body(sessions[number % SESSIONS], number) for number in range(count)]
        async with aiohttp.ClientSession(
            headers={"X-API-Key": SECRET}, connector=aiohttp.TCPConnector(limit=0)
        ) as client:
            await _post_all(client, api.url, [_body(session, -1) for session in sessions])
            meter = Meter({"api": api.pid})
            answers = await _post_all(client, api.url, bodies)
            metered = await meter.read()
        stored = await _stored(servers, stage)
    refused = sum(status != 204 for status, _ in answers)
    lost = count - len(stored & set(range(count)))
    took_ms = [1000 * seconds for _, seconds in answers]
    p99_ms = percentile(took_ms, 99)
    return Figure(
        "webhooks",
        f"p50 {median(took_ms):.1f} ms, p99 {p99_ms:.1f} ms; {refused} refused, {lost} lost",
        Goal(f"p99 ≤ {GOAL_P99_MS:g} ms, none lost", p99_ms <= GOAL_P99_MS and not refused and not lost),
        (
            f"{count:,} webhooks at {PER_SECOND:,} a second to one API process",
            " · ".join(f"{name} {cost}" for name, cost in metered.costs.items()),
            others_line([metered]),
        ),
    )


async def _session(stage: Stack) -> UUID:
    return await insert_session(stage.connection, organization_id=uuid4())


def _body(session_id: UUID, number: int) -> bytes:
    return orjson.dumps(
        {
            "event": "message_sent",
            "sessionId": f"wa_{session_id}",
            "groupJid": "919800001234",
            "messageId": f"3EB0{number}",
            "status": "sent",
            "error": None,
        }
    )


async def _post_all(client: aiohttp.ClientSession, url: str, bodies: list[bytes]) -> list[tuple[int, float]]:
    """Each body's status, and the seconds from its due time to its answer."""
    started = perf_counter()
    posts = []
    for number, body in enumerate(bodies):
        due = started + number / PER_SECOND
        if (early_s := due - perf_counter()) > 0:
            await asyncio.sleep(early_s)
        posts.append(asyncio.create_task(_post(client, url, body, due)))
    return await asyncio.gather(*posts)


async def _post(client: aiohttp.ClientSession, url: str, body: bytes, due: float) -> tuple[int, float]:
    async with client.post(f"{url}/v1/webhooks/default", data=body) as answer:
        return answer.status, perf_counter() - due


async def _stored(servers: Servers, stage: Stack) -> set[int]:
    """The numbers of the webhooks that Kafka has."""
    topic = f"{stage.settings.truesend_topic_prefix}{GATEWAY_EVENTS.name}"
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers.kafka.bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: set[int] = set()
    try:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                ids = (orjson.loads(record.value)["gateway_message_id"] for record in records)
                found.update(int(identifier.removeprefix("3EB0")) for identifier in ids)
    finally:
        await consumer.stop()
    return found
