"""Migrations: plain SQL in ``db/migrations``, applied by dbmate.

A live CRM goes on writing while they run. A migration waits for its lock two seconds at most, then lets the writers
through and is tried again; an index that a lost connection left half-built is dropped first, or ``IF NOT EXISTS`` would
take it for whole.
"""

import asyncio
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from truesend.store.files import database_folder

LOCK_RETRY_PAUSE_S = 0.5
LOCK_PATIENCE_S = 900.0
_LOCK_NOT_AVAILABLE = ("lock timeout", "deadlock detected")
_NO_TLS = "SSL is not enabled on the server"


class MigrationError(Exception):
    """A migration did not go through. The message is dbmate's own, without the database's password."""


def migrate(database_url: str, *, say: Callable[[str], None] = lambda _line: None) -> None:
    """Apply what is missing; safe to run twice, and by two at once. ``say`` hears one line for each wait.

    Raises MigrationError. The role needs to own the CRM's two tables and to be allowed to create a schema; it need not
    be a superuser.
    """
    asyncio.run(migrate_async(database_url, say=say))


async def migrate_async(database_url: str, *, say: Callable[[str], None] = lambda _line: None) -> None:
    """``migrate``, from a running loop."""
    try:
        connection = await asyncpg.connect(database_url, timeout=10)
    except (OSError, asyncpg.PostgresError) as error:
        raise MigrationError(f"the database cannot be reached: {error}") from error
    try:
        await _take_turns(connection, say)
        await _apply(connection, database_url, say)
    finally:
        await connection.close()


async def _take_turns(connection: asyncpg.Connection, say: Callable[[str], None]) -> None:
    """Let one migrator at a time through. Polled: CREATE INDEX CONCURRENTLY would wait for a session that waits."""
    while not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('truesend migrations'))"):
        say("another migration is running, waiting for it")
        await asyncio.sleep(LOCK_RETRY_PAUSE_S)


async def _apply(connection: asyncpg.Connection, database_url: str, say: Callable[[str], None]) -> None:
    waited_s = 0.0
    while True:
        await _drop_half_built_indexes(connection)
        problem = await asyncio.to_thread(_run_dbmate, database_url)
        if problem is None:
            return
        if not any(sign in problem for sign in _LOCK_NOT_AVAILABLE) or waited_s >= LOCK_PATIENCE_S:
            raise MigrationError(problem)
        say("another transaction holds the table; its writers go first, trying again")
        await asyncio.sleep(LOCK_RETRY_PAUSE_S)
        waited_s += LOCK_RETRY_PAUSE_S


async def _drop_half_built_indexes(connection: asyncpg.Connection) -> None:
    for record in await connection.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
        " WHERE NOT i.indisvalid AND c.relname LIKE 'truesend\\_%'"
    ):
        await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {record['name']}")


def _run_dbmate(database_url: str) -> str | None:
    """Run dbmate once. Returns None when all is applied, else what went wrong."""
    result = _dbmate(dbmate_url(database_url))
    if result.returncode and _NO_TLS in result.stderr:
        result = _dbmate(dbmate_url(database_url, sslmode="disable"))
    if result.returncode == 0:
        return None
    return _without_password(result.stderr.strip() or result.stdout.strip(), database_url)


def _dbmate(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(_dbmate_program()),
            "--no-dump-schema",
            "--migrations-dir",
            str(database_folder() / "migrations"),
            "--migrations-table",
            "truesend.schema_migrations",
            "migrate",
        ],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def _dbmate_program() -> Path:
    return next(
        path
        for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts")))
        for path in [folder / "dbmate"]
        if path.exists()
    )


def dbmate_url(database_url: str, *, sslmode: str | None = None) -> str:
    """The same database as dbmate spells it: ``socket=`` where asyncpg has ``host=/path``; never a missing scheme."""
    parts = urlsplit(database_url)
    options = dict(parse_qsl(parts.query))
    socket_folder = options.pop("host", None)
    if socket_folder is not None and socket_folder.startswith("/"):
        options["socket"] = socket_folder
    if sslmode is not None or "socket" in options:
        options["sslmode"] = sslmode or "disable"
    elif options.get("sslmode") in {"prefer", "allow"}:
        options["sslmode"] = "require"
    query = urlencode(options, quote_via=quote, safe="/")
    return urlunsplit(("postgres", parts.netloc, parts.path, query, ""))


def _without_password(text: str, database_url: str) -> str:
    password = urlsplit(database_url).password
    return text.replace(password, "***") if password else text
