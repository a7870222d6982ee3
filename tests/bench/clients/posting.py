"""One client's raw rate: nothing but POSTs of a message, on uvloop, each answer read. Prints what it took as JSON.

Run in the peers' environment as ``python -m tests.bench.clients.posting CLIENT URL CALLS IN_FLIGHT``.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import aiohttp
import httpx
import uvloop
from httpx_aiohttp import HttpxAiohttpClient
from pyreqwest.client import ClientBuilder

Post = Callable[[], Awaitable[bytes]]
"""One call; gives the body of an answer with a 200."""

_WARM_UP: Final = 500
_HEADERS: Final = {"Content-Type": "application/json", "X-API-Key": "gateway-key-of-the-benchmarks"}
_BODY: Final = json.dumps(
    {
        "sessionId": "wa_bench_1",
        "phone": "919800000001",
        "message": "Namaste! Your appointment number 1 is tomorrow at 10. Please come ten minutes early.",
    }
).encode()


@asynccontextmanager
async def _httpx(url: str, in_flight: int) -> AsyncIterator[Post]:
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(base_url=url, limits=limits, headers=_HEADERS, timeout=30) as client:
        yield lambda: _by_httpx(client)


@asynccontextmanager
async def _httpx_aiohttp(url: str, in_flight: int) -> AsyncIterator[Post]:
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with HttpxAiohttpClient(base_url=url, limits=limits, headers=_HEADERS, timeout=30) as client:
        yield lambda: _by_httpx(client)


async def _by_httpx(client: httpx.AsyncClient) -> bytes:
    response = await client.post("/send", content=_BODY)
    response.raise_for_status()
    return response.content


@asynccontextmanager
async def _aiohttp(url: str, in_flight: int) -> AsyncIterator[Post]:
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(url, connector=connector, headers=_HEADERS, raise_for_status=True) as client:

        async def post() -> bytes:
            async with client.post("/send", data=_BODY) as response:
                return await response.read()

        yield post


@asynccontextmanager
async def _pyreqwest(url: str, in_flight: int) -> AsyncIterator[Post]:
    settings = ClientBuilder().base_url(url).max_connections(in_flight).default_headers(_HEADERS)
    async with settings.error_for_status(True).build() as client:

        async def post() -> bytes:
            response = await client.post("/send").body_bytes(_BODY).build().send()
            return bytes(await response.bytes())

        yield post


_CLIENTS: Final[dict[str, Callable[[str, int], AbstractAsyncContextManager[Post]]]] = {
    "httpx": _httpx,
    "httpx-aiohttp": _httpx_aiohttp,
    "aiohttp": _aiohttp,
    "pyreqwest": _pyreqwest,
}


async def _measure(client: str, url: str, calls: int, in_flight: int) -> dict[str, float]:
    async with _CLIENTS[client](url, in_flight) as post:
        await _all_of(post, _WARM_UP, in_flight)
        cpu_before_s, started = time.process_time(), time.perf_counter()
        await _all_of(post, calls, in_flight)
        elapsed_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu_before_s
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"elapsed_s": elapsed_s, "cpu_s": cpu_s, "peak_rss_mb": peak_kb * 1024 / 1_000_000}


async def _all_of(post: Post, calls: int, in_flight: int) -> None:
    waiting = iter(range(calls))
    await asyncio.gather(*(_one_after_another(post, waiting) for _ in range(in_flight)))


async def _one_after_another(post: Post, waiting: Iterator[int]) -> None:
    for _ in waiting:
        assert b"messageId" in await post()


if __name__ == "__main__":
    _, client, url, calls, in_flight = sys.argv
    sys.stdout.write(json.dumps(uvloop.run(_measure(client, url, int(calls), int(in_flight)))))
