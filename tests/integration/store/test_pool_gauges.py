"""What is told of the connections to Postgres."""

import asyncio

from prometheus_client import REGISTRY

from tests.harness.databases import Database
from tests.harness.waiting import until
from truesend.store.pool import open_pool
from truesend.store.pool_gauges import watch_pool


def connections(use: str) -> float | None:
    return REGISTRY.get_sample_value("truesend_database_pool_connections", {"use": use})


def waiting() -> float | None:
    return REGISTRY.get_sample_value("truesend_database_pool_waiting")


async def test_connections_in_use_idle_ones_and_those_who_wait_are_told_as_they_are(database: Database) -> None:
    pool = await open_pool(database.url, application="test", min_size=1, max_size=2)
    watch_pool(pool)
    assert (connections("in_use"), connections("idle"), waiting()) == (0, 1, 0)
    assert REGISTRY.get_sample_value("truesend_database_pool_limit") == 2

    async with pool.acquire(), pool.acquire():
        queue = [asyncio.create_task(pool.fetchval("SELECT 1")) for _ in range(3)]

        async def all_wait() -> bool:
            return waiting() == 3

        await until(all_wait, 5, "three wait for a connection")
        assert (connections("in_use"), connections("idle")) == (2, 0)

    assert await asyncio.gather(*queue) == [1, 1, 1]
    assert (connections("in_use"), connections("idle"), waiting()) == (0, 2, 0)
    await pool.close()
