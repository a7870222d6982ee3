"""Taskiq, whatever its broker: a receiver on uvloop that prefetches and doesn't parse by types, and keeps no results."""

import asyncio
from collections.abc import Callable
from typing import Final

import uvloop
from taskiq import AsyncBroker
from taskiq.api import run_receiver_task
from taskiq.kicker import AsyncKicker

from tests.bench.peers.workers.command import run
from tests.bench.peers.workers.job import IN_FLIGHT, Job, Place, batched
from tests.bench.peers.workers.sending_in_asyncio import sending

_TASK: Final = "send"
_ENQUEUED_AT_ONCE: Final = 200


def run_on(broker_at: Callable[[Place], AsyncBroker]) -> None:
    """Do what the command line says on this broker."""
    run(
        enqueue=lambda place, jobs: uvloop.run(_enqueue(broker_at(place), jobs)),
        work=lambda place: uvloop.run(_work(broker_at(place), place)),
    )


async def _enqueue(broker: AsyncBroker, jobs: list[Job]) -> None:
    await broker.startup()
    for some in batched(jobs, _ENQUEUED_AT_ONCE):
        await asyncio.gather(*(AsyncKicker(_TASK, broker, {}).kiq(**job.fields()) for job in some))
    await broker.shutdown()


async def _work(broker: AsyncBroker, place: Place) -> None:
    broker.is_worker_process = True
    async with sending(place) as send:

        @broker.task(_TASK)
        async def send_one(**fields: str) -> None:
            await send(Job(**fields))

        await broker.startup()
        await run_receiver_task(broker, validate_params=False, max_async_tasks=IN_FLIGHT, max_prefetch=IN_FLIGHT)
