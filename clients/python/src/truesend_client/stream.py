"""The live stream as an iterator."""

import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

import httpx

from truesend_client.address import Address, timeouts
from truesend_client.live import SILENCE_S, Event, Following, is_stream
from truesend_client.trying import PAUSES_S


class LiveEvents:
    """Events without end, taken up again where a connection breaks. Leaving its ``with`` ends it."""

    def __init__(self, http: httpx.Client, address: Address, last_event_id: str | None) -> None:
        self._http = http
        self._address = address
        self._following = Following(last_event_id)
        self._events = self._follow()

    @property
    def last_event_id(self) -> str | None:
        """What to begin with next time, to miss nothing: the id of the last event that was handed out."""
        return self._following.last_event_id

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None) -> None:
        self._events.close()

    def _follow(self) -> Generator[Event, None, None]:
        while True:
            wait_s = PAUSES_S[0]
            try:
                with self._connection() as answer:
                    if is_stream(answer):
                        for chunk in answer.iter_bytes():
                            yield from self._following.take(chunk)
                    else:
                        wait_s, told = self._following.refused(answer, answer.read())
                        yield from told
            except httpx.HTTPError:
                wait_s = self._following.broken()
            time.sleep(wait_s)

    def _connection(self) -> AbstractContextManager[httpx.Response]:
        headers = {**self._address.headers(), **self._following.headers()}
        return self._http.stream("GET", "/v1/events", headers=headers, timeout=timeouts(SILENCE_S))
