"""`peers`: due rows to sent rows by the task queues that people would use instead, and by ours, one worker process each."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final
from uuid import uuid4

from tests.bench.dispatch import ORGANIZATIONS, SESSIONS, WARM_UP, Repetition, deliveries
from tests.bench.figures import Figure, at_least, typical_costs
from tests.bench.lean_gateway import RunningGateway
from tests.bench.messages import Session, messages
from tests.bench.meter import Meter, Metered, others_line
from tests.bench.peers import environment, redis
from tests.bench.peers.catalog import PEERS, QUICK_PEERS, Broker, Peer
from tests.bench.peers.counting_gateway import counting_gateway, sent_so_far
from tests.bench.peers.stage import PeerStage, paused, peer_stage
from tests.bench.stack import Servers
from truesend.cli.local.processes import Child

GOAL: Final = 3.0
MESSAGES, QUICK_MESSAGES = 5000, 500
REPETITIONS, QUICK_REPETITIONS = 3, 1
_WITHIN_S: Final = 120


@dataclass(frozen=True, slots=True)
class PeerRun:
    """One run of a peer. ``calls`` is how often it called the gateway: once a message, or it sent some twice."""

    messages: int
    calls: int
    elapsed_s: float
    metered: Metered

    @property
    def rate(self) -> float:
        """In messages per second."""
        return self.messages / self.elapsed_s


async def peers(servers: Servers, *, quick: bool) -> Figure:
    """Measure it; without the peers' environment there is nothing to compare with, and the figure says so."""
    if not environment.are_installed():
        return Figure("peers", f"not measured: {environment.MISSING}")
    count, repetitions = (QUICK_MESSAGES, QUICK_REPETITIONS) if quick else (MESSAGES, REPETITIONS)
    compared = [peer for peer in (QUICK_PEERS if quick else PEERS) if _can_run(peer)]
    ours = await deliveries(servers, count, repetitions)
    with counting_gateway() as gateway:
        theirs = {peer: await _runs(servers, peer, gateway, count, repetitions) for peer in compared}
    return _figure(ours, theirs, left_out=[peer for peer in PEERS if not _can_run(peer)])


def _can_run(peer: Peer) -> bool:
    return peer.broker is not Broker.REDIS or redis.program() is not None


async def _runs(servers: Servers, peer: Peer, gateway: RunningGateway, count: int, repetitions: int) -> list[PeerRun]:
    organizations = [uuid4() for _ in range(ORGANIZATIONS)]
    sessions = [
        Session(uuid4(), organizations[number % ORGANIZATIONS], f"wa_bench_{number}", "default")
        for number in range(SESSIONS)
    ]
    async with peer_stage(servers, peer, gateway) as stage:
        await stage.enqueue(messages(sessions, WARM_UP))
        with stage.worker() as worker:
            await stage.until_sent(worker, within_s=_WITHIN_S)
            return [await _run(stage, worker, gateway, sessions, count) for _ in range(repetitions)]


async def _run(
    stage: PeerStage, worker: Child, gateway: RunningGateway, sessions: Sequence[Session], count: int
) -> PeerRun:
    """From when all is enqueued and a warm worker may begin, until the last row is sent. Enqueueing is not counted."""
    assert worker.pid is not None
    with paused(worker):
        await stage.enqueue(messages(sessions, count))
        sent_before = await sent_so_far(gateway)
        meter = Meter({"worker": worker.pid, "gateway": gateway.pid})
        started_at = await stage.now()
    await stage.until_sent(worker, within_s=_WITHIN_S)
    metered = await meter.read()
    calls = await sent_so_far(gateway) - sent_before
    assert calls >= count, f"{stage.peer.name} called the gateway {calls} times for {count} messages"
    return PeerRun(count, calls, await stage.last_sent_at() - started_at, metered)


def _figure(ours: Sequence[Repetition], theirs: dict[Peer, list[PeerRun]], *, left_out: Sequence[Peer]) -> Figure:
    rates = {peer: median(run.rate for run in runs) for peer, runs in theirs.items()}
    best = max(rates, key=lambda peer: rates[peer])
    our_rate, bare_rate = median(run.rate for run in ours), median(run.bare_rate for run in ours)
    return Figure(
        "peers",
        f"{our_rate:,.0f} messages/s ÷ the best of them {rates[best]:,.0f}/s ({best.name}) = {our_rate / rates[best]:.2f}",
        at_least(our_rate / rates[best], GOAL),
        (
            f"{len(ours)} runs of {ours[0].messages:,} messages; one worker process each, 64 calls in flight",
            f"truesend, facts on Kafka included: {our_rate:,.0f}/s · {typical_costs([run.metered.costs for run in ours])}",
            f"bare loop of calls alone: {bare_rate:,.0f}/s",
            *(
                f"{_described(peer)}: {rates[peer]:,.0f}/s{_twice(runs)} · {_costs(peer, runs)}"
                for peer, runs in theirs.items()
            ),
            *(f"{peer.name}: left out, {redis.MISSING}" for peer in left_out),
            others_line([*(run.metered for run in ours), *(run.metered for runs in theirs.values() for run in runs)]),
        ),
    )


def _described(peer: Peer) -> str:
    return f"{peer.package} {environment.installed_version(peer.package)} on {peer.broker.value} ({peer.made_of})"


def _twice(runs: Sequence[PeerRun]) -> str:
    """What a queue did that promises to do a job at least once."""
    twice = sum(run.calls - run.messages for run in runs)
    return f", {twice} SENT TWICE" if twice else ""


def _costs(peer: Peer, runs: Sequence[PeerRun]) -> str:
    """Of its worker and of the servers that it uses."""
    shown = {"worker", Broker.POSTGRES.value, peer.broker.value}
    seen = [run.metered.costs for run in runs]
    return typical_costs([{name: cost for name, cost in costs.items() if name in shown} for costs in seen])
