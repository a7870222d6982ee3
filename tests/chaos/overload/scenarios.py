"""What is too much, one kind after the other."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from time import perf_counter
from uuid import UUID, uuid4

import aiohttp
from aiokafka.admin import AIOKafkaAdminClient

from tests.bench.figures import Figure, percentile
from tests.chaos.overload.stage import Stage, watched
from tests.harness.waiting import until
from truesend.contracts.events import DispatchMessage, GatewayEvent, VerifyReason, VerifySession
from truesend.contracts.topics import GATEWAY_EVENTS, MESSAGE_DISPATCH, MESSAGE_EVENTS, SESSION_VERIFY
from truesend.store.wakeups import DISPATCH_CHANNEL

CONNECTIONS = 250
LOOK_EVERY_S = 1.0
AN_HOUR = timedelta(hours=1)
_COLUMNS = ["id", "organization_id", "session_id", "recipient", "message_type", "message_content", "scheduled_for"]
_NOT_SENT = "SELECT count(*) FROM scheduled_whatsapp_messages WHERE organization_id = $1 AND status <> 'sent'"


async def due_at_once(stage: Stage) -> Figure:
    """Messages that all become due in one commit."""
    async with watched(stage) as seen:
        began = perf_counter()
        await _write_due(stage, stage.size.due)
        await _all_sent(stage)
        took_s = perf_counter() - began
    rate = stage.size.due / took_s
    return seen.figure("due at once", f"{stage.size.due:,} messages sent in {took_s:.0f} s, {rate:,.0f} a second")


async def verify_requests(stage: Stage) -> Figure:
    """An operator's re-check of single sessions, as many at once as callers can make."""
    answers: Counter[int | str] = Counter()
    took: list[float] = []
    sessions = cycle(stage.sessions)
    headers = {"X-Organization-Id": str(stage.organization_id)}
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with (
        aiohttp.ClientSession(stage.services["api"].url, headers=headers, connector=connector) as client,
        watched(stage) as seen,
    ):

        async def ask(session_id: UUID) -> None:
            began = perf_counter()
            try:
                async with client.post(f"/v1/sessions/{session_id}/verify") as answer:
                    answers[answer.status] += 1
            except (aiohttp.ClientError, TimeoutError) as error:
                answers[type(error).__name__] += 1
            took.append(perf_counter() - began)

        began = perf_counter()
        await asyncio.gather(*(ask(session_id) for session_id in islice(sessions, stage.size.requests)))
        took_s = perf_counter() - began
    told = ", ".join(f"{number:,} times {answer}" for answer, number in answers.items())
    return seen.figure(
        "verify requests at once",
        f"{told} within {took_s:.1f} s, p99 {percentile(took, 99):.1f} s",
        fine=set(answers) == {202},
    )


async def many_pages(stage: Stage) -> Figure:
    """As many browsers on one API as it admits, all of one organisation."""
    headers = {"X-Organization-Id": str(uuid4())}
    async with (
        watched(stage, pages=stage.size.pages) as seen,
        aiohttp.ClientSession(stage.services["api"].url, headers=headers) as client,
    ):
        for _ in range(stage.size.looks):
            async with client.get("/v1/sessions") as answer:
                assert answer.status == 200
            await asyncio.sleep(LOOK_EVERY_S)
    return seen.figure("open pages", f"{stage.size.pages:,} on one API, {seen.pages.lost} lost")


async def hour_of_lag(stage: Stage) -> Figure:
    """Verifier and sender come back after an hour in which commands and webhooks went on coming."""
    for name in ("verifier", "sender"):
        await asyncio.to_thread(stage.services.pop(name).terminate)
    await _pile_up(stage)
    began = perf_counter()
    await stage.start("verifier", "sender")
    async with watched(stage) as seen:
        await _write_due(stage, len(stage.sessions))
        await _all_sent(stage)
        sent_s = perf_counter() - began
        await _caught_up(stage)
        took_s = perf_counter() - began
    return seen.figure(
        "an hour behind",
        f"{stage.size.backlog:,} stale records on each of three topics worked off {took_s:.0f} s after the start",
        f"messages that became due with it were sent after {sent_s:.0f} s",
    )


