"""Connections to the database: a pool for a service, a single one for a command."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import asyncpg
import orjson

from truesend.settings import DatabaseSettings, PoolMode, SettingsError
from truesend.store.by_transaction import by_transaction
from truesend.store.pooler import LOST_SETTINGS, refuses_settings, require_settings

Connection = asyncpg.pool.PoolConnectionProxy | asyncpg.Connection
"""What a query runs on."""

LOCK_TIMEOUT_MS = 500
NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})


# For work that comes by the hundred a second, in the same few statements: one plan for each, by its indexes. The tables that
# they work through fill and empty within a second, so what is known of their sizes is of another moment.
BY_INDEX: Final = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "random_page_cost": "1.1"}


async def open_pool(
    database_url: str,
    *,
    application: str,
    min_size: int = 1,
    max_size: int = 8,
    planner: Mapping[str, str] = NO_SETTINGS,
    mode: PoolMode = PoolMode.SESSION,
) -> asyncpg.Pool:
    """Open a pool. Raises OSError or asyncpg.PostgresError when the database cannot be reached, SettingsError where a
    pooler stands before it that ``mode`` says nothing of.

    JSON comes and goes as Python objects. ``statement_timeout`` bounds every statement, so that one bad plan cannot
    hold a connection for ever; ``lock_timeout`` the wait for a row that somebody else holds;
    ``idle_in_transaction_session_timeout`` frees the locks of a process that hangs. ``planner`` has settings of Postgres' own
    for how statements are planned.
    """
    settings = {
        "timezone": "UTC",
        "statement_timeout": "30000",
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": "30000",
        "jit": "off",
        **planner,
    }
    try:
        pool = await asyncpg.create_pool(
            database_url,
            min_size=min_size,
            max_size=max_size,
            max_inactive_connection_lifetime=60,
            command_timeout=30,
            timeout=10,
            init=_prepare_connection,
            reset=_give_back,
            **_ways_of(mode, application, settings),
        )
    except asyncpg.PostgresError as error:
        raise _told(error) from None
    if mode is PoolMode.SESSION:
        await _check(pool)
    return pool


async def connect(
    database: DatabaseSettings,
    *,
    application: str,
    timeout_s: float,
    settings: Mapping[str, str] = NO_SETTINGS,
) -> asyncpg.Connection:
    """Open one connection, for a command: past the pooler, where a way is known. Raises as ``open_pool``."""
    url, mode = database.session_url, PoolMode.SESSION
    if url is None:
        url, mode = database.database_url.get_secret_value(), PoolMode.TRANSACTION
    try:
        return await asyncpg.connect(url, timeout=timeout_s, **_ways_of(mode, application, settings))
    except asyncpg.PostgresError as error:
        raise _told(error) from None


def _ways_of(mode: PoolMode, application: str, settings: Mapping[str, str]) -> dict[str, Any]:
    name = {"application_name": f"truesend-{application}"}
    if mode is PoolMode.SESSION:
        return {"server_settings": {**name, **settings}}
    return {"server_settings": name, "statement_cache_size": 0, "connection_class": by_transaction(settings)}


def _told(error: asyncpg.PostgresError) -> Exception:
    return SettingsError(LOST_SETTINGS) if refuses_settings(error) else error


async def _check(pool: asyncpg.Pool) -> None:
    try:
        async with pool.acquire() as connection:
            await require_settings(connection, LOCK_TIMEOUT_MS)
    except BaseException:
        pool.terminate()
        raise


async def _prepare_connection(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary"
    )


async def _give_back(connection: Connection) -> None:
    """Nothing of ours leaves a trace in a session, so asyncpg's own round trip is spared but for an open transaction."""
    if connection.is_in_transaction():
        await connection.reset()


def _to_jsonb(value: object) -> bytes:
    return b"\x01" + orjson.dumps(value)


def _from_jsonb(data: bytes) -> object:
    return orjson.loads(data[1:])
