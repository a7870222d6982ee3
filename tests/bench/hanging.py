"""`hanging`: five of fifty gateways answer nothing; how much longer sessions and messages of the other ones take.

Both states take turns within one run, under the same load through all gateways: messages become due, sessions are verified.
What goes through the five counts in neither state.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from statistics import median
from uuid import uuid4

import aiohttp

from tests.bench.figures import Figure, at_most, percentile
from tests.bench.gateway_watch import GatewayWatch, watched_gateway
from tests.bench.live_stream import VerdictTimes, timing
from tests.bench.messages import Session, insert_sessions, messages, schedule
from tests.bench.meter import Meter, others_line
from tests.bench.stack import Servers, Stack, gateway_name, stack

GOAL = 1.2
GATEWAYS, HANGING = 50, 5
SESSIONS = 100
ANSWER_MS = 10.0
MESSAGES_PER_S, CHECKS_PER_S = 80, 20
TURN_S, QUICK_TURN_S = 10.0, 4.0
TURNS, QUICK_TURNS = 4, 1
SEED = 8
_FIRST_AFTER_S = 0.5
_SETTLED_WITHIN_S = 30.0
_PAUSE_S = 0.05
_NEVER_S = 86_400
_UNSENT = "SELECT count(*) FROM scheduled_whatsapp_messages WHERE status <> 'sent'"


@dataclass(slots=True)
class Waits:
    """What one state's messages took from due to the wire, and its sessions from the question to the verdict."""

    messages_ms: list[float] = field(default_factory=list)
    verdicts_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything up."""

    play: Stack
    watch: GatewayWatch
    verdicts: VerdictTimes
    client: aiohttp.ClientSession
    sessions: Sequence[Session]
    hanging: Mapping[str, int]
    random: Random

    def is_healthy(self, session: Session) -> bool:
        """Whether its gateway is one of those that always answer."""
        return session.gateway not in self.hanging


async def hanging(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    turns, turn_s = (QUICK_TURNS, QUICK_TURN_S) if quick else (TURNS, TURN_S)
    organization_id = uuid4()
    settings = {"verify_freshness_s": 0, "verify_sweep_s": _NEVER_S}
    async with (
        watched_gateway(count=GATEWAYS, status_latency_ms=ANSWER_MS, send_latency_ms=ANSWER_MS) as (gateway, watch),
        stack(servers, gateway_url=gateway.urls, **settings) as play,
    ):
        names = [gateway_name(number) for number in range(GATEWAYS)]
        sessions = await insert_sessions(play, SESSIONS, organizations=[organization_id], gateways=names)
        services = {name: await play.start(name) for name in ("verifier", "sender", "api")}
        headers = {"X-Organization-Id": str(organization_id)}
        async with (
            aiohttp.ClientSession(services["api"].url, headers=headers) as client,
            timing(client) as verdicts,
        ):
            hung = dict(zip(names, gateway.ports[:HANGING], strict=False))
            scene = Scene(play, watch, verdicts, client, sessions, hung, Random(SEED))
            await _turn(scene, Waits(), QUICK_TURN_S, hangs=False)
            meter = Meter({name: service.pid for name, service in services.items()} | {"gateway": gateway.pid})
            without, with_hanging = Waits(), Waits()
            for _ in range(turns):
                await _turn(scene, without, turn_s, hangs=False)
                await _turn(scene, with_hanging, turn_s, hangs=True)
            metered = await meter.read()
    sent = _ratio(with_hanging.messages_ms, without.messages_ms)
    verified = _ratio(with_hanging.verdicts_ms, without.verdicts_ms)
    return Figure(
        "hanging",
        f"p99 with {HANGING} of {GATEWAYS} gateways hanging ÷ without: messages {sent:.2f}, verifications {verified:.2f}",
        at_most(max(sent, verified), GOAL),
        (
            f"messages from due to the wire: {_line(with_hanging.messages_ms)} ÷ {_line(without.messages_ms)}",
            f"sessions from the question to the verdict: {_line(with_hanging.verdicts_ms)} ÷ {_line(without.verdicts_ms)}",
            f"{turns} turns of {turn_s:g} s in each state, {MESSAGES_PER_S} messages and {CHECKS_PER_S} questions a second;"
            f" a gateway takes {ANSWER_MS:g} ms",
            " · ".join(f"{name} {cost}" for name, cost in metered.costs.items()),
            others_line([metered]),
        ),
    )


async def _turn(scene: Scene, waits: Waits, turn_s: float, *, hangs: bool) -> None:
    """Load for so long, in one state. Those that hung have caught up at its end."""
    await scene.watch.hang(list(scene.hanging.values()) if hangs else [])
    sending, asking = _send(scene, waits, turn_s), _ask(scene, waits, turn_s)
    await asyncio.gather(sending, asking)
    await scene.watch.hang([])
    await _settle(scene.play)


async def _send(scene: Scene, waits: Waits, turn_s: float) -> None:
    due = messages(scene.sessions, round(MESSAGES_PER_S * turn_s))
    now = await scene.play.connection.fetchval("SELECT clock_timestamp()")
    times = [now + timedelta(seconds=_FIRST_AFTER_S + scene.random.uniform(0, turn_s)) for _ in due]
    await schedule(scene.play, list(zip(due, times, strict=True)))
    healthy = [(each, at) for each, at in zip(due, times, strict=True) if scene.is_healthy(each.session)]
    await scene.watch.until_arrived([each.recipient for each, _ in healthy], within_s=turn_s + _SETTLED_WITHIN_S)
    waits.messages_ms += [1000 * (scene.watch.arrived_at[each.recipient] - at.timestamp()) for each, at in healthy]


async def _ask(scene: Scene, waits: Waits, turn_s: float) -> None:
    """Questions go out by the clock, whether earlier ones are answered or not."""
    loop = asyncio.get_running_loop()
    began, asked = loop.time() + _FIRST_AFTER_S, []
    for number in range(round(CHECKS_PER_S * turn_s)):
        await asyncio.sleep(began + number / CHECKS_PER_S - loop.time())
        session = scene.sessions[number % len(scene.sessions)]
        asked.append((session, asyncio.create_task(_verdict_ms(scene, session))))
    for session, verdict in asked:
        if scene.is_healthy(session):
            waits.verdicts_ms.append(await verdict)
        else:
            verdict.cancel()
            await asyncio.gather(verdict, return_exceptions=True)


async def _verdict_ms(scene: Scene, session: Session) -> float:
    verdict = scene.verdicts.expect(session.id)
    began = asyncio.get_running_loop().time()
    async with scene.client.post(f"/v1/sessions/{session.id}/verify") as answer:
        answer.raise_for_status()
    return 1000 * (await asyncio.wait_for(verdict, _SETTLED_WITHIN_S) - began)


async def _settle(play: Stack) -> None:
    async with asyncio.timeout(_SETTLED_WITHIN_S):
        while await play.connection.fetchval(_UNSENT):  # noqa: ASYNC110 - other processes' rows
            await asyncio.sleep(_PAUSE_S)


def _ratio(ours_ms: Sequence[float], others_ms: Sequence[float]) -> float:
    return percentile(ours_ms, 99) / percentile(others_ms, 99)


def _line(values_ms: Sequence[float]) -> str:
    return f"p50 {median(values_ms):.1f} ms, p99 {percentile(values_ms, 99):.1f} ms"
