"""How far a claim may run ahead, and when a batch may wait to grow."""

import pytest

from services.sender.patience import Patience
from services.sender.tempo import MOST_AHEAD, POURING, WINDOW_S, Tempo


class Clock:
    """A time that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_runs_ahead_at_a_gateway_that_takes_nothing() -> None:
    tempo = Tempo(clock=Clock())

    assert (tempo.ahead("default"), tempo.pours()) == (0, False)


def test_what_runs_ahead_is_what_the_gateway_takes_in_a_moment_and_no_more_than_that() -> None:
    clock = Clock()
    tempo = Tempo(clock=clock)
    for _ in range(30):
        tempo.taken("default")

    assert (tempo.ahead("default"), tempo.ahead("another")) == (30, 0)
    clock.now += WINDOW_S
    assert tempo.ahead("default") == 30
    clock.now += WINDOW_S
    assert tempo.ahead("default") == 0


def test_a_gateway_that_stops_answering_is_claimed_for_no_further_than_its_credits_soon() -> None:
    clock = Clock()
    tempo = Tempo(clock=clock)
    for _ in range(5000):
        tempo.taken("default")

    assert tempo.ahead("default") == MOST_AHEAD
    clock.now += 10 * WINDOW_S
    assert tempo.ahead("default") == 0


def test_messages_pour_in_from_all_gateways_together() -> None:
    tempo = Tempo(clock=Clock())
    for number in range(POURING):
        tempo.taken(f"gateway {number}")

    assert tempo.pours()


def test_a_batch_that_has_nothing_to_wait_for_goes_at_once() -> None:
    assert Patience(0.02, clock=Clock()).rest_s(is_worth_it=False) == 0.0


def test_a_batch_waits_no_longer_than_its_patience_however_much_pours_in() -> None:
    clock = Clock()
    patience = Patience(0.02, clock=clock)

    assert patience.rest_s(is_worth_it=True) == pytest.approx(0.02)
    clock.now += 0.015
    assert 0 < patience.rest_s(is_worth_it=True) < 0.006
    clock.now += 0.006
    assert patience.rest_s(is_worth_it=True) == 0.0
    assert patience.rest_s(is_worth_it=True) == pytest.approx(0.02), "the next one waits anew"
