"""Databases for the migrations: empty or a CRM's, always owned by a role that is no superuser."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from tests.harness.postgres import LocalPostgres, local_postgres, postgres_binaries
from tests.harness.shared import SharedPostgres
from tests.migration.crm import OwnedDatabase, make_crm, owned_database

OLDEST_AND_NEWEST: list[int | None] = [
    major for major in postgres_binaries() if major in {min(postgres_binaries()), max(postgres_binaries())}
] or [None]

ServerUrl = Callable[[int | None], str]


@pytest.fixture(scope="session")
def server_url(postgres: SharedPostgres) -> Iterator[ServerUrl]:
    """Gives the URL of a server of a major version, started once for all tests here; None means the run's own."""
    started: dict[int, tuple[LocalPostgres, str]] = {}

    def url(major: int | None) -> str:
        if major is None:
            return postgres.url
        if major not in started:
            server = local_postgres(major)
            started[major] = server, server.start()
        return started[major][1]

    yield url
    for server, _ in started.values():
        server.close()


@pytest_asyncio.fixture
async def empty(postgres: SharedPostgres) -> AsyncIterator[OwnedDatabase]:
    """A database without anything in it."""
    async with owned_database(postgres.url) as database:
        yield database


@pytest_asyncio.fixture
async def crm(empty: OwnedDatabase) -> OwnedDatabase:
    """A CRM's database with 2,000 old messages, before any migration."""
    await make_crm(empty)
    return empty
