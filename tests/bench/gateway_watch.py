"""Watching lean gateways: when each message reached its gateway, and making them hang or lose sessions."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import orjson

from tests.bench.lean_gateway import RunningGateway, free_ports, gateway_program, joined
from tests.harness.background import in_background
from truesend.cli.local.ports import LOOPBACK


class GatewayWatch:
    """What became of messages, by their recipients. Times are the machine's clock, in seconds since 1970."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.arrived_at: dict[str, float] = {}
        self.repeats = 0
        self._writer = writer
        self._down: set[str] = set()
        self._wanted: set[str] = set()
        self._complete = asyncio.Event()
        self._obeyed = asyncio.Event()

    async def until_arrived(self, recipients: Collection[str], *, within_s: float) -> None:
        """Wait until each has got its message. Raises TimeoutError with the number of those that have not."""
        self._wanted = {each for each in recipients if each not in self.arrived_at}
        self._complete.clear()
        if not self._wanted:
            return
        try:
            await asyncio.wait_for(self._complete.wait(), within_s)
        except TimeoutError:
            raise TimeoutError(
                f"{len(self._wanted)} messages did not reach their gateway within {within_s:g} s"
            ) from None

    async def hang(self, ports: Collection[int]) -> None:
        """The gateways at these ports answer nothing from now on, and all others do."""
        await self._become(hanging=list(ports))

    async def take_down(self, sessions: Collection[str]) -> None:
        """These sessions are disconnected from now on."""
        self._down |= set(sessions)
        await self._become(down=list(self._down))

    async def bring_back(self, session: str) -> None:
        """It is connected again."""
        self._down.discard(session)
        await self._become(down=list(self._down))

    async def follow(self, reader: asyncio.StreamReader) -> None:
        """Read until cancelled."""
        async for line in reader:
            news = orjson.loads(line)
            if isinstance(news, dict):
                self._obeyed.set()
            else:
                self._take(news[2], news[3])

    async def _become(self, **change: list[int] | list[str]) -> None:
        self._obeyed.clear()
        self._writer.write(orjson.dumps(change) + b"\n")
        await asyncio.wait_for(self._obeyed.wait(), 10)

    def _take(self, recipient: str, arrived_at: float) -> None:
        if recipient in self.arrived_at:
            self.repeats += 1
            return
        self.arrived_at[recipient] = arrived_at
        self._wanted.discard(recipient)
        if not self._wanted:
            self._complete.set()


@asynccontextmanager
async def watched_gateway(
    *, count: int = 1, status_latency_ms: float = 0.0, send_latency_ms: float = 0.0
) -> AsyncIterator[tuple[RunningGateway, GatewayWatch]]:
    """Run so many until the block ends, and watch them."""
    control, *ports = free_ports(count + 1)
    arguments = [str(control), joined(ports), str(status_latency_ms), str(send_latency_ms)]
    with gateway_program("tests.bench.watched_gateway", [*ports, control], arguments) as pid:
        reader, writer = await asyncio.open_connection(LOOPBACK, control)
        watch = GatewayWatch(writer)
        try:
            async with in_background(watch.follow(reader)):
                yield RunningGateway(ports, pid), watch
        finally:
            writer.close()
