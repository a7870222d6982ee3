"""Waiting for more, while more pours in: full batches under load, and no wait at all without it."""

from collections.abc import Callable
from time import monotonic


class Patience:
    """For one batch after another: how long the next one may still wait to grow."""

    def __init__(self, most_s: float, *, clock: Callable[[], float] = monotonic) -> None:
        self._most_s = most_s
        self._clock = clock
        self._until: float | None = None

    def rest_s(self, *, is_worth_it: bool) -> float:
        """Seconds to wait, 0 for none: the batch is to go, and the next one's wait has not begun."""
        if not is_worth_it:
            self._until = None
            return 0.0
        now = self._clock()
        if self._until is None:
            self._until = now + self._most_s
        if now >= self._until:
            self._until = None
            return 0.0
        return self._until - now
