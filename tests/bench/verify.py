"""`verify` and `verify_list`: a page with 1,000 sessions is opened; until the last verdict is on its live stream, beside the
raw fan-out. For `verify_list` the gateway tells the states of all its sessions at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from tests.bench.bare import BareResult
from tests.bench.figures import Cost, Figure, at_most, typical_costs
from tests.bench.meter import Metered, others_line
from tests.bench.stack import Servers
from tests.bench.verification import STATUS_LATENCY_MS, Verification, verification

GOAL, LIST_GOAL = 1.3, 0.2
SESSIONS, QUICK_SESSIONS = 1000, 300
REPETITIONS, QUICK_REPETITIONS = 5, 2
_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Repetition:
    """One run of ours and one raw fan-out over the same sessions."""

    elapsed_s: float
    bare: BareResult
    metered: Metered

    @property
    def ratio(self) -> float:
        """Ours ÷ the raw fan-out's time."""
        return self.elapsed_s / self.bare.elapsed_s


async def verify(servers: Servers, *, quick: bool) -> Figure:
    """Measure it where each session is asked for by itself."""
    return await _measured(servers, "verify", kind="vps", goal=GOAL, quick=quick)


async def verify_list(servers: Servers, *, quick: bool) -> Figure:
    """Measure it where one call tells all."""
    return await _measured(servers, "verify_list", kind="waha", goal=LIST_GOAL, quick=quick)


async def _measured(servers: Servers, name: str, *, kind: str, goal: float, quick: bool) -> Figure:
    sessions, repetitions = (QUICK_SESSIONS, QUICK_REPETITIONS) if quick else (SESSIONS, REPETITIONS)
    async with verification(servers, sessions, kind=kind) as stage:
        in_flight = stage.play.settings.gateway_status_max_in_flight
        found = [await _repetition(stage, in_flight) for _ in range(repetitions)]
    return _figure(found, name, goal, sessions, in_flight)


async def _repetition(stage: Verification, in_flight: int) -> Repetition:
    meter = stage.meter()
    stage.watch.expect(set(stage.sessions))
    started = perf_counter()
    await stage.ask("/v1/sessions/verify")
    elapsed_s = await stage.watch.last(within_s=_WITHIN_S) - started
    metered = await meter.read()
    bare = await stage.raw_calls(in_flight=in_flight, gateway_ids=list(stage.sessions.values()))
    return Repetition(elapsed_s, bare, metered)


def _figure(found: Sequence[Repetition], name: str, goal: float, sessions: int, in_flight: int) -> Figure:
    ratio = median(each.ratio for each in found)
    ours, raw = median(each.elapsed_s for each in found), median(each.bare.elapsed_s for each in found)
    loop = typical_costs([{"bare loop": Cost(each.bare.cpu_s, each.bare.peak_rss_mb)} for each in found])
    return Figure(
        name,
        f"{sessions:,} sessions in {ours:.2f} s ÷ raw fan-out {raw:.2f} s = {ratio:.2f}",
        at_most(ratio, goal),
        (
            f"{len(found)} runs, {in_flight} calls at once of {STATUS_LATENCY_MS:g} ms each; ratios "
            + " ".join(f"{each.ratio:.2f}" for each in found),
            f"{typical_costs([each.metered.costs for each in found])} · {loop}",
            others_line([each.metered for each in found]),
        ),
    )
