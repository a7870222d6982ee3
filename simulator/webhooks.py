"""Webhooks of the simulated gateway: posted once (or as often as told), in no promised order, never retried."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
import orjson

from simulator.world import World

_KEPT: Final = 10_000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Posted:
    """One webhook that was posted. ``status`` is None where nobody answered."""

    event: Mapping[str, object]
    status: int | None


class Webhooks:
    """Posts a world's events to the URL in its settings; to nobody while there is none."""

    def __init__(self, world: World) -> None:
        """Listen to ``world`` from now on."""
        self.posted: deque[Posted] = deque(maxlen=_KEPT)
        self._world = world
        self._session: aiohttp.ClientSession | None = None
        self._posting: set[asyncio.Task[None]] = set()
        world.announce = self.announce

    def announce(self, event: Mapping[str, object]) -> None:
        """Post ``event`` soon, as often as the settings say."""
        url = self._world.settings.webhook_url
        if url is None:
            return
        for _ in range(self._world.settings.webhook_repeats):
            task = asyncio.get_running_loop().create_task(self._post(url, event))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def settled(self) -> None:
        """Wait until everything announced so far is posted."""
        while self._posting:
            await asyncio.gather(*self._posting)

    async def close(self) -> None:
        """Stop posting."""
        for task in list(self._posting):
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _post(self, url: str, event: Mapping[str, object]) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            async with self._session.post(url, data=orjson.dumps(event), headers=self._headers()) as response:
                self.posted.append(Posted(event, response.status))
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.posted.append(Posted(event, None))

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        secret = self._world.settings.webhook_secret
        if secret and self._world.settings.webhook_auth == "bearer":
            headers["Authorization"] = f"Bearer {secret}"
        elif secret:
            headers["X-API-Key"] = secret
        return headers
