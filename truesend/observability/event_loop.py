"""How late the event loop is: what holds it up holds up everything in the process."""

import asyncio

from prometheus_client import Histogram

LATENESS = Histogram(
    "truesend_event_loop_lag_seconds",
    "How late the event loop comes to what is due, looked at twice a second.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
EVERY_S = 0.5


class LoopWatch:
    """Has the running loop call back at a known time, again and again, and notes by how much it is late."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin, on the running loop."""
        loop = asyncio.get_running_loop()
        self._wait(loop)

    def stop(self) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + EVERY_S
        self._timer = loop.call_at(due, self._note, loop, due)

    def _note(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        LATENESS.observe(max(0.0, loop.time() - due))
        self._wait(loop)
