"""The day itself: each message waits for its session's turn, a credit of its gateway, and cores; then it is away.

What is simulated one by one: due times, order and pace per session, credits and latencies of gateways, the queues before
senders, Postgres, Kafka, APIs, verifiers and the relay. Together, a quarter of a second at a time: sweeps and acks. A
message's work is all charged when it starts, so that each needs one event; in a batch it takes its share of the batch.
"""

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from math import ceil
from random import Random
from typing import Final

from truesend.capacity.simulation.day import HOUR_S, Day
from truesend.capacity.simulation.histogram import Histogram
from truesend.capacity.simulation.servers import Servers
from truesend.capacity.simulation.town import Town

TICK_S: Final = 0.25
MINUTE_S: Final = 60.0
MINUTES: Final = 60  # of an hour
CHUNK: Final = 64  # what a consumer takes of acks or checks at once
_DONE, _PACED = 0, 1


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour: of the messages due in it the time from due to the wire, ``between_p99_s`` without those of the full hour.

    ``worked`` is the share of the hour that each resource worked, ``worked_most`` that of its busiest minute.
    """

    hour: int
    due: int
    p50_s: float
    p99_s: float
    most_s: float
    between_p99_s: float
    worked: dict[str, float]
    worked_most: dict[str, float]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of the day. ``relay_p99_s`` is how long facts of the busiest hour waited for the relay."""

    hours: list[Hour]
    sent: int
    ended_after_s: float
    relay_p99_s: float

    @property
    def busiest(self) -> Hour:
        """The hour with the most messages."""
        return max(self.hours, key=lambda each: each.due)

    def nearest(self) -> tuple[str, float]:
        """The resource that worked most in any hour, and its share."""
        name, share = max(
            ((name, share) for hour in self.hours for name, share in hour.worked.items()), key=lambda each: each[1]
        )
        return name, share


def play(day: Day, town: Town, seed: int) -> Played:
    """Play it through, until the last message is sent."""
    return _Play(day, town, Random(seed)).through()  # noqa: S311 - dice, no secrets


