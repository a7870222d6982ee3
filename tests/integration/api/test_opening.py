"""The API's way to Postgres in its first moment."""

import pytest

from services.api.database import Database as ApiDatabase
from services.api.problems import DatabaseAway
from tests.harness.databases import Database
from truesend.observability.heartbeats import Heartbeats


async def test_who_asks_before_the_first_connection_is_made_waits_for_it(database: Database) -> None:
    opening = ApiDatabase(database.url, pool_size=2, heartbeats=Heartbeats())
    opening.start()
    try:
        async with opening.unbound() as connection:
            assert await connection.fetchval("SELECT 1") == 1
    finally:
        await opening.stop()


async def test_who_asks_while_postgres_refuses_is_told_so_as_soon_as_it_has(database: Database) -> None:
    absent = ApiDatabase(f"{database.url}_that_is_not_there", pool_size=2, heartbeats=Heartbeats())
    absent.start()
    try:
        with pytest.raises(DatabaseAway):
            async with absent.unbound():
                pass
    finally:
        await absent.stop()
