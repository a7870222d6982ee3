"""Whoever signs tokens: serves a key set that can change, fail or hang, and counts how often it is fetched."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Keys:
    """The private keys by their id. ``behaviour`` answers instead, where there is one."""

    def __init__(self) -> None:
        self.private: dict[str, Any] = {}
        self.fetched = 0
        self.fails = False
        self.behaviour: Behaviour | None = None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with the set."""
        self.fetched += 1
        if self.behaviour is not None:
            return await self.behaviour(request)
        if self.fails:
            return web.Response(status=500)
        return web.json_response(self.document())

    def document(self) -> dict[str, Any]:
        """The set."""
        return {"keys": [self._public(key_id) for key_id in self.private]}

    def _public(self, key_id: str) -> dict[str, Any]:
        key = self.private[key_id].public_key()
        kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPublicKey) else jwt.algorithms.ECAlgorithm
        return {**kind.to_jwk(key, as_dict=True), "kid": key_id}


async def hang(_request: web.Request) -> web.StreamResponse:
    """Answers nobody."""
    await asyncio.Event().wait()
    return web.Response()


@asynccontextmanager
async def serving_keys() -> AsyncIterator[tuple[Keys, str]]:
    """A key server with its address."""
    keys = Keys()
    app = web.Application()
    app.router.add_get("/keys", keys.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield keys, f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    await runner.cleanup()
