"""Mean value analysis against what is known without it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truesend.capacity.queueing import Station, flow


def test_with_nothing_but_the_gateway_it_is_what_is_in_flight_by_its_time() -> None:
    assert flow(16, 0.5, []).per_s == pytest.approx(32.0)


def test_one_station_with_always_something_to_do_does_what_it_can() -> None:
    found = flow(10, 0.0, [Station("sender", 0.001)])

    assert found.busiest == "sender"
    assert (found.per_s, found.utilisation) == pytest.approx((1_000.0, 1.0))


def test_two_equal_stations_share_as_the_closed_formula_says() -> None:
    """Balanced: X = N / (D * (N + K - 1)) for K stations of demand D."""
    found = flow(5, 0.0, [Station("one", 0.01), Station("other", 0.01)])

    assert found.per_s == pytest.approx(5 / (0.01 * (5 + 2 - 1)))


demands = st.floats(1e-5, 0.1)


@settings(deadline=None)
@given(st.integers(1, 200), st.floats(0.0, 2.0), st.lists(demands, min_size=1, max_size=4), st.integers(1, 8))
def test_it_stays_within_the_bounds_that_hold_for_any_such_network(
    in_flight: int, away_s: float, found: list[float], servers: int
) -> None:
    stations = [Station(str(number), demand, servers) for number, demand in enumerate(found)]

    per_s = flow(in_flight, away_s, stations).per_s

    assert per_s <= min(each.most_per_s for each in stations) * 1.000001
    assert per_s <= in_flight / (away_s + sum(found)) * 1.000001


@settings(deadline=None)
@given(st.integers(1, 100), st.floats(0.0, 1.0), st.lists(demands, min_size=1, max_size=3))
def test_one_more_in_flight_never_makes_it_slower(in_flight: int, away_s: float, found: list[float]) -> None:
    stations = [Station(str(number), demand) for number, demand in enumerate(found)]

    assert flow(in_flight + 1, away_s, stations).per_s >= flow(in_flight, away_s, stations).per_s * 0.999999


def test_nothing_in_flight_and_nothing_that_takes_time_are_refused() -> None:
    with pytest.raises(ValueError, match="in flight"):
        flow(0, 1.0, [])
    with pytest.raises(ValueError, match="takes time"):
        flow(1, 0.0, [Station("idle", 0.0)])
