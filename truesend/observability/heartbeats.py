"""Who moved when."""

import time
from collections.abc import Callable

STALE_AFTER_S = 45.0


class Heartbeats:
    """Keeps the time of each loop's last pass. Liveness is that no loop has stood still for too long."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}

    def beat(self, name: str) -> None:
        """The loop of this name has moved."""
        self._last[name] = self._clock()

    def forget(self, name: str) -> None:
        """The loop of this name has ended as it should."""
        self._last.pop(name, None)

    def stale(self, *, after_s: float = STALE_AFTER_S) -> list[str]:
        """Names of the loops that have not moved for ``after_s`` seconds."""
        now = self._clock()
        return sorted(name for name, last in self._last.items() if now - last > after_s)
