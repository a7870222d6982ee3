"""How long the rest of a batch takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.batch_progress import DAY_S, HOUR_S, WaitingAtSession, seconds_left


@pytest.mark.parametrize(
    ("session", "left_s"),
    [
        (WaitingAtSession(1, True, 30.0), 0.0),
        (WaitingAtSession(11, True, 30.0), 300.0),
        (WaitingAtSession(11, True, 30.0, held_for_s=100.0), 400.0),
        (WaitingAtSession(2, True, 1.0, last_due_in_s=500.0), 500.0),
        (WaitingAtSession(10, True, 0.0, hourly_cap=10), 0.0),
        (WaitingAtSession(11, True, 0.0, hourly_cap=10), HOUR_S),
        (WaitingAtSession(10, True, 0.0, hourly_cap=10, started_in_hour=10), HOUR_S),
        (WaitingAtSession(30, True, 0.0, hourly_cap=10, started_in_hour=12), 3 * HOUR_S),
        (WaitingAtSession(30, True, 0.0, hourly_cap=10, daily_cap=15), DAY_S),
        (WaitingAtSession(1, False, 0.0), None),
    ],
)
def test_the_rest_takes_as_long_as_the_pace_and_the_caps_make_it(session: WaitingAtSession, left_s: float) -> None:
    assert seconds_left([session]) == left_s


def test_the_slowest_session_decides_and_one_that_cannot_send_leaves_it_open() -> None:
    fast, slow = WaitingAtSession(5, True, 1.0), WaitingAtSession(5, True, 10.0)

    assert seconds_left([fast, slow]) == 40.0
    assert seconds_left([fast, slow, WaitingAtSession(1, False, 1.0)]) is None
    assert seconds_left([]) == 0.0


@given(st.integers(1, 1000), st.integers(1, 100), st.integers(0, 200))
def test_a_cap_never_lets_more_than_itself_go_in_a_window(waiting: int, cap: int, used: int) -> None:
    left_s = seconds_left([WaitingAtSession(waiting, True, 0.0, hourly_cap=cap, started_in_hour=used)])

    assert left_s is not None
    assert max(cap - used, 0) + cap * left_s / HOUR_S >= waiting