class _Play:
    def __init__(self, day: Day, town: Town, random: Random) -> None:
        self._day = day
        self._town = town
        self._random = random
        hours = len(day.weights) + 1  # what is late is worked off in the hour after the last
        self._delays = [Histogram() for _ in day.weights]
        self._between = [Histogram() for _ in day.weights]
        self._relayed = [Histogram() for _ in range(hours)]

        def servers(name: str, number: int) -> Servers:
            return Servers(name, number, bucket_s=MINUTE_S, buckets=hours * MINUTES)

        self._senders = servers("senders", town.senders)
        self._postgres = servers("Postgres", town.postgres_cores)
        self._kafka = servers("Kafka", town.kafka_cores)
        self._apis = servers("APIs", town.apis)
        self._verifiers = servers("verifiers", town.verifiers)
        self._relay = servers("relay", 1)
        self._credits = [town.in_flight] * town.gateways
        self._at_gateways_s = [0.0] * hours * MINUTES
        self._wanting: list[deque[int]] = [deque() for _ in range(town.gateways)]
        self._due: dict[int, deque[float]] = {}
        self._is_busy = bytearray(town.sessions)
        self._events: list[tuple[float, int, int]] = []
        self._acks: deque[int] = deque([0] * (int(town.ack_after_s / TICK_S) + 1))
        self._started_in_tick = 0
        self._tick_at = TICK_S
        self._sent = 0
        self._now = 0.0

    def through(self) -> Played:
        """The loop: the next arrival or the next event, whichever comes first."""
        for due_s, session in self._day.arrivals(self._random):
            self._events_until(due_s)
            self._arrive(due_s, session)
        self._events_until(float("inf"))
        return self._played()

    def _events_until(self, until: float) -> None:
        events = self._events
        while events and events[0][0] <= until:
            now, kind, session = heappop(events)
            self._ticks_until(now)
            self._now = now
            if kind == _DONE:
                self._done(now, session)
            else:
                self._next_of(now, session)

    def _arrive(self, now: float, session: int) -> None:
        self._ticks_until(now)
        queue = self._due.get(session)
        if queue is None:
            queue = self._due[session] = deque()
        queue.append(now)
        if not self._is_busy[session]:
            self._is_busy[session] = 1
            self._want(now, session)

    def _want(self, now: float, session: int) -> None:
        gateway = session % self._town.gateways
        if self._credits[gateway]:
            self._start(now, session, gateway)
        else:
            self._wanting[gateway].append(session)

    def _start(self, now: float, session: int, gateway: int) -> None:
        town, costs = self._town, self._town.costs
        self._credits[gateway] -= 1
        due_s = self._due[session].popleft()
        claimed = self._postgres.serve(now, costs.postgres_message_s + town.posted * costs.postgres_posted_s)
        dispatched = self._kafka.serve(claimed, costs.kafka_message_s)
        on_wire = self._senders.serve(dispatched, costs.sender_message_s) + costs.pipeline_s
        hour = int(due_s / HOUR_S)
        self._delays[hour].add(on_wire - due_s)
        if due_s > hour * HOUR_S:
            self._between[hour].add(on_wire - due_s)
        latency_s = town.latency_s * self._random.lognormvariate(0.0, town.latency_spread)
        self._at_gateways_s[min(int(now / MINUTE_S), len(self._at_gateways_s) - 1)] += latency_s
        heappush(self._events, (on_wire + latency_s, _DONE, session))

    def _done(self, now: float, session: int) -> None:
        town = self._town
        self._sent += 1
        self._started_in_tick += 1
        facts = 1 + town.posted
        relayed = self._relay.serve(now, facts * town.costs.relay_fact_s)
        self._relayed[min(int(now / HOUR_S), len(self._relayed) - 1)].add(relayed - now)
        gateway = session % town.gateways
        self._credits[gateway] += 1
        if self._wanting[gateway]:
            self._start(now, self._wanting[gateway].popleft(), gateway)
        if town.min_interval_s:
            heappush(self._events, (now + town.min_interval_s, _PACED, session))
        else:
            self._next_of(now, session)

    def _next_of(self, now: float, session: int) -> None:
        if self._due[session]:
            self._want(now, session)
        else:
            self._is_busy[session] = 0
            del self._due[session]

    def _ticks_until(self, now: float) -> None:
        while self._tick_at <= now:
            self._tick(self._tick_at)
            self._tick_at += TICK_S

    def _tick(self, now: float) -> None:
        town, costs = self._town, self._town.costs
        self._acks.append(self._started_in_tick)
        posted = self._started_in_tick * town.posted
        self._started_in_tick = 0
        acks = self._acks.popleft() * town.acks
        checks = town.sessions / town.sweep_s * TICK_S
        self._batches(self._apis, now, acks, costs.api_webhook_s)
        self._batches(self._apis, now, posted, costs.api_posted_s)
        self._batches(self._senders, now, acks, costs.sender_ack_s)
        self._batches(self._postgres, now, acks, costs.postgres_ack_s)
        self._batches(self._kafka, now, acks, costs.kafka_ack_s)
        self._batches(self._relay, now, acks, costs.relay_fact_s)
        self._batches(self._verifiers, now, checks, costs.verifier_verification_s)
        self._batches(self._postgres, now, checks, costs.postgres_verification_s)
        self._batches(self._kafka, now, checks, costs.kafka_verification_s)

    def _batches(self, servers: Servers, now: float, number: float, each_s: float) -> None:
        """As many at once as there are servers for, and no more in one batch than a consumer takes."""
        batches = ceil(number / CHUNK)
        for _ in range(batches):
            servers.serve(now, number / batches * each_s)

    def _played(self) -> Played:
        resources = (self._senders, self._postgres, self._kafka, self._apis, self._verifiers, self._relay)
        minutes = {each.name: each.utilisations() for each in resources}
        credit_s = self._town.gateways * self._town.in_flight * MINUTE_S
        minutes["gateways"] = [busy_s / credit_s for busy_s in self._at_gateways_s]
        hours = [self._hour(hour, minutes) for hour in range(len(self._delays))]
        busiest = max(hours, key=lambda each: each.due).hour
        return Played(hours, self._sent, self._now, self._relayed[busiest].percentile_s(99))

    def _hour(self, hour: int, minutes: dict[str, list[float]]) -> Hour:
        delays = self._delays[hour]
        of_hour = {name: shares[hour * MINUTES : (hour + 1) * MINUTES] for name, shares in minutes.items()}
        return Hour(
            hour,
            delays.count,
            delays.percentile_s(50),
            delays.percentile_s(99),
            delays.most_s,
            self._between[hour].percentile_s(99),
            {name: sum(shares) / MINUTES for name, shares in of_hour.items()},
            {name: max(shares) for name, shares in of_hour.items()},
        )
