"""A pooler before the database: named by the settings where there is one."""

import asyncpg

from truesend.cli.doctor.finding import Finding, State, ill, warning
from truesend.settings import DatabaseSettings, PoolMode
from truesend.store.pooler import lends_transactions


async def check_pooler(database: DatabaseSettings) -> list[Finding]:
    """What there is to say of it; nothing where the database is asked directly, or cannot be asked."""
    if database.database_pool_mode is PoolMode.TRANSACTION:
        return [_expected(database)]
    try:
        is_unnamed = await _lends_transactions(database.database_url.get_secret_value())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError):
        return []
    if not is_unnamed:
        return []
    return [
        ill(
            "pooler",
            "one lends the database's connections for single transactions",
            "Set DATABASE_POOL_MODE=transaction.",
        )
    ]


async def _lends_transactions(url: str) -> bool:
    connection = await asyncpg.connect(url, timeout=3, statement_cache_size=0)
    try:
        return await lends_transactions(connection, url)
    finally:
        await connection.close(timeout=2)


def _expected(database: DatabaseSettings) -> Finding:
    if database.session_url is None:
        advice = "Set DATABASE_DIRECT_URL: without it truesend migrate has no way in, and services poll instead of listening."
        return warning("pooler", "is expected, and no way past it is known", advice)
    return Finding("pooler", State.WELL, "is expected, and DATABASE_DIRECT_URL leads past it")
