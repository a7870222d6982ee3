"""A log that has been written for long gets its sections: no fact is lost, copied or held up."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.migration.conftest import OLDEST_AND_NEWEST, ServerUrl
from tests.migration.crm import OwnedDatabase, owned_database
from truesend.store.database_url import dbmate_url
from truesend.store.files import database_folder
from truesend.store.migrations import migrate_async

BEFORE_SECTIONS = "20260301000060"
RELAY = UUID(int=1)
FILES = "SELECT relfilenode FROM pg_class WHERE oid = $1::text::regclass"
APPEND = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " SELECT 'message', $1, 'message.happened', jsonb_build_object('number', n), gen_random_uuid()"
    " FROM generate_series($2::int, $3::int) AS n"
)


def _migrate_to_the_time_before(database: OwnedDatabase, folder: Path) -> None:
    for file in sorted((database_folder() / "migrations").glob("*.sql")):
        if file.name < BEFORE_SECTIONS:
            shutil.copy(file, folder)
    subprocess.run(
        [
            str(Path(sys.executable).parent / "dbmate"),
            "--no-dump-schema",
            "--migrations-dir",
            str(folder),
            "--migrations-table",
            "truesend.schema_migrations",
            "migrate",
        ],
        env=os.environ | {"DATABASE_URL": dbmate_url(database.url)},
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize("major", OLDEST_AND_NEWEST)
async def test_facts_of_before_stay_where_they_are_and_those_that_wait_are_next(
    server_url: ServerUrl, major: int | None, tmp_path: Path
) -> None:
    async with owned_database(server_url(major)) as database:
        await asyncio.to_thread(_migrate_to_the_time_before, database, tmp_path)
        connection = await database.connect()
        message_id = uuid4()
        await connection.execute(APPEND, message_id, 1, 3000)
        await connection.execute("UPDATE truesend.event_log SET position = seq WHERE seq <= 500")
        await connection.execute("UPDATE truesend.relay_state SET last_position = 500, published_position = 400")
        file = await connection.fetchval(FILES, "truesend.event_log")

        await migrate_async(database.url)
        await connection.execute(APPEND, message_id, 3001, 3010)

        assert await connection.fetchval(FILES, "truesend.event_log_before") == file
        taken = await _all_taken(connection)
        assert [number for _, number in taken] == list(range(401, 3011))
        assert [position for position, _ in taken] == list(range(401, 3011))
        facts = await connection.fetch("SELECT seq, payload->>'number' AS number FROM truesend.event_log ORDER BY seq")
        assert [int(fact["number"]) for fact in facts] == list(range(1, 3011))
        await connection.close()


async def _all_taken(connection: asyncpg.Connection) -> list[tuple[int, int]]:
    taken: list[tuple[int, int]] = []
    first = last = 0
    take = "SELECT position, (body::jsonb->>'number')::int AS number FROM truesend.take_facts($1, 60, $2, $3, 1000)"
    while rows := await connection.fetch(take, RELAY, first, last):
        first, last = rows[0]["position"] - 1, rows[-1]["position"]
        taken += [(row["position"], row["number"]) for row in rows]
    return taken


async def test_whoever_was_let_in_before_is_let_in_after(crm: OwnedDatabase, tmp_path: Path) -> None:
    await asyncio.to_thread(_migrate_to_the_time_before, crm, tmp_path)
    admin = await crm.connect_as_admin()
    role = f"service_{uuid4().hex[:12]}"
    for statement in (
        f"CREATE ROLE {role}",
        f"GRANT USAGE ON SCHEMA truesend TO {role}",
        f"GRANT SELECT, INSERT (aggregatetype, aggregateid, type, payload, organization_id) ON truesend.event_log TO {role}",
        f"CREATE POLICY theirs ON truesend.event_log TO {role} USING (organization_id = '{UUID(int=7)}')",
    ):
        await admin.execute(statement)

    await migrate_async(crm.url)

    await admin.execute(f"SET ROLE {role}")
    append = (
        "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
        " VALUES ('message', gen_random_uuid(), 'message.happened', '{}', $1)"
    )
    await admin.execute(append, UUID(int=7))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await admin.execute(append, UUID(int=8))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await admin.execute("DELETE FROM truesend.event_log")
    assert await admin.fetchval("SELECT count(*) FROM truesend.event_log") == 1
    await admin.execute("RESET ROLE")
    await admin.execute(f"DROP OWNED BY {role}")
    await admin.execute(f"DROP ROLE {role}")
    await admin.close()
