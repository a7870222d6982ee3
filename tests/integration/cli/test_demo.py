"""`truesend demo`: rows for a gateway that is simulated, and for no database that is in use."""

from uuid import uuid4

import asyncpg

from tests.harness.commands import truesend
from tests.harness.databases import Database
from tests.harness.rows import insert_session
from truesend.cli.up.demo import ORGANIZATIONS, SESSIONS


async def _count(database: Database, table: str) -> int:
    connection = await asyncpg.connect(database.url)
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
    finally:
        await connection.close()


async def test_the_demo_writes_its_sessions_once_and_messages_for_them(database: Database) -> None:
    first = truesend("demo", "--no-trickle", DATABASE_URL=database.url)
    messages = await _count(database, "scheduled_whatsapp_messages")
    again = truesend("demo", "--no-trickle", DATABASE_URL=database.url)

    assert (first.code, again.code) == (0, 0)
    assert all(str(organization.id) in first.output for organization in ORGANIZATIONS)
    assert await _count(database, "whatsapp_sessions") == len(SESSIONS)
    assert messages > len(SESSIONS)


async def test_the_demo_leaves_a_database_alone_that_has_anybody_s_sessions(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    await insert_session(connection, organization_id=uuid4())
    await connection.close()

    refused = truesend("demo", DATABASE_URL=database.url)

    assert (refused.code, refused.output) == (1, "")
    assert refused.errors == "truesend: demo: this database has sessions that are not the demo's; nothing was written\n"
    assert await _count(database, "whatsapp_sessions") == 1


def test_the_demo_on_a_database_that_is_not_migrated_says_so(empty_database: Database) -> None:
    ended = truesend("demo", DATABASE_URL=empty_database.url)

    assert (ended.code, ended.errors) == (1, "truesend: demo: the database is not migrated; run truesend migrate\n")
