"""A database of its own for each test, cloned from a template that has all migrations."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from tests.harness.postgres import with_database


@dataclass(frozen=True, slots=True)
class Database:
    """One test's database."""

    url: str = field(repr=False)

    async def connect(self) -> asyncpg.Connection:
        """Open a connection; the caller closes it, or the database's end does."""
        return await asyncpg.connect(self.url)


@asynccontextmanager
async def fresh_database(server_url: str, template: str | None = None) -> AsyncIterator[Database]:
    """Create a database, copied from `template` if given, and drop it afterwards together with whoever is connected."""
    name = f"test_{secrets.token_hex(6)}"
    await create_database(server_url, name, template)
    try:
        yield Database(with_database(server_url, name))
    finally:
        await drop_database(server_url, name)


async def create_database(server_url: str, name: str, template: str | None = None) -> None:
    """Create the database `name`; without fsync, copying files beats the default of copying through the log."""
    source = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    await execute(server_url, f'CREATE DATABASE "{name}"{source}')


async def drop_database(server_url: str, name: str) -> None:
    """Drop the database `name` and end its connections; one that is gone already is fine."""
    await execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def execute(server_url: str, statement: str) -> None:
    """Run one statement over a connection of its own."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
