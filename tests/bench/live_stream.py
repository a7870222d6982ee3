"""The live stream as a page reads it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
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

    def take(self, session_id: UUID) -> None:
        """A verdict has come."""
        self._missing.discard(session_id)
        if not self._missing:
            self._complete_at = time.perf_counter()
            self._complete.set()


class VerdictTimes:
    """When the next verdict on a session comes, of any number of sessions at once; by the event loop's clock."""

    def __init__(self) -> None:
        self._expected: dict[UUID, asyncio.Future[float]] = {}

    def expect(self, session_id: UUID) -> asyncio.Future[float]:
        """From now on; an earlier expectation of the same session's is forgotten."""
        verdict = self._expected[session_id] = asyncio.get_running_loop().create_future()
        return verdict

    def take(self, session_id: UUID) -> None:
        """A verdict has come."""
        verdict = self._expected.pop(session_id, None)
        if verdict is not None and not verdict.done():
            verdict.set_result(asyncio.get_running_loop().time())


@asynccontextmanager
async def watching(client: aiohttp.ClientSession) -> AsyncIterator[VerdictWatch]:
    """Follow the live stream of the client's organisation."""
    watch = VerdictWatch()
    async with _following(client, watch.take):
        yield watch


@asynccontextmanager
async def timing(client: aiohttp.ClientSession) -> AsyncIterator[VerdictTimes]:
    """Follow the live stream of the client's organisation, for many questions at once."""
    times = VerdictTimes()
    async with _following(client, times.take):
        yield times


@asynccontextmanager
async def _following(client: aiohttp.ClientSession, take: Callable[[UUID], None]) -> AsyncIterator[None]:
    async with client.get("/v1/events") as response:
        response.raise_for_status()
        async with in_background(_follow(response, take)):
            yield


async def _follow(response: aiohttp.ClientResponse, take: Callable[[UUID], None]) -> None:
    async for line in response.content:
        if line.startswith(_DATA):
            event = orjson.loads(line[len(_DATA) :])
            if event["type"] != _ONLY_BEGUN:
                take(UUID(event["id"]))
