"""Migrations: plain SQL in ``db/migrations``, applied by dbmate.

A live CRM goes on writing while they run. A migration waits for its lock 1.5 seconds at most, then lets the writers
through and is tried again; an index that a lost connection left half-built is dropped first, or ``IF NOT EXISTS`` would
take it for whole.
"""

import asyncio
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from truesend.settings import require_postgres_url
from truesend.store.database_url import dbmate_url, without_password
from truesend.store.files import database_folder
from truesend.store.pooler import lends_transactions

OLDEST_POSTGRES = 15
TURN_PAUSE_S = 0.5
LOCK_PAUSE_S = 0.5
LOCK_PAUSE_MAX_S = 5.0
LOCK_PATIENCE_S = 900.0
# By SQLSTATE, which dbmate prints: the words are in the server's language.
_LOCK_NOT_AVAILABLE = ("(55P03)", "(40P01)")
# A platform's limits on statements and silence are meant for requests, not for an index on millions of rows.
_LIMITS = ("statement_timeout", "lock_timeout", "idle_session_timeout", "transaction_timeout")

_POOLER = (
    "a pooler stands before the database and lends connections for single transactions only; set DATABASE_DIRECT_URL to the "
    "database itself, and DATABASE_POOL_MODE to transaction"
)

Say = Callable[[str], None]


class MigrationError(Exception):
    """A migration did not go through. The message is dbmate's own, without the database's password."""


class DatabaseAwayError(MigrationError):
    """Nothing was migrated: the database can't be reached."""


def migrate(database_url: str, *, say: Say = lambda _line: None) -> None:
    """Apply what is missing; safe to run twice, and by two at once. ``say`` hears one line for each wait.

    Raises MigrationError. The role needs to own the CRM's two tables and to be allowed to create a schema; it need not
    be a superuser.
    """
    asyncio.run(migrate_async(database_url, say=say))


async def migrate_async(database_url: str, *, say: Say = lambda _line: None) -> None:
    """``migrate``, from a running loop."""
    connection = await _connect(database_url)
    try:
        limits = await _lift_limits(connection)
        await _take_turns(connection, say)
        await _apply(connection, dbmate_url(database_url, without_limits=limits), say)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise MigrationError(without_password(f"the migration was interrupted: {error}", database_url)) from None
    finally:
        await connection.close(timeout=5)


def known_versions() -> list[str]:
    """The version of every migration that this Truesend has."""
    return sorted(path.name.partition("_")[0] for path in (database_folder() / "migrations").glob("*.sql"))


async def _connect(database_url: str) -> asyncpg.Connection:
    try:
        require_postgres_url(database_url)
    except ValueError as error:
        raise MigrationError(f"the database's URL is wrong: {error}") from None
    try:
        connection = await asyncpg.connect(database_url, timeout=10, statement_cache_size=0)
        if await lends_transactions(connection, database_url):
            await connection.close(timeout=5)
            raise MigrationError(_POOLER)
    except (OSError, asyncpg.PostgresError) as error:
        reason = str(error) or "no answer within 10 s"
        raise DatabaseAwayError(without_password(f"the database cannot be reached: {reason}", database_url)) from None
    except ValueError as error:
        raise MigrationError(without_password(f"the database's URL is wrong: {error}", database_url)) from None
    major = connection.get_server_version().major
    if major < OLDEST_POSTGRES:
        await connection.close()
        raise MigrationError(f"the database is Postgres {major}; Truesend needs {OLDEST_POSTGRES} or later")
    return connection


async def _lift_limits(connection: asyncpg.Connection) -> tuple[str, ...]:
    """Lift this session's limits, and return the names of those that dbmate's session will meet, too."""
    set_ones = await connection.fetch(
        "SELECT name, set_config(name, '0', false) FROM pg_settings WHERE name = ANY ($1) AND setting <> '0'", _LIMITS
    )
    return tuple(record["name"] for record in set_ones)


async def _take_turns(connection: asyncpg.Connection, say: Say) -> None:
    """Let one migrator at a time through. Polled: CREATE INDEX CONCURRENTLY would wait for a session that waits."""
    said = False
    while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('truesend migrations'))"):
        if not said:
            say("another migration is running, waiting for it")
            said = True
        await asyncio.sleep(TURN_PAUSE_S)


async def _apply(connection: asyncpg.Connection, url: str, say: Say) -> None:
    deadline, pause_s = time.monotonic() + LOCK_PATIENCE_S, LOCK_PAUSE_S
    while True:
        await _drop_half_built_indexes(connection, say)
        problem = await asyncio.to_thread(_run_dbmate, url)
        if problem is None:
            return
        if not any(sign in problem for sign in _LOCK_NOT_AVAILABLE) or time.monotonic() >= deadline:
            raise MigrationError(without_password(problem, url))
        say("another transaction holds the table; its writers go first, trying again")
        await asyncio.sleep(pause_s)
        # The longer it holds, the rarer we stand in the writers' way.
        pause_s = min(pause_s * 2, LOCK_PAUSE_MAX_S)


async def _drop_half_built_indexes(connection: asyncpg.Connection, say: Say) -> None:
    said = False
    while half_built := await connection.fetch(
        "SELECT i.indexrelid::regclass::text AS name, p.index_relid IS NOT NULL AS growing"
        " FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
        " LEFT JOIN pg_stat_progress_create_index AS p ON p.index_relid = i.indexrelid"
        " WHERE NOT i.indisvalid AND c.relname LIKE 'truesend\\_%' ORDER BY growing DESC LIMIT 1"
    ):
        [index] = half_built
        if not index["growing"]:
            await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index['name']}")
            continue
        # A migrator that was killed leaves its dbmate at work.
        if not said:
            say("an index is still being built, waiting for it")
            said = True
        await asyncio.sleep(TURN_PAUSE_S)


def _run_dbmate(url: str) -> str | None:
    """Run dbmate once. Returns None when all is applied, else what went wrong."""
    folder = database_folder()
    result = subprocess.run(
        [
            str(_dbmate_program()),
            "--no-dump-schema",
            "--migrations-dir",
            str(folder / "migrations"),
            "--migrations-table",
            "truesend.schema_migrations",
            "migrate",
        ],
        env={name: value for name, value in os.environ.items() if not name.startswith("DBMATE_")}
        | {"DATABASE_URL": url},
        # dbmate reads a `.env` where it stands: not the caller's.
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return (result.stderr.strip() or result.stdout.strip()) if result.returncode else None


def _dbmate_program() -> Path:
    folders = (Path(sys.executable).parent, Path(sysconfig.get_path("scripts")))
    program = next((path for folder in folders if (path := folder / "dbmate").exists()), None)
    if program is None:
        raise MigrationError("dbmate is not beside this Python: install Truesend with all its dependencies")
    return program
