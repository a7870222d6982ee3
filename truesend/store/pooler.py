"""Poolers that stand before the database where nothing was said of one, told apart from the database itself."""

import contextlib

import asyncpg

from truesend.settings import SettingsError

LOST_SETTINGS = (
    "DATABASE_POOL_MODE: a pooler stands before the database, and a session's settings do not get past it; write "
    "transaction, or let DATABASE_URL lead to the database itself"
)
_LOOKS = 3


def refuses_settings(error: asyncpg.PostgresError) -> bool:
    """Whether this is how a pooler refuses a session with settings of its own."""
    return isinstance(error, asyncpg.ProtocolViolationError) and "startup parameter" in str(error)


async def require_settings(
    connection: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy, lock_timeout_ms: int
) -> None:
    """Raise SettingsError where the session does not have the settings that it was opened with.

    In one statement without parameters, which even a pooler that lends single transactions runs as it is.
    """
    look = (
        f"DO $$ BEGIN IF current_setting('lock_timeout') <> '{lock_timeout_ms}ms' THEN"
        " RAISE EXCEPTION 'the settings of this session were lost on the way' USING ERRCODE = '55000'; END IF; END $$"
    )
    try:
        await connection.execute(look)
    except asyncpg.ObjectNotInPrerequisiteStateError:
        raise SettingsError(LOST_SETTINGS) from None


async def lends_transactions(connection: asyncpg.Connection, database_url: str) -> bool:
    """Whether a pooler hands the session behind this connection to others between two transactions. It must be open to
    ``database_url``, with ``statement_cache_size=0``, and at rest.

    A pooler has process ids of its own making, and then one and the same session of the database's answers to two of our
    connections, or two of them to one. On a very busy pooler that may not happen within a few looks: no is no proof.
    """
    process = await _process(connection)
    if process == connection.get_server_pid():
        return False
    for _ in range(_LOOKS):
        other = await asyncpg.connect(database_url, timeout=10, statement_cache_size=0)
        try:
            if process in (await _process(other), await _process(other)) or process != await _process(connection):
                return True
        finally:
            with contextlib.suppress(OSError, TimeoutError):
                await other.close(timeout=5)
    return False


async def _process(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))
