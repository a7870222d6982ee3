"""How fast gateways take messages: it says how far a claim may run ahead of the sends, and whether more pours in."""

from collections import Counter
from collections.abc import Callable
from time import monotonic

WINDOW_S = 0.2
MOST_AHEAD = 512
POURING = 200
"""Messages in a window from which on they pour in: a thousand a second, so that a few milliseconds bring several."""


class Tempo:
    """Counts messages taken, by gateway, in the current window and the one before it."""

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began_at = clock()
        self._now: Counter[str] = Counter()
        self._before: Counter[str] = Counter()

    def taken(self, gateway: str) -> None:
        """The gateway took one more."""
        self._roll()
        self._now[gateway] += 1

    def recent(self, gateway: str) -> int:
        """How many it took in a window's time: 0 for one that hangs, and for one that nothing is sent to."""
        self._roll()
        return max(self._now[gateway], self._before[gateway])

    def ahead(self, gateway: str) -> int:
        """How many more than its credits it may have claimed: what it is about to need while a claim is on its way."""
        return min(self.recent(gateway), MOST_AHEAD)

    def pours(self, gateway: str | None = None) -> bool:
        """Whether, at this gateway or at all together, waiting a moment brings more."""
        if gateway is not None:
            return self.recent(gateway) >= POURING
        self._roll()
        return max(self._now.total(), self._before.total()) >= POURING

    def _roll(self) -> None:
        windows = int((self._clock() - self._began_at) / WINDOW_S)
        if windows == 0:
            return
        self._before = self._now if windows == 1 else Counter()
        self._now = Counter()
        self._began_at += windows * WINDOW_S
