"""A server that speaks bytes, for answers that no web framework would give."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from truesend.gateways.protocol import GatewayConfig

Behaviour = Callable[["Connection"], Awaitable[None]]


@dataclass(slots=True)
class Connection:
    """One client's connection, of which ``request`` has been read."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    request: bytes = b""

    def answer(self, status: str, body: bytes, *headers: str, length: int | None = None) -> None:
        """Write an answer; ``length`` lies about the body's."""
        size = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Reset the connection."""
        handle = self.writer.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def read_request(self) -> bool:
        """Read the next request with its body. False where the client has gone."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        self.request = head + await self.reader.readexactly(length)
        return True


@dataclass(slots=True)
class RawServer:
    """A listening server with what it saw."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    client_left: asyncio.Event = field(default_factory=asyncio.Event)

    def config(self, **settings: object) -> GatewayConfig:
        """Settings of a gateway at this address, with short time-outs."""
        return gateway_config(self.url, **settings)


def gateway_config(url: str, **settings: object) -> GatewayConfig:
    """Settings of a gateway, with short time-outs."""
    values: dict[str, object] = {"connect_timeout_s": 0.5, "status_timeout_s": 0.5, "send_timeout_s": 0.5, **settings}
    return GatewayConfig("default", "vps", url, "key-123456", **values)  # type: ignore[arg-type]


@asynccontextmanager
async def raw_server(
    behaviour: Behaviour, *, reads: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """Serve each request (or, without ``reads``, each connection) by ``behaviour``, until the block ends."""
    seen = RawServer("")
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        seen.connections += 1
        try:
            await converse(connection)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            seen.client_left.set()
            writer.transport.abort()

    async def converse(connection: Connection) -> None:
        if not reads:
            await behaviour(connection)
        while not connection.writer.is_closing() and await connection.read_request():
            seen.requests.append(connection.request)
            seen.asked.set()
            await behaviour(connection)
            await connection.writer.drain()
        await connection.writer.drain()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        busy.add(task)
        task.add_done_callback(busy.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    seen.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield seen
    finally:
        server.close()
        for task in list(busy):
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await server.wait_closed()
