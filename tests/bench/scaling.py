"""`scaling`: two senders ÷ one, and two verifiers ÷ one, where four gateways that take their time are the bound.

A gateway's credits hold over all senders: each sender brings its share of them, as an operator would give it. A verifier has
its own share of status calls anyway.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

import aiohttp

from tests.bench.dispatch import deliver
from tests.bench.figures import Figure, at_least
from tests.bench.kafka_facts import FactCounter, counting
from tests.bench.lean_gateway import lean_gateway
from tests.bench.live_stream import VerdictWatch, watching
from tests.bench.messages import Session, insert_sessions, messages
from tests.bench.meter import Meter, Metered, others_line
from tests.bench.shares import shares
from tests.bench.stack import Servers, Stack, gateway_name, stack
from tests.harness.services import ServiceProcess
from truesend.contracts.topics import MESSAGE_EVENTS

GOAL = 1.9
GATEWAYS = 4
ANSWER_MS = 50.0
AT_ONCE = 4
PARTITIONS = 4
SESSIONS, QUICK_SESSIONS = 1200, 400
MESSAGES, QUICK_MESSAGES = 1600, 400
REPETITIONS, QUICK_REPETITIONS = 3, 1
_WARM_UP = 160
_WITHIN_S = 60.0
_NEVER_S = 86_400
_SENT, _ASKED = "truesend_send_outcomes_total", "truesend_session_observations_total"
_ROUNDS = 20
_NAMES = [gateway_name(number) for number in range(GATEWAYS)]


@dataclass(frozen=True, slots=True)
class Run:
    """One round of work by so many processes. ``shares`` is how much of it each of them did."""

    rate: float
    shares: Sequence[float]
    metered: Metered


@dataclass(frozen=True, slots=True)
class Pair:
    """One process, and two."""

    one: Run
    two: Run

    @property
    def ratio(self) -> float:
        """Two ÷ one."""
        return self.two.rate / self.one.rate


async def scaling(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    repetitions, count = (QUICK_REPETITIONS, QUICK_MESSAGES) if quick else (REPETITIONS, MESSAGES)
    number = QUICK_SESSIONS if quick else SESSIONS
    senders = await _senders(servers, repetitions, number, count)
    verifiers = await _verifiers(servers, repetitions, number)
    sent, verified = median(each.ratio for each in senders), median(each.ratio for each in verifiers)
    best = GATEWAYS * AT_ONCE / (ANSWER_MS / 1000)
    return Figure(
        "scaling",
        f"two processes ÷ one: senders {sent:.2f}, verifiers {verified:.2f}",
        at_least(min(sent, verified), GOAL),
        (
            f"{repetitions} runs; {GATEWAYS} gateways of {ANSWER_MS:g} ms, {AT_ONCE} calls at once to each from each process:"
            f" {best:,.0f}/s each at best; {PARTITIONS} partitions",
            f"senders: {_line(senders)}",
            f"verifiers: {_line(verifiers)}",
            others_line([each.metered for pair in (*senders, *verifiers) for each in (pair.one, pair.two)]),
        ),
    )


async def _senders(servers: Servers, repetitions: int, number: int, count: int) -> list[Pair]:
    with lean_gateway(count=GATEWAYS, send_latency_ms=ANSWER_MS) as gateway:
        async with stack(servers, gateway_url=gateway.urls, kafka_topic_partitions=PARTITIONS) as play:
            sessions = await insert_sessions(play, number, organizations=[uuid4()], gateways=_NAMES)
            topic, beside = f"{play.settings.truesend_topic_prefix}{MESSAGE_EVENTS.name}", {"gateway": gateway.pid}
            async with counting(servers.kafka.bootstrap_servers, topic, "message.sent", partitions=PARTITIONS) as facts:
                return [
                    Pair(
                        await _sent_by(play, beside, facts, sessions, processes=1, count=count),
                        await _sent_by(play, beside, facts, sessions, processes=2, count=2 * count),
                    )
                    for _ in range(repetitions)
                ]


async def _sent_by(
    play: Stack,
    beside: Mapping[str, int],
    facts: FactCounter,
    sessions: Sequence[Session],
    *,
    processes: int,
    count: int,
) -> Run:
    senders = [await play.start("sender", gateway_max_in_flight=AT_ONCE * processes) for _ in range(processes)]
    await _until_all_work(senders, _SENT, lambda: deliver(play, facts, messages(sessions, _WARM_UP)))
    before = await shares(senders, _SENT)
    meter = _meter(senders, beside)
    elapsed_s = await deliver(play, facts, messages(sessions, count))
    metered = await meter.read()
    after = await shares(senders, _SENT)
    _end(senders)
    return Run(count / elapsed_s, _parts(before, after), metered)


async def _verifiers(servers: Servers, repetitions: int, number: int) -> list[Pair]:
    settings = {
        "kafka_topic_partitions": PARTITIONS,
        "gateway_status_max_in_flight": AT_ONCE,
        "verify_freshness_s": 0,
        "verify_sweep_s": _NEVER_S,
    }
    organization_id = uuid4()
    with lean_gateway(count=GATEWAYS, status_latency_ms=ANSWER_MS) as gateway:
        async with stack(servers, gateway_url=gateway.urls, **settings) as play:
            sessions = await insert_sessions(play, number, organizations=[organization_id], gateways=_NAMES)
            api = await play.start("api")
            headers = {"X-Organization-Id": str(organization_id)}
            async with aiohttp.ClientSession(api.url, headers=headers) as client, watching(client) as watch:
                ids, beside = {each.id for each in sessions}, {"api": api.pid, "gateway": gateway.pid}
                return [
                    Pair(
                        await _verified_by(play, beside, client, watch, ids, processes=1),
                        await _verified_by(play, beside, client, watch, ids, processes=2),
                    )
                    for _ in range(repetitions)
                ]


async def _verified_by(
    play: Stack,
    beside: Mapping[str, int],
    client: aiohttp.ClientSession,
    watch: VerdictWatch,
    ids: set[UUID],
    *,
    processes: int,
) -> Run:
    verifiers = [await play.start("verifier") for _ in range(processes)]
    await _until_all_work(verifiers, _ASKED, lambda: _verify(client, watch, ids))
    before = await shares(verifiers, _ASKED)
    meter = _meter(verifiers, beside)
    elapsed_s = await _verify(client, watch, ids)
    metered = await meter.read()
    after = await shares(verifiers, _ASKED)
    _end(verifiers)
    return Run(len(ids) / elapsed_s, _parts(before, after), metered)


async def _until_all_work(
    processes: Sequence[ServiceProcess], counter: str, work: Callable[[], Awaitable[float]]
) -> None:
    """The first one hears only at its next heartbeat that another one is there to share with."""
    for _ in range(_ROUNDS):
        await work()
        if all(await shares(processes, counter)):
            return
    raise TimeoutError(f"after {_ROUNDS} rounds one of {len(processes)} processes had done nothing")


async def _verify(client: aiohttp.ClientSession, watch: VerdictWatch, ids: set[UUID]) -> float:
    watch.expect(ids)
    started = perf_counter()
    async with client.post("/v1/sessions/verify") as answer:
        answer.raise_for_status()
    return await watch.last(within_s=_WITHIN_S) - started


def _meter(processes: Sequence[ServiceProcess], beside: Mapping[str, int]) -> Meter:
    return Meter({f"{each.name} {number}": each.pid for number, each in enumerate(processes, start=1)} | dict(beside))


def _end(processes: Sequence[ServiceProcess]) -> None:
    for each in processes:
        each.terminate()


def _parts(before: Sequence[float], after: Sequence[float]) -> list[float]:
    done = [late - early for early, late in zip(before, after, strict=True)]
    return [each / sum(done) for each in done]


def _line(pairs: Sequence[Pair]) -> str:
    one, two = median(each.one.rate for each in pairs), median(each.two.rate for each in pairs)
    parts = [" and ".join(f"{100 * part:.0f} %" for part in each.two.shares) for each in pairs]
    ratios = " ".join(f"{each.ratio:.2f}" for each in pairs)
    return f"{two:,.0f}/s ÷ {one:,.0f}/s; ratios {ratios}; the two did {', '.join(parts)}"
