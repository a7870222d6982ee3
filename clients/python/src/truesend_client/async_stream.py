"""The live stream as an asynchronous iterator."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

import httpx

from truesend_client.address import Address, timeouts
from truesend_client.live import SILENCE_S, Event, Following, is_stream
from truesend_client.trying import PAUSES_S


class AsyncLiveEvents:
    """Events without end, taken up again where a connection breaks. Leaving its ``async with`` ends it."""

    def __init__(self, http: httpx.AsyncClient, address: Address, last_event_id: str | None) -> None:
        self._http = http
        self._address = address
        self._following = Following(last_event_id)
        self._events = self._follow()

    @property
    def last_event_id(self) -> str | None:
        """What to begin with next time, to miss nothing: the id of the last event that was handed out."""
        return self._following.last_event_id

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self._events.aclose()

    async def _follow(self) -> AsyncGenerator[Event, None]:
        while True:
            wait_s = PAUSES_S[0]
            try:
                async with self._connection() as answer:
                    if is_stream(answer):
                        async for chunk in answer.aiter_bytes():
                            for event in self._following.take(chunk):
                                yield event
                    else:
                        wait_s, told = self._following.refused(answer, await answer.aread())
                        for event in told:
                            yield event
            except httpx.HTTPError:
                wait_s = self._following.broken()
            await asyncio.sleep(wait_s)

    def _connection(self) -> AbstractAsyncContextManager[httpx.Response]:
        headers = {**self._address.headers(), **self._following.headers()}
        return self._http.stream("GET", "/v1/events", headers=headers, timeout=timeouts(SILENCE_S))
