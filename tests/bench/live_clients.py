"""Many clients of the live stream, a few hundred bytes each, in processes of their own.

Run as ``python -m tests.bench.live_clients HOST PORT ORGANIZATION CLIENTS``. Connects, and writes a line when all are on the
stream. Then a line for each fact that all of them have: its row's id, how many have it, when the last one got it. At the end
of its input it writes the same of the facts that not all have, and ends.
"""

import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import uvloop

from tests.harness.background import in_background

CONNECTED_AT_ONCE = 50
_BEGUN = b"\nid: "
_EVENT_END = b"\n\n"
_ROW = b'"id":"'
_ID_LENGTH = 36
_FILES_BESIDE = 200
_OPEN_WITHIN_S = 60.0


@dataclass(slots=True)
class Seen:
    """How many clients have a fact, and when the last of them got it, by the machine's clock."""

    clients: int
    last_at: float


class _Crowd:
    """The clients of this process."""

    def __init__(self, clients: int) -> None:
        self._clients = clients
        self._facts: dict[bytes, Seen] = {}

    def take(self, event: bytes) -> None:
        """One client has it."""
        start = event.find(_ROW) + len(_ROW)
        if start < len(_ROW):
            return
        row = event[start : start + _ID_LENGTH]
        seen = self._facts.setdefault(row, Seen(0, 0.0))
        seen.clients += 1
        if seen.clients == self._clients:
            self._tell(row, seen.clients, time.time())
            del self._facts[row]
        else:
            seen.last_at = time.time()

    def tell_of_the_rest(self) -> None:
        """What not all have."""
        for row, seen in self._facts.items():
            self._tell(row, seen.clients, seen.last_at)

    def _tell(self, row: bytes, clients: int, last_at: float) -> None:
        _say(orjson.dumps([row.decode(), clients, last_at]))


class _Client(asyncio.Protocol):
    """One of them: knows where an event ends, and which row it is about."""

    def __init__(self, crowd: _Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self._rest = b""
        self.began = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        *events, self._rest = (self._rest + data).split(_EVENT_END)
        for event in events:
            if not self.began.done():
                if _BEGUN in event:
                    self.began.set_result(None)
            else:
                self._crowd.take(event)


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


async def _be_clients(host: str, port: int, organization_id: str, count: int) -> None:
    loop, crowd = asyncio.get_running_loop(), _Crowd(count)
    request = f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Organization-Id: {organization_id}\r\n\r\n".encode()

    async def one() -> asyncio.BaseTransport:
        transport, client = await loop.create_connection(lambda: _Client(crowd, request), host, port)
        await asyncio.wait_for(client.began, _OPEN_WITHIN_S)
        return transport

    opened: list[asyncio.BaseTransport] = []
    while len(opened) < count:
        some = min(CONNECTED_AT_ONCE, count - len(opened))
        opened += await asyncio.gather(*(one() for _ in range(some)))
    _say(b"[]")
    await loop.run_in_executor(None, sys.stdin.read)
    crowd.tell_of_the_rest()


class Crowd:
    """The clients of all processes, as the benchmark sees them."""

    def __init__(self, children: Collection[asyncio.subprocess.Process]) -> None:
        self._children = children
        self._seen: dict[str, list[Seen]] = {}
        self._news = asyncio.Event()

    @property
    def pids(self) -> dict[str, int]:
        """Their processes, with names for a meter."""
        return {f"clients {number}": child.pid for number, child in enumerate(self._children, start=1)}

    async def seen(self, facts: Collection[str], *, within_s: float) -> dict[str, Seen]:
        """What became of these, as soon as all clients have them, or when the time is over."""
        try:
            async with asyncio.timeout(within_s):
                while any(len(self._seen.get(fact, ())) < len(self._children) for fact in facts):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            await self._end()
        return {fact: _all_of(self._seen[fact]) for fact in facts if fact in self._seen}

    async def follow(self, child: asyncio.subprocess.Process) -> None:
        """Read what it sees."""
        assert child.stdout is not None
        async for line in child.stdout:
            row, clients, last_at = orjson.loads(line)
            self._seen.setdefault(row, []).append(Seen(clients, last_at))
            self._news.set()

    async def _end(self) -> None:
        for child in self._children:
            assert child.stdin is not None
            child.stdin.close()
            await child.wait()


def _all_of(parts: Collection[Seen]) -> Seen:
    return Seen(sum(part.clients for part in parts), max(part.last_at for part in parts))


@asynccontextmanager
async def live_clients(url: str, organization_id: UUID, *, clients: int, processes: int) -> AsyncIterator[Crowd]:
    """So many, over so many processes, all on the stream before the block begins, and gone after it."""
    address = urlsplit(url)
    async with AsyncExitStack() as closing:
        children = []
        for number in range(processes):
            count = clients // processes + (number < clients % processes)
            arguments = [str(address.hostname), str(address.port), str(organization_id), str(count)]
            child = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "tests.bench.live_clients", *arguments],
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            closing.push_async_callback(_gone, child)
            children.append(child)
        for child in children:
            assert child.stdout is not None
            began = await asyncio.wait_for(child.stdout.readline(), 2 * _OPEN_WITHIN_S)
            if began != b"[]\n":
                raise RuntimeError("the clients could not connect")
        crowd = Crowd(children)
        for child in children:
            await closing.enter_async_context(in_background(crowd.follow(child)))
        yield crowd


async def _gone(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, wanted)), hard))


if __name__ == "__main__":
    _allow_files(int(sys.argv[4]) + _FILES_BESIDE)
    uvloop.run(_be_clients(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
