"""`capacity`: what the model of docs/capacity.md predicts ÷ what is measured, and every cost that it stands on."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from uuid import uuid4

from tests.bench.dispatch import WARM_UP, deliver
from tests.bench.figures import Figure, Goal
from tests.bench.kafka_facts import counting
from tests.bench.lean_gateway import lean_gateway
from tests.bench.messages import insert_sessions, messages
from tests.bench.stack import Servers, stack
from tests.bench.unit_costs import IN_FLIGHT, SESSIONS, unit_costs
from truesend.capacity.costs import Costs
from truesend.capacity.queueing import Station, flow
from truesend.contracts.topics import MESSAGE_EVENTS

WITHIN = 0.25
COUNT, QUICK_COUNT = 4_000, 1_000
REPETITIONS, QUICK_REPETITIONS = 3, 1
_LOOKED_AT_S = 3.0  # of gateway-bound work


@dataclass(frozen=True, slots=True)
class Load:
    """A gateway that takes ``latency_ms``, and so many messages in flight."""

    latency_ms: float
    in_flight: int

    @property
    def away_s(self) -> float:
        """At the gateway."""
        return self.latency_ms / 1000

    @property
    def at_most_per_s(self) -> float:
        """If nothing but the gateway took time."""
        return self.in_flight / self.away_s if self.away_s else 3_000.0


CALIBRATION = Load(200.0, 16)
PREDICTED = (Load(100.0, 8), Load(50.0, 32), Load(0.0, IN_FLIGHT))


async def capacity(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    count, repetitions = (QUICK_COUNT, QUICK_REPETITIONS) if quick else (COUNT, REPETITIONS)
    costs = await unit_costs(servers, count=count)
    calibrated = await _per_s(servers, CALIBRATION, repetitions, count)
    pipeline_s = CALIBRATION.in_flight / calibrated - CALIBRATION.away_s
    lines, ratios = [], []
    for load in PREDICTED:
        predicted = predicted_per_s(costs, load, pipeline_s, os.cpu_count() or 1)
        measured = await _per_s(servers, load, repetitions, count)
        ratios.append(predicted / measured)
        lines.append(
            f"{load.latency_ms:g} ms, {load.in_flight} in flight: predicted {predicted:,.0f}/s ÷ measured {measured:,.0f}/s"
            f" = {ratios[-1]:.2f}"
        )
    worst = max(ratios, key=lambda ratio: abs(ratio - 1))
    return Figure(
        "capacity",
        "predicted ÷ measured " + " ".join(f"{ratio:.2f}" for ratio in ratios),
        Goal(f"within {WITHIN:.0%}", abs(worst - 1) <= WITHIN),
        (
            *lines,
            f"beside its gateway a message takes {1000 * pipeline_s:.1f} ms, from {CALIBRATION.latency_ms:g} ms and"
            f" {CALIBRATION.in_flight} in flight: {calibrated:,.0f}/s",
            *_lines(costs),
        ),
    )


def predicted_per_s(costs: Costs, load: Load, pipeline_s: float, cores: int) -> float:
    """Of one sender on a machine whose cores everything shares: by its own thread, or by the cores, whichever is less."""
    away_s = load.away_s + pipeline_s
    together_s = costs.sender_message_s + costs.postgres_message_s + costs.kafka_message_s
    stations = (Station("sender", costs.sender_message_s), Station("machine", together_s, cores))
    return min(flow(load.in_flight, away_s, [each]).per_s for each in stations)


async def _per_s(servers: Servers, load: Load, repetitions: int, count: int) -> float:
    number = min(count, int(load.at_most_per_s * _LOOKED_AT_S))
    with lean_gateway(send_latency_ms=load.latency_ms) as gateway:
        async with stack(servers, gateway_url=gateway.url, gateway_max_in_flight=load.in_flight) as play:
            sessions = await insert_sessions(play, SESSIONS, organizations=[uuid4()])
            await play.start("sender")
            topic = f"{play.settings.truesend_topic_prefix}{MESSAGE_EVENTS.name}"
            async with counting(servers.kafka.bootstrap_servers, topic, "message.sent") as facts:
                await deliver(play, facts, messages(sessions, min(WARM_UP, number)))
                took_s = [await deliver(play, facts, messages(sessions, number)) for _ in range(repetitions)]
    return number / median(took_s)


def _lines(costs: Costs) -> Sequence[str]:
    values = asdict(costs)
    cpu = [f"{name.removesuffix('_s')} {1e6 * value:,.0f}" for name, value in values.items() if name.endswith("_s")]
    sizes = [f"{name.removesuffix('_bytes')} {value:,.0f}" for name, value in values.items() if name.endswith("_bytes")]
    return ("µs: " + ", ".join(cpu), "bytes: " + ", ".join(sizes))
