"""A CRM's steady load on several APIs: its clients go to the next address when they can't connect, and retry nothing else."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from tests.acceptance.conftest import API_KEY

BETWEEN_REQUESTS_S = 0.05
GIVE_UP_S = 20.0
CONNECT_PAUSE_S = 0.02


@dataclass
class Seen:
    """What the clients saw."""

    took_s: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    retried_connects: int = 0
    accepted: list[UUID] = field(default_factory=list)


class Client:
    """One caller with connections that it keeps."""

    def __init__(self, urls: Sequence[str], sessions: Sequence[UUID], seen: Seen, number: int) -> None:
        self._urls = urls
        self._sessions = sessions
        self._seen = seen
        self._client = number
        self._turn = number
        self._numbers = count()
        self._last: UUID | None = None

    async def run(self) -> None:
        """Until cancelled: writes a message, reads it, reads the sessions, has one verified."""
        async with aiohttp.ClientSession(headers={"X-API-Key": API_KEY}) as http:
            steps: list[Callable[[aiohttp.ClientSession], Awaitable[None]]] = [self._write, self._read, self._look]
            for number in count():
                await steps[number % len(steps)](http)
                await asyncio.sleep(BETWEEN_REQUESTS_S)

    async def _write(self, http: aiohttp.ClientSession) -> None:
        body = {
            "session_id": str(self._sessions[self._client % len(self._sessions)]),
            "recipient": f"91{self._client:04}{next(self._numbers):08}",
            "message_content": "under load",
        }
        answer = await self._call(http, "POST", "/v1/messages", body, {"Idempotency-Key": str(uuid4())})
        if answer is not None:
            self._last = UUID(answer["id"])
            self._seen.accepted.append(self._last)

    async def _read(self, http: aiohttp.ClientSession) -> None:
        if self._last is not None:
            await self._call(http, "GET", f"/v1/messages/{self._last}")

    async def _look(self, http: aiohttp.ClientSession) -> None:
        await self._call(http, "GET", "/v1/sessions?limit=20")
        await self._call(http, "POST", f"/v1/sessions/{self._sessions[0]}/verify")

    async def _call(
        self,
        http: aiohttp.ClientSession,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        began = monotonic()
        answer = None
        while True:
            url = self._urls[self._turn % len(self._urls)]
            try:
                async with http.request(method, f"{url}{path}", json=body, headers=headers) as response:
                    answer = await response.json()
                    if response.status >= 400:
                        self._seen.errors[f"{method} {response.status}"] += 1
                        answer = None
                break
            except aiohttp.ClientConnectorError:
                self._seen.retried_connects += 1
                self._turn += 1
                if monotonic() - began > GIVE_UP_S:
                    self._seen.errors["no address answers"] += 1
                    break
                await asyncio.sleep(CONNECT_PAUSE_S)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self._seen.errors[f"{method} {type(error).__name__}"] += 1
                break
        self._seen.took_s.append(monotonic() - began)
        return answer


@asynccontextmanager
async def load_on(urls: Sequence[str], sessions: Sequence[UUID], *, clients: int) -> AsyncIterator[Seen]:
    """So many clients, until the block ends; requests that are under way then do not count."""
    seen = Seen()
    tasks = [asyncio.create_task(Client(urls, sessions, seen, number).run()) for number in range(clients)]
    try:
        yield seen
        ended = [task for task in tasks if task.done()]
        assert not ended, f"a client ended: {ended[0].exception()!r}"
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
