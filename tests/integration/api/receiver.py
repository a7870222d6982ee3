"""The CRM's own endpoint: keeps what it is posted, and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Posted:
    """One request."""

    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Receiver:
    """``statuses`` are answered one after another, the last for ever; ``holding`` answers nobody until it is released."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    posted: list[Posted] = field(default_factory=list)
    holding: asyncio.Event | None = None

    async def take(self, request: web.Request) -> web.Response:
        """Answer one POST."""
        self.posted.append(Posted(await request.read(), {name.lower(): text for name, text in request.headers.items()}))
        if self.holding is not None:
            await self.holding.wait()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return web.Response(status=status)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a port of its own."""
    endpoint = Receiver()
    application = web.Application(client_max_size=20_000_000)
    application.router.add_post("/hook", endpoint.take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield endpoint
    if endpoint.holding is not None:
        endpoint.holding.set()
    await runner.cleanup()
