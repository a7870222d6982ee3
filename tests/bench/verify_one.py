"""`verify_one`: an operator has one session verified; how much longer than the gateway's own answer until the page knows."""

from statistics import median
from time import perf_counter
from uuid import UUID

from tests.bench.figures import Figure, Goal, percentile
from tests.bench.meter import others_line
from tests.bench.stack import Servers
from tests.bench.verification import STATUS_LATENCY_MS, Verification, verification

GOAL_P50_MS, GOAL_P99_MS = 10.0, 40.0
SESSIONS = 50
QUESTIONS, QUICK_QUESTIONS = 300, 60
_WITHIN_S = 30


async def verify_one(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    questions = QUICK_QUESTIONS if quick else QUESTIONS
    async with verification(servers, SESSIONS) as stage:
        ids = [list(stage.sessions)[number % SESSIONS] for number in range(questions)]
        for session_id in ids[:SESSIONS]:
            await _question_ms(stage, session_id)
        meter = stage.meter()
        ours_ms = [await _question_ms(stage, session_id) for session_id in ids]
        metered = await meter.read()
        raw = await stage.raw_calls(in_flight=1, gateway_ids=[stage.sessions[session_id] for session_id in ids])
    raw_ms = 1000 * median(raw.latencies_s)
    added_ms = [each - raw_ms for each in ours_ms]
    costs = " · ".join(f"{name} {cost}" for name, cost in metered.costs.items())
    met = median(added_ms) <= GOAL_P50_MS and percentile(added_ms, 99) <= GOAL_P99_MS
    return Figure(
        "verify_one",
        f"{median(added_ms):.1f} ms added (p99 {percentile(added_ms, 99):.1f} ms) to a raw call of {raw_ms:.1f} ms",
        Goal(f"≤ {GOAL_P50_MS:g} ms, p99 ≤ {GOAL_P99_MS:g} ms", met),
        (
            f"{questions} questions, one after another; the gateway answers after {STATUS_LATENCY_MS:g} ms",
            costs,
            others_line([metered]),
        ),
    )


async def _question_ms(stage: Verification, session_id: UUID) -> float:
    stage.watch.expect({session_id})
    started = perf_counter()
    await stage.ask(f"/v1/sessions/{session_id}/verify")
    return 1000 * (await stage.watch.last(within_s=_WITHIN_S) - started)
