"""A way to the API on which some answers get lost: what was asked was done, and nobody hears of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

_NOT_PASSED_ON = frozenset({"host", "content-length", "transfer-encoding", "connection"})


@asynccontextmanager
async def deaf_proxy(url: str, *, lost: str) -> AsyncIterator[str]:
    """Passes everything on to ``url`` and back, but the answers to POSTs of the path ``lost``. Gives its own address."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(url, timeout=timeout, auto_decompress=False) as client:

        async def handle(request: web.Request) -> web.StreamResponse:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON}
            body = await request.read()
            async with client.request(request.method, request.rel_url, headers=headers, data=body) as answer:
                if request.method == "POST" and request.path == lost:
                    await answer.read()
                    assert request.transport is not None
                    request.transport.abort()
                    raise asyncio.CancelledError
                back = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
                await back.prepare(request)
                async for chunk in answer.content.iter_any():
                    await back.write(chunk)
                return back

        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()
