"""What the simulated day plays on."""

from dataclasses import dataclass

from truesend.capacity.costs import Costs
from truesend.capacity.plan import Demand, Plan


@dataclass(frozen=True, slots=True)
class Town:
    """Numbers of everything. ``latency_spread`` is the sigma of a lognormal around the median ``latency_s``."""

    sessions: int
    gateways: int
    in_flight: int
    latency_s: float
    latency_spread: float
    min_interval_s: float
    sweep_s: float
    acks: float
    ack_after_s: float
    posted: float
    senders: int
    verifiers: int
    apis: int
    postgres_cores: int
    kafka_cores: int
    costs: Costs


def town_of(demand: Demand, plan: Plan, costs: Costs) -> Town:
    """As many of everything as the plan has."""
    number = {each.name: each.number for each in plan.resources}
    return Town(
        sessions=demand.sessions,
        gateways=number["gateways"],
        in_flight=demand.in_flight_per_gateway,
        latency_s=demand.gateway_latency_s,
        latency_spread=0.5,
        min_interval_s=0.0,
        sweep_s=demand.sweep_s,
        acks=demand.acks,
        ack_after_s=5.0,
        posted=demand.posted,
        senders=number["senders"],
        verifiers=number["verifiers"],
        apis=number["APIs"],
        postgres_cores=demand.postgres_cores,
        kafka_cores=number["Kafka"],
        costs=costs,
    )
