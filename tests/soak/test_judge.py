"""The judge finds a leak that was made, and takes noise, saw-teeth and a slow start for what they are."""

from math import sin
from random import Random

import pytest

from tests.soak.judge import BINS, Bound, Finding, Point, judge, last_half, trend

MINUTE = 60.0
MEMORY = {"memory": Bound(absolute=3.0)}


def series(per_minute: float, *, noise: float = 0.0, seed: int = 1, minutes: int = 60) -> list[Point]:
    """Six points a minute around a line that begins at 100."""
    random = Random(seed)
    times = [10.0 * number for number in range(6 * minutes)]
    return [(at, 100 + per_minute * at / MINUTE + random.uniform(-noise, noise)) for at in times]


def only(points: list[Point], bound: Bound = MEMORY["memory"]) -> Finding:
    (finding,) = judge({"memory": points}, {"memory": bound})
    return finding


def test_a_leak_of_a_quarter_of_a_megabyte_a_minute_is_found_within_an_hour() -> None:
    assert only(series(0.25, noise=2.0)).grows
    assert only(series(0.25, noise=2.0)).growth == pytest.approx(7.5, abs=1.0)


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_never_grows(seed: int) -> None:
    assert not only(series(0.0, noise=20.0, seed=seed)).grows


def test_what_grows_less_than_it_may_is_steady() -> None:
    assert not only(series(0.05)).grows


def test_a_warm_up_in_the_first_half_counts_for_nothing() -> None:
    points = [(at, min(value, 200.0)) for at, value in series(5.0, noise=0.5)]

    assert not only(points).grows


def test_saw_teeth_are_steady_and_saw_teeth_on_a_slope_are_not() -> None:
    teeth = [(at, value + (at % 300) / 10) for at, value in series(0.0)]
    rising = [(at, value + (at % 300) / 10) for at, value in series(1.0)]

    assert not only(teeth).grows
    assert only(rising).grows


def test_a_wave_is_steady_and_one_outlier_moves_nothing() -> None:
    points = [(at, value + 5 * sin(at / 50)) for at, value in series(0.0)]
    points[-3] = (points[-3][0], 100_000.0)

    assert not only(points).grows


def test_a_leak_in_the_last_half_alone_is_found() -> None:
    points = [(at, value + max(0.0, at - 1_800) / MINUTE) for at, value in series(0.0, noise=1.0)]

    assert only(points).grows


def test_a_share_of_the_level_may_be_more_than_the_absolute_bound() -> None:
    assert not only(series(0.25), Bound(absolute=3.0, share=0.1)).grows


def test_too_few_points_prove_nothing_and_so_it_grows() -> None:
    assert only([(0.0, 1.0), (1.0, 1.0)]).grows
    assert only([]).grows


def test_what_has_no_bound_is_not_judged_and_a_bound_holds_for_all_of_a_kind() -> None:
    found = judge({"memory: api": series(0.0), "memory: sender": series(1.0), "sent": series(9.0)}, MEMORY)

    assert {each.name: each.grows for each in found} == {"memory: api": False, "memory: sender": True}


def test_a_line_has_the_slope_that_it_has_whatever_two_of_ten_points_say() -> None:
    points = [(float(at), 2.0 * at) for at in range(10)]
    points[2], points[7] = (2.0, -500.0), (7.0, 900.0)

    assert trend(points).per_s == pytest.approx(2.0)


def test_of_a_long_series_stretches_of_the_second_half_stand_for_it() -> None:
    half = last_half([(float(at), 0.0) for at in range(10_000)])

    assert (len(half), half[0][0] >= 4_999) == (BINS, True)
