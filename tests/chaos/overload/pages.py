"""Open pages: how long a fact takes, from when it is written, until the last of them has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import orjson

from tests.harness.background import in_background
from truesend.store.wakeups import RELAY_CHANNEL

EVERY_S = 0.5
LAST_ONES_S = 10.0
OPENED_AT_ONCE = 50
_ID_LENGTH = 36
_FACT = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " VALUES ('session', $1, 'session.connected', $2::text::jsonb, $3)"
)


class Pages:
    """Writes a fact twice a second, and notes when every page has it."""

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id
        self.delays_s: list[float] = []
        self.open = 0
        self.lost = 0
        self.are_closing = False
        self._written_at: dict[bytes, float] = {}
        self._missing: dict[bytes, int] = {}

    @property
    def outstanding(self) -> list[bytes]:
        """Facts that some page has not seen."""
        return list(self._missing)

    def seen(self, fact: bytes) -> None:
        """One more page has it."""
        self._missing[fact] -= 1
        if not self._missing[fact]:
            del self._missing[fact]
            self.delays_s.append(perf_counter() - self._written_at.pop(fact))

    async def write(self, connection: asyncpg.Connection) -> None:
        """Until cancelled."""
        while True:
            await self._fact(connection)
            await asyncio.sleep(EVERY_S)

    async def until_seen(self, facts: int) -> None:
        """Go on until so many facts were seen by all, however soon the rest is over; not for ever."""
        until = perf_counter() + LAST_ONES_S
        while len(self.delays_s) < facts and perf_counter() < until:  # noqa: ASYNC110 - as below
            await asyncio.sleep(EVERY_S / 10)

    async def finish(self) -> None:
        """Wait for what is on its way; what does not come within a while took for ever."""
        until = perf_counter() + LAST_ONES_S
        while self._missing and perf_counter() < until:  # noqa: ASYNC110 - pages are hundreds of plain sockets
            await asyncio.sleep(EVERY_S / 10)
        self.delays_s += [float("inf") for _ in self._missing]

    async def _fact(self, connection: asyncpg.Connection) -> None:
        fact = uuid4()
        body = {"id": str(fact), "organization_id": str(self.organization_id), "status": "connected", "version": 1}
        name = str(fact).encode()
        self._missing[name] = self.open
        self._written_at[name] = perf_counter()
        try:
            async with connection.transaction():
                await connection.execute(_FACT, fact, orjson.dumps(body).decode(), self.organization_id)
                await connection.execute("SELECT pg_notify($1, '')", RELAY_CHANNEL)
        except asyncio.CancelledError:
            # cut off before it was committed: nobody can see it
            self._missing.pop(name, None)
            raise


class _Page(asyncio.Protocol):
    """A browser's connection: reads all, and understands no more than which facts came."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._tail = b""
        self._had: set[bytes] = set()
        self.began = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        request = (
            f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Organization-Id: {self._pages.organization_id}\r\n\r\n"
        )
        cast(asyncio.Transport, transport).write(request.encode())

    def data_received(self, data: bytes) -> None:
        if not self._tail:
            assert data.startswith(b"HTTP/1.1 200"), data
        data = self._tail + data
        self._tail = data[-_ID_LENGTH:]
        if not self.began.is_set() and b"\nid: " in data:
            self.began.set()
        for fact in self._pages.outstanding:
            if fact not in self._had and fact in data:
                self._had.add(fact)
                self._pages.seen(fact)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._pages.are_closing:
            self._pages.lost += 1


@asynccontextmanager
async def open_pages(url: str, database_url: str, organization_id: UUID, *, count: int = 1) -> AsyncIterator[Pages]:
    """So many, all on the live stream before the block begins; facts are written until it ends."""
    pages = Pages(organization_id)
    address = urlsplit(url)
    transports: list[asyncio.BaseTransport] = []
    connection = await asyncpg.connect(database_url)

    async def one() -> None:
        loop = asyncio.get_running_loop()
        transport, page = await loop.create_connection(lambda: _Page(pages), str(address.hostname), address.port or 80)
        transports.append(transport)
        await asyncio.wait_for(page.began.wait(), 60)

    try:
        for opened in range(0, count, OPENED_AT_ONCE):
            await asyncio.gather(*(one() for _ in range(min(OPENED_AT_ONCE, count - opened))))
        pages.open = count
        try:
            async with in_background(pages.write(connection)):
                yield pages
        finally:
            await pages.finish()
    finally:
        pages.are_closing = True
        for transport in transports:
            transport.close()
        await connection.close()
