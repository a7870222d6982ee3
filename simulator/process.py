"""The process of a simulated gateway: it may end with all that is in its hands, and be away for a while."""

import asyncio
import time


class GatewayGoneError(Exception):
    """The gateway's process ended while a request was in its hands: the connection resets, nothing more happens."""


class GatewayProcess:
    """Its life, from one restart to the next."""

    def __init__(self) -> None:
        """It is there."""
        self.restarts = 0
        self._down_until = 0.0
        self._life = asyncio.Event()

    @property
    def is_down(self) -> bool:
        """True while the gateway's process is not there."""
        return self._down_until > 0 and time.monotonic() < self._down_until

    def restart(self, down_s: float = 0.0) -> None:
        """The process ends with all that is in its hands, and is back after ``down_s``; pairings are kept."""
        self.restarts += 1
        self._down_until = time.monotonic() + down_s
        ended, self._life = self._life, asyncio.Event()
        ended.set()

    async def hold(self, seconds: float) -> None:
        """Keep a request waiting. Raises GatewayGoneError if the process ends meanwhile."""
        try:
            await asyncio.wait_for(self._life.wait(), seconds)
        except TimeoutError:
            return
        raise GatewayGoneError
