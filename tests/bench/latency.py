"""`latency`: with nothing else to do, from when a message is due until it is on the wire: at the gateway, whole."""

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from statistics import median
from uuid import UUID, uuid4

import aiohttp

from tests.bench.figures import Figure, Goal, percentile
from tests.bench.gateway_watch import GatewayWatch, watched_gateway
from tests.bench.messages import Message, Session, insert_sessions, messages, schedule
from tests.bench.meter import Meter, others_line
from tests.bench.stack import Servers, Stack, stack

GOAL_P50_MS, GOAL_P99_MS = 25.0, 100.0
SESSIONS = 20
MESSAGES, QUICK_MESSAGES = 200, 40
# no multiple of any pause of ours
EVERY_S = 0.083
FIRST_AFTER_S = 2.0
WARM_UP = 40
_WITHIN_S = 60.0


async def latency(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    count, organization_id = QUICK_MESSAGES if quick else MESSAGES, uuid4()
    async with (
        watched_gateway() as (gateway, watch),
        stack(servers, gateway_url=gateway.url) as play,
    ):
        sessions = await insert_sessions(play, SESSIONS, organizations=[organization_id])
        services = {name: await play.start(name) for name in ("verifier", "sender", "api")}
        await _scheduled_ms(play, watch, messages(sessions, WARM_UP))
        async with _client(services["api"].url, organization_id) as client:
            await _posted_ms(client, watch, messages(sessions, SESSIONS))
            meter = Meter({name: service.pid for name, service in services.items()} | {"gateway": gateway.pid})
            scheduled = await _scheduled_ms(play, watch, messages(sessions, count))
            posted = await _posted_ms(client, watch, messages(sessions, count))
            metered = await meter.read()
        overdue = await _overdue_ms(play, watch, sessions, count // 5)
    met = all(median(each) <= GOAL_P50_MS and percentile(each, 99) <= GOAL_P99_MS for each in (scheduled, posted))
    return Figure(
        "latency",
        f"scheduled {_line(scheduled)}; posted {_line(posted)}",
        Goal(f"p50 ≤ {GOAL_P50_MS:g} ms, p99 ≤ {GOAL_P99_MS:g} ms", met),
        (
            f"{count} rows that become due one every {1000 * EVERY_S:g} ms; then {count} times POST /v1/messages, from the"
            " request's begin, with as long a rest after each",
            f"rows that are due already when SQL inserts them, without a hint: {_line(overdue)}",
            " · ".join(f"{name} {cost}" for name, cost in metered.costs.items()),
            others_line([metered]),
        ),
    )


async def _scheduled_ms(play: Stack, watch: GatewayWatch, due: Collection[Message]) -> list[float]:
    """Rows that lie there before they are due."""
    now = await play.connection.fetchval("SELECT clock_timestamp()")
    times = [now + timedelta(seconds=FIRST_AFTER_S + EVERY_S * number) for number in range(len(due))]
    await schedule(play, list(zip(due, times, strict=True)))
    await watch.until_arrived([each.recipient for each in due], within_s=_WITHIN_S + EVERY_S * len(due))
    return [
        1000 * (watch.arrived_at[each.recipient] - due_at.timestamp()) for each, due_at in zip(due, times, strict=True)
    ]


async def _posted_ms(client: aiohttp.ClientSession, watch: GatewayWatch, due: Collection[Message]) -> list[float]:
    """Messages that are to be sent at once, asked for by HTTP, with a rest after each."""
    found = []
    for each in due:
        found.append(await _posted_one_ms(client, watch, each))
        await asyncio.sleep(EVERY_S)
    return found


async def _posted_one_ms(client: aiohttp.ClientSession, watch: GatewayWatch, message: Message) -> float:
    body = {
        "session_id": str(message.session.id),
        "recipient": message.recipient,
        "message_content": message.text,
        "message_type": "custom",
    }
    asked_at = time.time()
    async with client.post("/v1/messages", json=body, headers={"Idempotency-Key": message.recipient}) as answer:
        answer.raise_for_status()
        await answer.read()
    await watch.until_arrived([message.recipient], within_s=_WITHIN_S)
    return 1000 * (watch.arrived_at[message.recipient] - asked_at)


async def _overdue_ms(play: Stack, watch: GatewayWatch, sessions: Sequence[Session], count: int) -> list[float]:
    """Rows that a CRM inserts for now: only looking finds them."""
    found = []
    for each in messages(sessions, count):
        now = await play.connection.fetchval("SELECT clock_timestamp()")
        await schedule(play, [(each, now)])
        await watch.until_arrived([each.recipient], within_s=_WITHIN_S)
        found.append(1000 * (watch.arrived_at[each.recipient] - now.timestamp()))
    return found


def _client(url: str, organization_id: UUID) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(url, headers={"X-Organization-Id": str(organization_id)})


def _line(values_ms: Sequence[float]) -> str:
    return f"p50 {median(values_ms):.1f} ms, p99 {percentile(values_ms, 99):.1f} ms"
