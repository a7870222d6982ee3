"""`reconnect`: a session is back; from the news of it until the message that it held is at the gateway, whole.

The news is a gateway's webhook, or an operator's re-check. Both count from when the request goes out to the API.
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from statistics import median
from uuid import uuid4

import aiohttp

from tests.bench.figures import Figure, at_most, percentile
from tests.bench.gateway_watch import GatewayWatch, watched_gateway
from tests.bench.messages import Message, Session, insert_sessions, messages, schedule
from tests.bench.meter import Meter, others_line
from tests.bench.stack import Servers, Stack, stack

GOAL_P99_MS = 500.0
SESSIONS, QUICK_SESSIONS = 200, 40
SECRET = "the secret of the benchmark's webhooks"
_WARM_UP = 10
_NEVER_S = 86_400
_WITHIN_S = 30.0

News = Callable[[Session], Awaitable[None]]


async def reconnect(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    count, organization_id = QUICK_SESSIONS if quick else SESSIONS, uuid4()
    settings = {"verify_freshness_s": 0, "verify_sweep_s": _NEVER_S, "webhook_secret": SECRET}
    async with (
        watched_gateway() as (gateway, watch),
        stack(servers, gateway_url=gateway.url, **settings) as play,
    ):
        sessions = await insert_sessions(
            play, count + 2 * _WARM_UP, organizations=[organization_id], status="disconnected"
        )
        await watch.take_down([each.gateway_id for each in sessions])
        held = messages(sessions, len(sessions))
        await _hold(play, held)
        services = {name: await play.start(name) for name in ("verifier", "sender", "api")}
        headers = {"X-Organization-Id": str(organization_id)}
        async with aiohttp.ClientSession(services["api"].url, headers=headers) as client:
            by_webhook, by_recheck = held[0::2], held[1::2]
            webhook, recheck = partial(_webhook, client), partial(_recheck, client)
            for message in held[: 2 * _WARM_UP]:
                await _back_ms(watch, message, webhook if message in by_webhook else recheck)
            meter = Meter({name: service.pid for name, service in services.items()} | {"gateway": gateway.pid})
            told = [await _back_ms(watch, each, webhook) for each in by_webhook[_WARM_UP:]]
            asked = [await _back_ms(watch, each, recheck) for each in by_recheck[_WARM_UP:]]
            metered = await meter.read()
    worst = max(percentile(told, 99), percentile(asked, 99))
    return Figure(
        "reconnect",
        f"by webhook p50 {median(told):.0f} ms, p99 {percentile(told, 99):.0f} ms; by re-check p50 {median(asked):.0f} ms,"
        f" p99 {percentile(asked, 99):.0f} ms",
        at_most(worst, GOAL_P99_MS, " ms"),
        (
            f"{len(told)} and {len(asked)} sessions, one after another, each with a message that it held",
            " · ".join(f"{name} {cost}" for name, cost in metered.costs.items()),
            others_line([metered]),
        ),
    )


async def _hold(play: Stack, held: list[Message]) -> None:
    now = await play.connection.fetchval("SELECT now()")
    await schedule(play, [(message, now) for message in held])


async def _back_ms(watch: GatewayWatch, message: Message, news: News) -> float:
    """The session is back at the gateway, and then told of."""
    assert message.recipient not in watch.arrived_at, "a message left through a session that was down"
    await watch.bring_back(message.session.gateway_id)
    began = time.time()
    await news(message.session)
    await watch.until_arrived([message.recipient], within_s=_WITHIN_S)
    return 1000 * (watch.arrived_at[message.recipient] - began)


async def _webhook(client: aiohttp.ClientSession, session: Session) -> None:
    body = {"sessionId": session.gateway_id, "status": "connected", "phoneNumber": None}
    async with client.post("/v1/webhooks/default", json=body, headers={"X-API-Key": SECRET}) as answer:
        answer.raise_for_status()


async def _recheck(client: aiohttp.ClientSession, session: Session) -> None:
    async with client.post(f"/v1/sessions/{session.id}/verify") as answer:
        answer.raise_for_status()
