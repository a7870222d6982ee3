"""Lean gateways that can be watched and made to fail: each says when a message reached it, hangs, or has a session down.

Run as ``python -m tests.bench.watched_gateway CONTROL_PORT PORT[,PORT…] STATUS_LATENCY_MS SEND_LATENCY_MS``.

Over the control connection, a line of JSON each: in comes ``{"hanging": [port, …]}`` or ``{"down": [session, …]}``, which is
answered by itself when it holds; out goes ``["sent", port, recipient, time]`` for each message, by the machine's clock.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import orjson
import uvloop

from tests.bench.gateway import LeanGateway

_DOWN = b'{"sessionId":"%s","status":"disconnected","phoneNumber":null}'


@dataclass
class World:
    """How the gateways of this process are, and who watches them. ``held`` is what was asked while a gateway hung."""

    hanging: set[int] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    watchers: list[asyncio.Transport] = field(default_factory=list)
    held: list[tuple[int, Callable[[], None]]] = field(default_factory=list)

    def become(self, change: dict[str, list[int | str]]) -> None:
        """From now on. What a gateway held is answered when it hangs no more."""
        if "hanging" in change:
            self.hanging = {int(port) for port in change["hanging"]}
        if "down" in change:
            self.down = {str(session_id) for session_id in change["down"]}
        held, self.held = self.held, []
        for port, go_on in held:
            self.when_awake(port, go_on)

    def when_awake(self, port: int, go_on: Callable[[], None]) -> None:
        """Now, or when the gateway at that port no longer hangs."""
        if port in self.hanging:
            self.held.append((port, go_on))
        else:
            go_on()

    def tell(self, *news: object) -> None:
        """Tell it to all who watch."""
        for watcher in self.watchers:
            watcher.write(orjson.dumps(news) + b"\n")


class WatchedGateway(LeanGateway):
    """One connection to one of them."""

    def __init__(self, world: World, port: int, status_latency_s: float, send_latency_s: float) -> None:
        super().__init__(status_latency_s, send_latency_s)
        self._world = world
        self._port = port

    def asked(self, session_id: bytes) -> None:
        """A session's status is wanted."""
        self._world.when_awake(self._port, lambda: self._say_status(session_id))

    def sent(self, body: bytes) -> None:
        """A message is to be sent."""
        self._world.tell("sent", self._port, orjson.loads(body)["phone"], time.time())
        self._world.when_awake(self._port, lambda: super(WatchedGateway, self).sent(body))

    def _say_status(self, session_id: bytes) -> None:
        if session_id.decode() in self._world.down:
            self.answer(_DOWN % session_id)
        else:
            super().asked(session_id)


class Control(asyncio.Protocol):
    """One control connection."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Whoever connects watches."""
        self._transport = cast(asyncio.Transport, transport)
        self._world.watchers.append(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody watches here any more."""
        self._world.watchers.remove(self._transport)

    def data_received(self, data: bytes) -> None:
        """Obey, and say so."""
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            self._world.become(orjson.loads(line))
            self._transport.write(line + b"\n")


async def _serve(control_port: int, ports: list[int], status_latency_s: float, send_latency_s: float) -> None:
    loop, world = asyncio.get_running_loop(), World()

    def gateway_at(port: int) -> Callable[[], WatchedGateway]:
        return lambda: WatchedGateway(world, port, status_latency_s, send_latency_s)

    for port in ports:
        await loop.create_server(gateway_at(port), "127.0.0.1", port)
    await loop.create_server(lambda: Control(world), "127.0.0.1", control_port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    control, served = int(sys.argv[1]), [int(port) for port in sys.argv[2].split(",")]
    uvloop.run(_serve(control, served, float(sys.argv[3]) / 1000, float(sys.argv[4]) / 1000))
