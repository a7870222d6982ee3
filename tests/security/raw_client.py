"""A client that speaks bytes, for requests that no library would make."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_S = 45


@dataclass(frozen=True, slots=True)
class RawConnection:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Write, as far as the server takes it."""
        self.writer.write(data)
        await self.writer.drain()

    async def status(self) -> int:
        """The status of the next answer; 0 where the server has hung up without one."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        return int(head.split(b" ", 2)[1])

    async def until_closed(self) -> bytes:
        """Everything up to the end of the connection, also where a byte that came too late has it reset."""
        answer = b""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while piece := await self.reader.read(65_536):
                    answer += piece
        except ConnectionError:
            pass
        return answer


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[RawConnection]:
    """A connection to this address, closed at the end."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield RawConnection(reader, writer)
    finally:
        writer.transport.abort()
