"""The simulator as one thing that runs: a world, and the sockets in front of it."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from simulator.control import ControlRoutes
from simulator.ledger import Ledger
from simulator.sending import Sending
from simulator.vps import VpsRoutes
from simulator.webhooks import Webhooks
from simulator.world import World

_SHUTDOWN_S: Final = 0.2
_BODY_LIMIT_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator. ``url`` is its address; ``world`` may be changed at any time, from its own loop."""

    url: str
    world: World
    webhooks: Webhooks

    @property
    def ledger(self) -> Ledger:
        """What was truly posted and delivered."""
        return self.world.ledger

    @staticmethod
    @asynccontextmanager
    async def running(
        *,
        api_key: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
        world: World | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> AsyncIterator["Simulator"]:
        """Serve until the block ends. Port 0 takes a free one. Raises OSError where the address is taken."""
        world = world or World()
        webhooks = Webhooks(world)
        sending = Sending(world)
        runner = web.AppRunner(
            _application(world, sending, webhooks, api_key), access_log=None, shutdown_timeout=_SHUTDOWN_S
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, ssl_context=tls)
            await site.start()
            scheme = "http" if tls is None else "https"
            yield Simulator(f"{scheme}://{_address(runner)}", world, webhooks)
        finally:
            world.restart()  # lets go of every request that hangs
            await sending.close()
            await webhooks.close()
            await runner.cleanup()


def _application(world: World, sending: Sending, webhooks: Webhooks, api_key: str) -> web.Application:
    application = web.Application(client_max_size=_BODY_LIMIT_BYTES)
    VpsRoutes(world, sending, api_key).add_to(application)
    ControlRoutes(world, webhooks).add_to(application)
    return application


def _address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
