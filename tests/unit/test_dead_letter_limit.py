"""How many dead letters are too many."""

from hypothesis import given
from hypothesis import strategies as st

from truesend.broker.dead_letter_limit import DeadLetterLimit


class Consumer:
    """Wants records buried, one after the other, and waits as it is told."""

    def __init__(self, per_minute: int) -> None:
        self.now = 0.0
        self.buried_at: list[float] = []
        self._limit = DeadLetterLimit(per_minute, clock=lambda: self.now)

    def bury(self) -> float:
        """Returns how long that took."""
        waited_s = 0.0
        while wait_s := self._limit.wait_s():
            self.now += wait_s
            waited_s += wait_s
        self._limit.buried()
        self.buried_at.append(self.now)
        return waited_s


def test_up_to_the_limit_nobody_waits_and_the_next_one_waits_for_a_minute() -> None:
    consumer = Consumer(3)

    assert [consumer.bury() for _ in range(4)] == [0, 0, 0, 60]


def test_above_the_limit_one_a_minute_is_tried_however_long_that_goes_on() -> None:
    consumer = Consumer(3)

    assert [consumer.bury() for _ in range(10)][3:] == [60] * 7


def test_after_a_minute_in_which_none_was_wanted_the_limit_is_whole_again() -> None:
    consumer = Consumer(3)
    for _ in range(4):
        consumer.bury()

    consumer.now += 120

    assert [consumer.bury() for _ in range(4)] == [0, 0, 0, 60]


def test_a_probe_that_finds_another_one_soon_waits_for_a_minute_again() -> None:
    consumer = Consumer(3)
    for _ in range(4):
        consumer.bury()

    consumer.now += 45

    assert consumer.bury() == 15


def test_dead_letters_that_are_far_enough_apart_never_stop_a_consumer() -> None:
    consumer = Consumer(3)
    for _ in range(100):
        assert consumer.bury() == 0
        consumer.now += 20.1


@given(st.integers(1, 5), st.lists(st.floats(0, 100), max_size=40))
def test_no_minute_has_more_than_the_limit(per_minute: int, pauses: list[float]) -> None:
    consumer = Consumer(per_minute)
    for pause in pauses:
        consumer.now += pause
        consumer.bury()

    for first, last in zip(consumer.buried_at, consumer.buried_at[per_minute:], strict=False):
        assert last - first >= 60 - 1e-6
