"""The live stream as a page reads it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import aiohttp
import orjson

from tests.harness.background import in_background

_DATA = b"data: "
_ONLY_BEGUN = "session.verifying"


class VerdictWatch:
    """Notes when the verdict on each session comes: any event about it but that the question was asked."""

    def __init__(self) -> None:
        self._missing: set[UUID] = set()
        self._complete = asyncio.Event()
        self._complete_at = 0.0

    def expect(self, session_ids: set[UUID]) -> None:
        """From now on, one verdict on each of these is awaited."""
        self._missing = set(session_ids)
        self._complete.clear()

    async def last(self, *, within_s: float) -> float:
        """When the last verdict came, by ``perf_counter``. Raises TimeoutError with the number that are missing."""
        try:
            await asyncio.wait_for(self._complete.wait(), within_s)
        except TimeoutError:
            raise TimeoutError(f"{len(self._missing)} sessions had no verdict within {within_s:g} s") from None
        return self._complete_at

    async def follow(self, response: aiohttp.ClientResponse) -> None:
        """Read until cancelled."""
        async for line in response.content:
            if line.startswith(_DATA) and self._missing:
                self._take(orjson.loads(line[len(_DATA) :]))

    def _take(self, event: dict[str, str]) -> None:
        if event["type"] == _ONLY_BEGUN:
            return
        self._missing.discard(UUID(event["id"]))
        if not self._missing:
            self._complete_at = time.perf_counter()
            self._complete.set()


@asynccontextmanager
async def watching(client: aiohttp.ClientSession) -> AsyncIterator[VerdictWatch]:
    """Follow the live stream of the client's organisation."""
    watch = VerdictWatch()
    async with client.get("/v1/events") as response:
        response.raise_for_status()
        async with in_background(watch.follow(response)):
            yield watch
