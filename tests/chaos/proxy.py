"""A TCP proxy for one link between two parts, which can be cut, frozen and watched."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from truesend.cli.local.ports import LOOPBACK

Direction = Literal["up", "down"]
Address = tuple[str, int]

_CHUNK_BYTES: Final = 65_536
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class _Trigger:
    direction: Direction
    at_least_bytes: int
    act: Callable[[], None]


class Link:
    """What one part reaches another through. ``upstreams`` says where to, the first choice first, at each connection.

    Bytes flow until the link is cut (connections reset, new ones are refused) or frozen (nothing passes, nothing is lost).
    """

    def __init__(self, name: str, upstreams: Callable[[], Sequence[Address]]) -> None:
        self.name = name
        self._upstreams = upstreams
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._address = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._triggers: list[_Trigger] = []

    async def open(self) -> None:
        """Listen on a free port."""
        # Bound beside the listener and never listening: the port stays ours while connections are refused.
        self._address.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._address.bind((LOOPBACK, 0))
        await self.mend()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._address.getsockname()[1]
        return port

    async def close(self) -> None:
        """End it, with every connection."""
        self.cut()
        self._flowing.set()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._address.close()

    def cut(self) -> None:
        """Reset every connection, and refuse new ones until it is mended."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            _reset(writer)

    async def mend(self) -> None:
        """Let connections be made again."""
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, LOOPBACK, self.port, reuse_port=True)

    def freeze(self) -> None:
        """Hold every byte, in both directions."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let go of what was held."""
        self._flowing.set()

    def once(self, direction: Direction, act: Callable[[], None], *, at_least_bytes: int = 1) -> Callable[[], None]:
        """Call ``act`` just before the next so many bytes pass that way. Returns what takes this back."""
        trigger = _Trigger(direction, at_least_bytes, act)
        self._triggers.append(trigger)

        def forget() -> None:
            if trigger in self._triggers:
                self._triggers.remove(trigger)

        return forget

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            _reset(writer)
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flowing.wait()
        far_reader, far_writer = await self._reach()
        self._writers.add(far_writer)
        pumps = [
            asyncio.ensure_future(self._pump("up", reader, far_writer)),
            asyncio.ensure_future(self._pump("down", far_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers.discard(far_writer)
            for each in (writer, far_writer):
                with contextlib.suppress(OSError, RuntimeError):
                    each.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for host, port in self._upstreams():
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(host, port)
        raise ConnectionRefusedError

    async def _pump(self, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK_BYTES):
            await self._flowing.wait()
            self._pull_triggers(direction, len(data))
            writer.write(data)
            await writer.drain()
        await self._flowing.wait()

    def _pull_triggers(self, direction: Direction, size: int) -> None:
        pulled = [each for each in self._triggers if each.direction == direction and size >= each.at_least_bytes]
        for trigger in pulled:
            self._triggers.remove(trigger)
            trigger.act()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: it is closed already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
