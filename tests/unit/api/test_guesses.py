"""How often a key may be guessed: a time of the test's own, addresses as they come."""

from http import HTTPStatus

import pytest

from services.api.guesses import ADDRESSES, Guesses
from services.api.problems import Problem

PER_MINUTE = 6


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def spent(clock: Clock, *addresses: str) -> Guesses:
    """A door where these addresses have none left."""
    guesses = Guesses("test", PER_MINUTE, clock=clock)
    for address in addresses:
        for number in range(PER_MINUTE):
            guesses.require_turn(address, f"wrong {number}")
            guesses.failed(address)
    return guesses


def is_let_in(guesses: Guesses, address: str | None, credential: str = "right") -> bool:
    try:
        guesses.require_turn(address, credential)
    except Problem as problem:
        return problem.status is not HTTPStatus.TOO_MANY_REQUESTS
    return True


def test_an_address_that_was_wrong_too_often_waits_and_is_told_how_long() -> None:
    clock = Clock()
    guesses = spent(clock, "192.0.2.1")

    with pytest.raises(Problem) as refused:
        guesses.require_turn("192.0.2.1", "the right one, perhaps")

    assert refused.value.headers == {"Retry-After": "10"}
    clock.now_s += 9.9
    assert not is_let_in(guesses, "192.0.2.1")
    clock.now_s += 0.2
    assert is_let_in(guesses, "192.0.2.1")
    guesses.failed("192.0.2.1")
    assert not is_let_in(guesses, "192.0.2.1")


def test_other_addresses_do_not_wait_for_it() -> None:
    guesses = spent(Clock(), "192.0.2.1", "2001:db8::1")

    assert is_let_in(guesses, "192.0.2.2")
    assert is_let_in(guesses, "2001:db8:0:1::1")
    assert not is_let_in(guesses, "2001:db8::ffff:2")
    assert not is_let_in(guesses, "::ffff:192.0.2.1")


def test_what_has_opened_from_an_address_before_is_let_in_there_whatever_others_guess() -> None:
    clock = Clock()
    guesses = Guesses("test", PER_MINUTE, clock=clock)
    guesses.opened("192.0.2.1", "right")
    for _ in range(PER_MINUTE):
        guesses.failed("192.0.2.1")

    assert is_let_in(guesses, "192.0.2.1", "right")
    assert not is_let_in(guesses, "192.0.2.1", "another right one")


def test_a_right_key_gives_no_guesses_back() -> None:
    guesses = spent(Clock(), "192.0.2.1")
    guesses.opened("192.0.2.1", "right")

    assert not is_let_in(guesses, "192.0.2.1", "wrong")


def test_a_budget_is_never_more_than_a_minute_of_it() -> None:
    clock = Clock()
    guesses = Guesses("test", PER_MINUTE, clock=clock)
    guesses.failed("192.0.2.1")
    clock.now_s += 86_400
    for _ in range(PER_MINUTE):
        guesses.failed("192.0.2.1")

    assert not is_let_in(guesses, "192.0.2.1")


def test_however_many_addresses_come_the_latest_ten_thousand_are_remembered() -> None:
    guesses = spent(Clock(), "192.0.2.1")
    for number in range(ADDRESSES + 5):
        guesses.failed(f"10.0.{number // 250}.{number % 250}")

    assert len(guesses._guessers) == ADDRESSES
    assert is_let_in(guesses, "192.0.2.1")


def test_without_a_limit_nothing_is_counted_and_without_an_address_all_are_one() -> None:
    free = Guesses("test", 0)
    free.failed("192.0.2.1")
    guesses = spent(Clock(), "a unix socket")

    assert is_let_in(free, "192.0.2.1")
    assert not free._guessers
    assert not is_let_in(guesses, None)
