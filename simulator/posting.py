"""Posting webhooks: bytes with their headers to a URL, once, in no promised order, never retried."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

_KEPT: Final = 10_000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook as it goes out."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PostedHook:
    """One that was posted. ``status`` is None where nobody answered."""

    hook: Hook
    status: int | None


class Postman:
    """Posts hooks in the background."""

    def __init__(self) -> None:
        """Nothing to post yet."""
        self.posted: deque[PostedHook] = deque(maxlen=_KEPT)
        self._session: aiohttp.ClientSession | None = None
        self._posting: set[asyncio.Task[None]] = set()

    def post(self, hook: Hook, *, repeats: int = 1) -> None:
        """Post it soon, so often."""
        for _ in range(repeats):
            task = asyncio.get_running_loop().create_task(self._post(hook))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def settled(self) -> None:
        """Wait until everything handed in so far is posted."""
        while self._posting:
            await asyncio.gather(*self._posting)

    async def close(self) -> None:
        """Stop posting."""
        for task in list(self._posting):
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _post(self, hook: Hook) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            async with self._session.post(hook.url, data=hook.body, headers=hook.headers) as response:
                self.posted.append(PostedHook(hook, response.status))
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.posted.append(PostedHook(hook, None))
