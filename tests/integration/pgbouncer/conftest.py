"""A PgBouncer before the test's database."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from tests.harness.databases import Database
from tests.harness.pgbouncer import PgBouncer
from tests.harness.roles import SERVICES, url_of
from truesend.settings import DatabaseSettings, PoolMode

StartPooler = Callable[..., PgBouncer]


@pytest.fixture
def start_pooler(database: Database) -> Iterator[StartPooler]:
    """Starts poolers for the database's owner and for each service's login; they end with the test."""
    started: list[PgBouncer] = []

    def start(**options: Any) -> PgBouncer:
        pooler = PgBouncer(database.url, *(url_of(database.url, service) for service in SERVICES), **options)
        started.append(pooler)
        pooler.start()
        return pooler

    yield start
    for pooler in started:
        pooler.close()


@pytest.fixture
def pooler(start_pooler: StartPooler) -> PgBouncer:
    """One in transaction mode, with two connections to the database for each login."""
    return start_pooler(pool_size=2)


def settings_for(url: str, *, mode: PoolMode = PoolMode.SESSION, direct: str | None = None) -> DatabaseSettings:
    """What a command reads from its environment."""
    values: Mapping[str, Any] = {
        "database_url": SecretStr(url),
        "database_pool_mode": mode,
        "database_direct_url": None if direct is None else SecretStr(direct),
    }
    return DatabaseSettings(**values)
