"""SAQ on Redis, with as many jobs at once as may be in flight."""

import asyncio
from typing import Any, Final

import uvloop
from saq import Queue, Worker

from tests.bench.peers.workers.command import run
from tests.bench.peers.workers.job import IN_FLIGHT, Job, Place, batched
from tests.bench.peers.workers.sending_in_asyncio import sending

_ENQUEUED_AT_ONCE: Final = 200


async def _enqueue(place: Place, jobs: list[Job]) -> None:
    queue = Queue.from_url(place.redis_url)
    await queue.connect()
    for some in batched(jobs, _ENQUEUED_AT_ONCE):
        await asyncio.gather(*(queue.enqueue("send", message=job.fields()) for job in some))
    await queue.disconnect()


async def _work(place: Place) -> None:
    async with sending(place) as send:

        async def send_one(_context: dict[str, Any], *, message: dict[str, str]) -> None:
            await send(Job(**message))

        queue = Queue.from_url(place.redis_url)
        await queue.connect()
        await Worker(queue, [("send", send_one)], concurrency=IN_FLIGHT).start()


if __name__ == "__main__":
    run(
        enqueue=lambda place, jobs: uvloop.run(_enqueue(place, jobs)),
        work=lambda place: uvloop.run(_work(place)),
    )
