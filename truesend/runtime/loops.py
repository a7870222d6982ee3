"""A loop that outlives what it depends on.

Each pass does some work and says how long to rest; a wake-up ends the rest early. Postgres, Kafka or a gateway being
away is waited out with a growing pause. Every pass is a heartbeat: liveness means that the loop moved.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import structlog

from truesend.observability.heartbeats import Heartbeats
from truesend.observability.outside_failures import OUTSIDE_FAILURES

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

log = structlog.get_logger(__name__)

Pass = Callable[[], Awaitable[float]]
"""One pass; returns the seconds to rest before the next, 0 for none."""


class Loop:
    """Runs one pass after another until stopped."""

    def __init__(self, name: str, one_pass: Pass, heartbeats: Heartbeats) -> None:
        self.name = name
        self._pass = one_pass
        self._heartbeats = heartbeats
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. Call once."""
        self._heartbeats.beat(self.name)
        self._task = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """There may be work: end the current rest."""
        self._wake.set()

    async def stop(self, *, within_s: float) -> None:
        """Let the current pass end, or cancel it after ``within_s``."""
        self._stopping = True
        self._wake.set()
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._task, within_s)
        self._heartbeats.forget(self.name)

    async def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            self._heartbeats.beat(self.name)
            self._wake.clear()
            try:
                rest_s = await self._pass()
                pause_s = FIRST_PAUSE_S
            except OUTSIDE_FAILURES as error:
                log.warning("waiting for what a loop depends on", loop=self.name, error=type(error).__name__)
                rest_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads the retries, guards nothing
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            except Exception:
                log.exception("a pass failed", loop=self.name)
                rest_s = pause_s
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            if rest_s > 0:
                await self._rest(rest_s)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
