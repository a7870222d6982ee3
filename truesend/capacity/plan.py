"""What a number of sessions and messages needs: processes, cores, connections, partitions, disk; and what ends first."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from truesend.capacity.costs import Costs
from truesend.capacity.queueing import Station, flow

DAY_S: Final = 86_400
POOL: Final = 8
GIGABYTE: Final = 1e9

Scaling = Literal["processes", "cores", "gateways", "sessions", "none"]


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked for.

    ``peak`` is the busiest minute ÷ the mean of the day; ``acks`` are callbacks and receipts per message; ``posted`` is the
    share of messages that comes by the API instead of SQL; ``headroom`` the share of its time that anything may work in
    the busiest minute.
    """

    sessions: int = 1_000
    messages_per_day: int = 100_000
    peak: float = 5.0
    acks: float = 2.0
    posted: float = 0.5
    gateway_latency_s: float = 0.5
    sessions_per_gateway: int = 200
    in_flight_per_gateway: int = 16
    sweep_s: float = 60.0
    pages: int = 50
    organizations: int = 50
    messages_kept_days: float = 365.0
    attempts_kept_days: float = 365.0
    facts_kept_days: float = 30.0
    kafka_kept_days: float = 7.0
    postgres_cores: int = 8
    headroom: float = 0.6

    @property
    def messages_per_s(self) -> float:
        """In the busiest minute."""
        return self.messages_per_day / DAY_S * self.peak

    @property
    def facts_per_s(self) -> float:
        """In the busiest minute: sent, created where it was posted, and what each ack tells."""
        return self.messages_per_s * self.facts_per_message

    @property
    def facts_per_message(self) -> float:
        """As above."""
        return 1 + self.posted + self.acks

    @property
    def gateways(self) -> int:
        """So many for the sessions."""
        return math.ceil(self.sessions / self.sessions_per_gateway)

    @property
    def verifications_per_s(self) -> float:
        """The sweep's, the same all day."""
        return self.sessions / self.sweep_s


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that can run out. ``load`` and ``each`` are in ``unit``; ``number`` of them keep it below the headroom.

    ``grows_by`` says what more of it means; where that is ``none``, ``load`` ÷ ``each`` is a wall.
    """

    name: str
    unit: str
    load: float
    each: float
    number: int
    grows_by: Scaling

    @property
    def utilisation(self) -> float:
        """In the busiest minute, of all of them together."""
        return self.load / (self.each * self.number) if self.each else 0.0

    @property
    def stretches(self) -> float:
        """How many times the load this number could take."""
        return 1 / self.utilisation if self.utilisation else math.inf


@dataclass(frozen=True, slots=True)
class Plan:
    """What is needed. ``first`` ends first as it stands; ``wall`` is the first that no process more mends.

    ``one_sender_per_s`` is what a sender gets through by itself, with all credits of its share of the gateways.
    """

    resources: list[Resource]
    one_sender_per_s: float
    partitions: int
    connections: int
    memory_gb: float
    postgres_disk_gb: float
    postgres_disk_gb_per_day: float
    wal_gb_per_day: float
    kafka_disk_gb: float

    @property
    def first(self) -> Resource:
        """The nearest to its limit."""
        return min(self.resources, key=lambda each: each.stretches)

    @property
    def wall(self) -> Resource:
        """The nearest to its limit among those of which there can be one only."""
        return min((each for each in self.resources if each.grows_by == "none"), key=lambda each: each.stretches)


def plan(demand: Demand, costs: Costs) -> Plan:
    """Work it out."""
    resources = list(_resources(demand, costs))
    number = {each.name: each.number for each in resources}
    processes = number["senders"] + number["verifiers"] + number["APIs"]
    kept = _kept(demand, costs)
    daily = _written_per_day(demand, costs)
    return Plan(
        resources=resources,
        one_sender_per_s=one_sender_per_s(
            costs,
            gateway_latency_s=demand.gateway_latency_s,
            in_flight=max(1, number["gateways"] * demand.in_flight_per_gateway // number["senders"]),
            postgres_cores=demand.postgres_cores,
        ),
        partitions=_partitions(max(number["senders"], number["verifiers"])),
        connections=processes * POOL,
        memory_gb=(
            number["senders"] * costs.sender_bytes
            + number["verifiers"] * costs.verifier_bytes
            + number["APIs"] * costs.api_bytes
            + demand.pages * costs.page_bytes
        )
        / GIGABYTE,
        postgres_disk_gb=kept / GIGABYTE,
        postgres_disk_gb_per_day=daily / GIGABYTE,
        wal_gb_per_day=demand.messages_per_day
        * (costs.wal_message_bytes + demand.acks * costs.wal_ack_bytes)
        / GIGABYTE,
        kafka_disk_gb=demand.messages_per_day
        * demand.kafka_kept_days
        * (costs.kafka_message_bytes + demand.acks * costs.kafka_ack_bytes)
        / GIGABYTE,
    )


def one_sender_per_s(costs: Costs, *, gateway_latency_s: float, in_flight: int, postgres_cores: int) -> float:
    """What one sender gets through, with so many messages in flight over all its gateways."""
    stations = [
        Station("sender", costs.sender_message_s),
        Station("Postgres", costs.postgres_message_s, postgres_cores),
        Station("Kafka", costs.kafka_message_s, 2),
    ]
    return flow(in_flight, gateway_latency_s + costs.pipeline_s, stations).per_s


def _resources(demand: Demand, costs: Costs) -> Iterator[Resource]:
    messages, checks = demand.messages_per_s, demand.verifications_per_s
    acks = messages * demand.acks
    cycle_s = demand.gateway_latency_s + costs.pipeline_s
    gateway_each = demand.in_flight_per_gateway / cycle_s
    yield Resource("sessions' turns", "messages/s", messages, 1 / cycle_s, demand.sessions, "sessions")
    yield _enough(demand, "gateways", "messages/s", messages, gateway_each, "gateways", least=demand.gateways)
    sending = messages * costs.sender_message_s + acks * costs.sender_ack_s
    yield _enough(demand, "senders", "cores", sending, 1.0, "processes", least=2)
    yield _enough(demand, "verifiers", "cores", checks * costs.verifier_verification_s, 1.0, "processes", least=2)
    # every API reads every fact, so that much is the same on each of them
    every_api = demand.facts_per_s * costs.api_fact_s
    shared = (
        messages * demand.posted * costs.api_posted_s
        + acks * costs.api_webhook_s
        + demand.pages * demand.facts_per_s / demand.organizations * costs.api_page_fact_s
    )
    yield Resource("facts to each API", "cores", every_api, 1.0, 1, "none")
    yield _enough(demand, "APIs", "cores", shared, max(0.1, 1.0 - every_api), "processes", least=2)
    yield Resource("relay", "cores", demand.facts_per_s * costs.relay_fact_s, 1.0, 1, "none")
    postgres = (
        messages * (costs.postgres_message_s + demand.posted * costs.postgres_posted_s)
        + acks * costs.postgres_ack_s
        + checks * costs.postgres_verification_s
    )
    yield Resource("Postgres", "cores", postgres, demand.postgres_cores, 1, "none")
    kafka = messages * costs.kafka_message_s + acks * costs.kafka_ack_s + checks * costs.kafka_verification_s
    yield _enough(demand, "Kafka", "cores", kafka, 1.0, "cores", least=2)


def _enough(
    demand: Demand, name: str, unit: str, load: float, each: float, grows_by: Scaling, *, least: int
) -> Resource:
    return Resource(name, unit, load, each, max(least, math.ceil(load / (each * demand.headroom))), grows_by)


def _written_per_day(demand: Demand, costs: Costs) -> float:
    facts = demand.facts_per_message * costs.fact_bytes
    return demand.messages_per_day * (costs.message_bytes + costs.attempt_bytes + facts)


def _kept(demand: Demand, costs: Costs) -> float:
    return demand.messages_per_day * (
        demand.messages_kept_days * costs.message_bytes
        + demand.attempts_kept_days * costs.attempt_bytes
        + demand.facts_kept_days * demand.facts_per_message * costs.fact_bytes
    )


def _partitions(readers: int) -> int:
    """A power of two, at least twice as many as the largest group has readers: what one more would get can be halved."""
    return 1 << max(3, math.ceil(math.log2(2 * readers)))
