"""One connection to the database, for a command that does one piece of work and ends."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import asyncpg

from truesend.cli.errors import settings_in_one_line
from truesend.settings import DatabaseSettings
from truesend.store.pool import NO_SETTINGS, connect

CONNECT_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 5.0

T = TypeVar("T")


def with_database(
    database: DatabaseSettings,
    work: Callable[[asyncpg.Connection], Awaitable[T]],
    *,
    application: str,
    settings: Mapping[str, str] = NO_SETTINGS,
) -> T:
    """Run ``work`` on a connection of its own, and close it. Raises CommandError where a setting does not fit what stands
    before the database, and what Postgres raises: each command has its own words for that."""

    async def run() -> T:
        connection = await connect(database, application=application, timeout_s=CONNECT_TIMEOUT_S, settings=settings)
        try:
            return await work(connection)
        finally:
            await connection.close(timeout=CLOSE_TIMEOUT_S)

    with settings_in_one_line():
        return asyncio.run(run())
