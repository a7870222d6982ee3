"""A real endpoint for alerts, which can be away, refuse, or hang."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Posted:
    """One request."""

    headers: dict[str, str]
    data: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The JSON."""
        body: dict[str, Any] = orjson.loads(self.data)
        return body


@dataclass
class Receiver:
    """Keeps what it takes. ``answers`` is the status of each answer; while ``hangs``, none comes."""

    port: int = 0
    answers: int = 204
    hangs: bool = False
    taken: list[Posted] = field(default_factory=list)
    refused: list[Posted] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens; the path is a secret of sorts."""
        return f"http://127.0.0.1:{self.port}/hooks/canary-token"

    def types(self) -> list[str]:
        """What it took, in the order in which it came."""
        return [posted.body["type"] for posted in self.taken]

    async def take(self, request: web.Request) -> web.Response:
        """One alert."""
        posted = Posted(dict(request.headers), await request.read())
        if self.hangs:
            self.refused.append(posted)
            await asyncio.sleep(3600)
        (self.taken if 200 <= self.answers < 300 else self.refused).append(posted)
        return web.Response(status=self.answers, headers={"Location": "/elsewhere"})


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", receiver.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()
