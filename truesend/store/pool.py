"""The connection pool."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import asyncpg
import orjson

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
) -> asyncpg.Pool:
    """Open a pool. Raises OSError or asyncpg.PostgresError when the database cannot be reached.

    JSON comes and goes as Python objects. ``statement_timeout`` bounds every statement, so that one bad plan cannot
    hold a connection for ever; ``lock_timeout`` the wait for a row that somebody else holds;
    ``idle_in_transaction_session_timeout`` frees the locks of a process that hangs. ``planner`` has settings of Postgres' own
    for how statements are planned.
    """
    return await asyncpg.create_pool(
        database_url,
        min_size=min_size,
        max_size=max_size,
        max_inactive_connection_lifetime=60,
        command_timeout=30,
        timeout=10,
        init=_prepare_connection,
        reset=_give_back,
        server_settings={
            "application_name": f"truesend-{application}",
            "timezone": "UTC",
            "statement_timeout": "30000",
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": "30000",
            "jit": "off",
            **planner,
        },
    )


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
