"""A CRM's database, made by a role that is no superuser: its schema, and any number of old rows."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import UUID

import asyncpg

from tests.harness.databases import create_database, drop_database

FIRST_ORGANIZATION = UUID("0a000000-0000-4000-8000-000000000001")
SECOND_ORGANIZATION = UUID("0a000000-0000-4000-8000-000000000002")
ADMIN_OF_THE_FIRST = UUID("0b000000-0000-4000-8000-000000000001")
CONNECTED_SESSION = UUID("0c000000-0000-4000-8000-000000000004")

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class OwnedDatabase:
    """A database that belongs to a role of its own, which may neither pass by row security nor make roles."""

    url: str = field(repr=False)
    owner: str
    password: str = field(repr=False)
    admin_url: str = field(repr=False)

    async def connect(self) -> asyncpg.Connection:
        """Open a connection as the owner; the caller closes it, or the database's end does."""
        return await asyncpg.connect(self.url)

    async def connect_as_admin(self) -> asyncpg.Connection:
        """Open a connection as the server's superuser."""
        return await asyncpg.connect(self.admin_url)


@asynccontextmanager
async def owned_database(server_url: str, *, owner: str | None = None) -> AsyncIterator[OwnedDatabase]:
    """Create an empty database and its owner, and drop both afterwards. The role that `server_url` names makes roles."""
    name, password = f"test_{secrets.token_hex(6)}", f"pass-{secrets.token_hex(6)}/@?"
    owner = owner or f"owner_{secrets.token_hex(6)}"
    await _make_roles(server_url, owner, password)
    await create_database(server_url, name)
    server = await asyncpg.connect(server_url)
    try:
        await server.execute(f'ALTER DATABASE "{name}" OWNER TO "{owner}"')
        parts = urlsplit(server_url)
        place = parts.netloc.rpartition("@")[2]
        yield OwnedDatabase(
            url=parts._replace(netloc=f"{owner}:{quote(password, safe='')}@{place}", path=f"/{name}").geturl(),
            owner=owner,
            password=password,
            admin_url=parts._replace(path=f"/{name}").geturl(),
        )
    finally:
        await drop_database(server_url, name)
        await server.execute(f'DROP ROLE "{owner}"')
        await server.close()


async def make_crm(database: OwnedDatabase, *, rows: int = 2000) -> None:
    """Make the CRM's tables, as the database's owner, and this many old messages."""
    owner, admin = await database.connect(), await database.connect_as_admin()
    try:
        await owner.execute((_FOLDER / "crm_schema.sql").read_text())
        # Without a look at the foreign keys of each row, the rows take half the time.
        await admin.execute("SET session_replication_role = replica")
        await admin.execute((_FOLDER / "crm_rows.sql").read_text().replace("$ROWS", str(rows)))
    finally:
        await owner.close()
        await admin.close()


async def _make_roles(server_url: str, owner: str, password: str) -> None:
    server = await asyncpg.connect(server_url)
    try:
        await server.execute(f"CREATE ROLE \"{owner}\" LOGIN NOSUPERUSER PASSWORD '{password}'")
        for name in ("anon", "authenticated"):
            # Roles are the whole server's: another test may make the same one at this moment.
            await server.execute(
                f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
    finally:
        await server.close()
