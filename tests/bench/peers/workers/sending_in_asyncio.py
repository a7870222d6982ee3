"""How workers on asyncio send: through aiohttp, and they write through asyncpg."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
import orjson

from tests.bench.peers.workers.job import CONNECTIONS, IN_FLIGHT, MARK_SENT, Job, Place

Send = Callable[[Job], Awaitable[None]]

_MARK_SENT = MARK_SENT.format(id="$1", gateway_message_id="$2")


@asynccontextmanager
async def sending(place: Place) -> AsyncIterator[Send]:
    """Give the function that sends one message and writes that it is sent."""
    async with (
        asyncpg.create_pool(place.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool,
        aiohttp.ClientSession(
            place.gateway_url, headers=place.headers, connector=aiohttp.TCPConnector(limit=IN_FLIGHT)
        ) as client,
    ):

        async def send(job: Job) -> None:
            async with client.post("/send", data=orjson.dumps(job.call())) as response:
                response.raise_for_status()
                answer = orjson.loads(await response.read())
            await pool.execute(_MARK_SENT, job.id, answer["messageId"])

        yield send
