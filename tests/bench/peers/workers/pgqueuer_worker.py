"""PgQueuer, as its page on performance tells: asyncpg, a direct connection for the queue, its own settings of autovacuum.

Of batches from 10 to 100 and limits from 64 jobs to none, these were the fastest; aiohttp keeps the calls to 64.
"""

from typing import Final

import asyncpg
import orjson
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job as QueuedJob
from pgqueuer.queries import Queries

from tests.bench.peers.workers.command import run
from tests.bench.peers.workers.job import IN_FLIGHT, Job, Place
from tests.bench.peers.workers.sending_in_asyncio import sending

_BATCH: Final = IN_FLIGHT
_AT_ONCE: Final = 2 * _BATCH  # the least that it takes


async def _prepare(place: Place) -> None:
    connection = await asyncpg.connect(place.database_url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    await queries.optimize_autovacuum()
    await connection.close()


async def _enqueue(place: Place, jobs: list[Job]) -> None:
    connection = await asyncpg.connect(place.database_url)
    payloads = [orjson.dumps(job.fields()) for job in jobs]
    await Queries(AsyncpgDriver(connection)).enqueue(["send"] * len(jobs), payloads, [0] * len(jobs))
    await connection.close()


async def _work(place: Place) -> None:
    queue = PgQueuer(AsyncpgDriver(await asyncpg.connect(place.database_url)))
    async with sending(place) as send:

        @queue.entrypoint("send")
        async def send_one(queued: QueuedJob) -> None:
            await send(Job(**orjson.loads(queued.payload or b"")))

        await queue.run(batch_size=_BATCH, max_concurrent_tasks=_AT_ONCE)


if __name__ == "__main__":
    run(
        prepare=lambda place: uvloop.run(_prepare(place)),
        enqueue=lambda place, jobs: uvloop.run(_enqueue(place, jobs)),
        work=lambda place: uvloop.run(_work(place)),
    )
