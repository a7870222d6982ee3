"""SQL of the documentation runs on a CRM's database that Truesend was brought to."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from tests.docs.pages import Block, blocks, pages
from tests.harness.shared import SharedPostgres
from tests.migration.crm import make_crm, owned_database
from truesend.store.migrations import migrate_async


def _sql_blocks(page: str) -> list[Block]:
    return [block for block in blocks(page) if block.language == "sql" and not block.not_run and not block.run_by]


@pytest_asyncio.fixture
async def crm(postgres: SharedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the server's superuser to a CRM's migrated database."""
    async with owned_database(postgres.url) as database:
        await make_crm(database, rows=20)
        await migrate_async(database.url)
        connection = await database.connect_as_admin()
        yield connection
        await connection.close()


@pytest.mark.parametrize("page", [page for page in pages() if _sql_blocks(page)])
async def test_the_sql_of_a_page_runs_from_its_top_to_its_end(page: str, crm: asyncpg.Connection) -> None:
    for block in _sql_blocks(page):
        try:
            await crm.execute(block.text)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{block}: {error}\n{block.text}")
