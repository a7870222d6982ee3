"""Procrastinate: coroutines woken by NOTIFY; jobs that are done are deleted, so that its table stays small."""

import uvloop
from procrastinate import App, PsycopgConnector

from tests.bench.peers.workers.command import run
from tests.bench.peers.workers.job import CONNECTIONS, IN_FLIGHT, Job, Place
from tests.bench.peers.workers.sending_in_asyncio import sending


def _app(place: Place) -> App:
    return App(connector=PsycopgConnector(conninfo=place.database_url, max_size=CONNECTIONS))


async def _prepare(place: Place) -> None:
    async with _app(place).open_async() as app:
        await app.schema_manager.apply_schema_async()


async def _enqueue(place: Place, jobs: list[Job]) -> None:
    async with _app(place).open_async() as app:
        await app.configure_task("send").batch_defer_async(*(job.fields() for job in jobs))


async def _work(place: Place) -> None:
    async with _app(place).open_async() as app, sending(place) as send:

        @app.task(name="send")
        async def send_one(**fields: str) -> None:
            await send(Job(**fields))

        await app.run_worker_async(concurrency=IN_FLIGHT, delete_jobs="successful")


if __name__ == "__main__":
    run(
        prepare=lambda place: uvloop.run(_prepare(place)),
        enqueue=lambda place, jobs: uvloop.run(_enqueue(place, jobs)),
        work=lambda place: uvloop.run(_work(place)),
    )
