"""A simulated gateway of any kind as one thing that runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from simulator.frame.kind import SimulatedKind
from simulator.frame.memory import Memory
from simulator.ledger import Ledger
from simulator.posting import Postman

_SHUTDOWN_S: Final = 0.2
_BODY_LIMIT_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SimulatedGateway:
    """A running one. ``url`` is its address; ``memory`` may be changed at any time, from its own loop."""

    url: str
    kind: SimulatedKind
    memory: Memory
    postman: Postman

    @property
    def ledger(self) -> Ledger:
        """What was truly posted and delivered."""
        return self.memory.ledger

    @staticmethod
    @asynccontextmanager
    async def running(
        kind: type[SimulatedKind], *, api_key: str = "", host: str = "127.0.0.1", port: int = 0
    ) -> AsyncIterator["SimulatedGateway"]:
        """Serve until the block ends. Port 0 takes a free one. Raises OSError where the address is taken."""
        memory, postman = Memory(), Postman()
        simulated = kind(memory, postman, api_key)
        application = web.Application(client_max_size=_BODY_LIMIT_BYTES)
        simulated.add_to(application)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            bound_host, bound_port = runner.addresses[0][:2]
            address = f"[{bound_host}]:{bound_port}" if ":" in bound_host else f"{bound_host}:{bound_port}"
            yield SimulatedGateway(f"http://{address}", simulated, memory, postman)
        finally:
            memory.restart()  # lets go of every request that hangs
            await simulated.close()
            await postman.close()
            await runner.cleanup()