async def dead_letters_fill(stage: Stage) -> Figure:
    """Rubbish on every topic that somebody reads."""
    topics = (SESSION_VERIFY, MESSAGE_DISPATCH, GATEWAY_EVENTS, MESSAGE_EVENTS)
    async with watched(stage) as seen:
        for topic in topics:
            keys = [str(number).encode() for number in range(stage.size.poison // len(topics))]
            await stage.publish(topic, [b"rubbish"] * len(keys), keys)
        told = {name: await _stands_still(stage, name) for name in stage.services}
    return seen.figure(
        "dead letters fill",
        f"{stage.size.poison:,} records that nobody can read: every consumer stands still, and says so",
        *(f"{name}: {words}" for name, words in told.items()),
    )


async def _write_due(stage: Stage, number: int) -> None:
    connection = stage.stack.connection
    now = await connection.fetchval("SELECT now()")
    sessions = islice(cycle(stage.sessions), number)
    async with connection.transaction():
        await connection.copy_records_to_table(
            "scheduled_whatsapp_messages",
            columns=_COLUMNS,
            records=[
                (uuid4(), stage.organization_id, session_id, f"91{each:010}", "custom", "due with all the others", now)
                for each, session_id in enumerate(sessions)
            ],
        )
        await connection.execute("SELECT pg_notify($1, '')", DISPATCH_CHANNEL)


async def _all_sent(stage: Stage) -> None:
    async def none_left() -> bool:
        await asyncio.sleep(0.5)  # counting costs more than it may where a hundred thousand are counted
        return int(await stage.stack.connection.fetchval(_NOT_SENT, stage.organization_id)) == 0

    await until(none_left, stage.size.patience_s, "every message is sent")


async def _pile_up(stage: Stage) -> None:
    then = datetime.now(UTC) - AN_HOUR
    sessions = list(islice(cycle(stage.sessions), stage.size.backlog))
    keys = [str(session_id).encode() for session_id in sessions]
    organization_id = stage.organization_id
    asked = [
        VerifySession(
            session_id=each, organization_id=organization_id, reason=VerifyReason.PAGE_LOAD, requested_at=then
        )
        for each in sessions
    ]
    await stage.publish(SESSION_VERIFY, [each.model_dump_json().encode() for each in asked], keys)
    stale = [
        DispatchMessage(message_id=uuid4(), session_id=each, organization_id=organization_id, lease_token=uuid4())
        for each in sessions
    ]
    await stage.publish(MESSAGE_DISPATCH, [each.model_dump_json().encode() for each in stale], keys)
    told = GatewayEvent(
        gateway="default", gateway_session_id="wa_0", kind="status", received_at=then, occurred_at=then, state="open"
    )
    await stage.publish(GATEWAY_EVENTS, [told.model_dump_json().encode()] * len(keys), keys)


async def _caught_up(stage: Stage) -> None:
    prefix = stage.stack.settings.truesend_topic_prefix
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.stack.settings.kafka_bootstrap_servers)
    await admin.start()

    async def all_read() -> bool:
        await asyncio.sleep(0.5)  # each look is a request to Kafka
        groups = ("truesend-verifier", "truesend-sender", "truesend-verifier-webhooks", "truesend-sender-evidence")
        return all([await _read(admin, f"{prefix}{group}") >= stage.size.backlog for group in groups])

    try:
        await until(all_read, stage.size.patience_s, "every record is read")
    finally:
        await admin.close()


async def _read(admin: AIOKafkaAdminClient, group: str) -> int:
    offsets = await admin.list_consumer_group_offsets(group)
    return sum(each.offset for each in offsets.values())


async def _stands_still(stage: Stage, name: str) -> str:
    async with aiohttp.ClientSession(stage.services[name].url) as client:

        async def says_so() -> str | None:
            async with client.get("/readyz") as answer:
                body = await answer.json()
            told: str | None = (body["problems"] | body["warnings"]).get("dead_letters")
            return told

        return await until(says_so, 60, f"{name} says that it stands still")


ALL = (due_at_once, verify_requests, many_pages, hour_of_lag, dead_letters_fill)
