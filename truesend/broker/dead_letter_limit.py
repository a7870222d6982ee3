"""How many records of one consumer may go to the dead letters. Without I/O; the clock is passed in."""

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0


class DeadLetterLimit:
    """Up to ``per_window`` in any window of ``window_s``. Whoever wants more has to wait for a window, and then gets one in
    each, as a probe, until a whole window has gone by in which none was wanted."""

    def __init__(
        self, per_window: int, *, window_s: float = WINDOW_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_window = per_window
        self._window_s = window_s
        self._clock = clock
        self._buried_at: deque[float] = deque()
        self._probe_at: float | None = None

    def wait_s(self) -> float:
        """One more is wanted: the seconds until it may be buried, 0 for now."""
        now = self._clock()
        if self._probe_at is not None and now < self._probe_at + self._window_s:
            return max(0.0, self._probe_at - now)
        self._probe_at = None
        while self._buried_at and self._buried_at[0] <= now - self._window_s:
            self._buried_at.popleft()
        if len(self._buried_at) < self.per_window:
            return 0.0
        self._probe_at = now + self._window_s
        return self._window_s

    def buried(self) -> None:
        """One was buried."""
        if self._probe_at is None:
            self._buried_at.append(self._clock())
        else:
            self._probe_at = self._clock() + self._window_s
