"""The simulated day keeps the rules, and agrees with what can be worked out without it."""

from dataclasses import replace
from random import Random
from statistics import mean

import pytest

from truesend.capacity.costs import MEASURED
from truesend.capacity.plan import Demand, plan
from truesend.capacity.simulation.day import HOUR_S, Day
from truesend.capacity.simulation.histogram import Histogram
from truesend.capacity.simulation.play import Played, play
from truesend.capacity.simulation.servers import Servers
from truesend.capacity.simulation.town import Town, town_of

DEMAND = Demand(sessions=200, messages_per_day=4_000, sweep_s=600, acks=1.0)
TOWN = town_of(DEMAND, plan(DEMAND, MEASURED), MEASURED)
EVEN = Day(4_000, 200, burst=0.0, weights=(1, 1))


def played(day: Day = EVEN, town: Town = TOWN, seed: int = 1) -> Played:
    return play(day, town, seed)


def test_the_same_seed_plays_the_same_day_and_another_one_another() -> None:
    assert played(seed=1) == played(seed=1)
    assert played(seed=1) != played(seed=2)


def test_every_message_is_sent() -> None:
    found = played(Day(5_000, 200, weights=(1, 3, 0, 2)))

    assert (found.sent, sum(hour.due for hour in found.hours)) == (5_000, 5_000)


def test_a_day_has_exactly_its_messages_in_order_of_time_and_the_burst_at_full_hours() -> None:
    day = Day(10_001, 50, burst=0.3)
    due = list(day.arrivals(Random(3)))

    assert len(due) == sum(day.per_hour()) == 10_001
    assert due == sorted(due, key=lambda each: each[0])
    assert sum(at % HOUR_S == 0 for at, _ in due) == pytest.approx(3_000, abs=24)
    assert {session for _, session in due} <= set(range(50))


def test_where_nothing_waits_a_message_takes_the_pipeline_and_its_own_work() -> None:
    own_s = MEASURED.sender_message_s + MEASURED.postgres_message_s + MEASURED.kafka_message_s

    found = played(Day(200, 200, burst=0.0, spread=0.0, weights=(1,)))

    assert found.busiest.p50_s == pytest.approx(MEASURED.pipeline_s + own_s, rel=0.1)


def test_a_session_sends_one_after_another() -> None:
    """One session, a hundred due at once: the last starts after ninety-nine have come back."""
    town = replace(TOWN, sessions=1, gateways=1, latency_spread=0.0)

    found = played(Day(100, 1, burst=1.0, weights=(1,)), town)

    each_s = TOWN.latency_s + MEASURED.pipeline_s
    assert found.busiest.most_s == pytest.approx(99 * each_s, rel=0.02)


def test_a_gateway_never_has_more_than_its_credits() -> None:
    """A thousand due at once over a thousand sessions of one gateway leave in rounds of ten."""
    town = replace(TOWN, sessions=1_000, gateways=1, in_flight=10, latency_spread=0.0, acks=0.0)

    found = played(Day(1_000, 1_000, burst=1.0, spread=0.0, weights=(1,)), town)

    assert found.ended_after_s >= 1_000 / 10 * TOWN.latency_s


def test_a_pace_is_kept() -> None:
    town = replace(TOWN, sessions=1, gateways=1, latency_s=0.001, min_interval_s=2.0)

    found = played(Day(50, 1, burst=1.0, weights=(1,)), town)

    assert found.busiest.most_s >= 49 * 2.0


def test_work_is_what_messages_by_their_cost_come_to() -> None:
    found = played(replace(EVEN, messages=20_000, weights=(1,)), replace(TOWN, acks=0.0, posted=0.0))

    senders = found.hours[0].worked["senders"]
    assert senders == pytest.approx(20_000 * MEASURED.sender_message_s / (TOWN.senders * HOUR_S), rel=0.01)


def test_a_load_beyond_the_senders_waits_for_the_senders() -> None:
    town = replace(TOWN, senders=1, costs=replace(MEASURED, sender_message_s=1.0))

    found = played(replace(EVEN, messages=7_000, weights=(1,)), town)

    assert found.nearest()[0] == "senders"
    assert found.busiest.p99_s > 600
    assert found.sent == 7_000


def test_one_server_makes_wait_as_the_formula_for_random_arrivals_says() -> None:
    """M/D/1 at 80 %: the mean wait is rho / (2 * (1 - rho)) services (Pollaczek-Khinchine)."""
    random, server = Random(5), Servers("one", 1, bucket_s=1e6, buckets=1)
    now, waits = 0.0, []
    for _ in range(200_000):
        now += random.expovariate(0.8)
        waits.append(server.serve(now, 1.0) - now - 1.0)

    assert mean(waits) == pytest.approx(0.8 / (2 * 0.2), rel=0.05)


def test_a_histogram_knows_percentiles_within_two_percent() -> None:
    random, histogram = Random(6), Histogram()
    values = sorted(random.expovariate(0.5) for _ in range(20_000))
    for value in values:
        histogram.add(value)

    assert histogram.percentile_s(50) == pytest.approx(values[10_000], rel=0.021)
    assert histogram.percentile_s(99) == pytest.approx(values[19_800], rel=0.021)
    assert Histogram().percentile_s(99) == 0.0
