"""Migrating a CRM with 200,000 old messages while it is being used."""

import pytest

from tests.migration.catalog import catalog
from tests.migration.conftest import OLDEST_AND_NEWEST, ServerUrl
from tests.migration.crm import CONNECTED_SESSION, OwnedDatabase, make_crm, owned_database
from tests.migration.live_crm import reading, writing
from tests.migration.rows import fingerprints
from truesend.store.migrations import migrate_async

_NOBODY_WRITES_THEM = f"to_jsonb(r) ->> 'message_type' IS DISTINCT FROM 'live' AND r.id <> '{CONNECTED_SESSION}'"


@pytest.mark.parametrize("major", OLDEST_AND_NEWEST)
async def test_a_live_crm_is_migrated_under_its_writers_who_never_wait_two_seconds(
    server_url: ServerUrl, major: int | None
) -> None:
    async with owned_database(server_url(major)) as database:
        await make_crm(database, rows=200_000)
        connection = await database.connect()
        rows_before = await fingerprints(connection, untouched=_NOBODY_WRITES_THEM)
        catalog_before = await catalog(connection)
        said: list[str] = []

        async with writing(database) as writer, reading(database, "scheduled_whatsapp_messages", for_s=4):
            await migrate_async(database.url, say=said.append)

        assert any("another transaction holds the table" in line for line in said)
        assert len(writer.waits_s) > 150
        assert max(writer.waits_s) < 2.0
        kept = await connection.fetchval(
            "SELECT count(*) FROM scheduled_whatsapp_messages WHERE id = ANY ($1::uuid[])", writer.kept
        )
        assert kept == len(writer.kept)
        assert await fingerprints(connection, untouched=_NOBODY_WRITES_THEM) == rows_before
        assert catalog_before <= await catalog(connection)
        assert not await connection.fetch("SELECT FROM pg_index WHERE NOT indisvalid")
        await connection.close()


async def test_writers_of_sessions_do_not_wait_two_seconds_either(crm: OwnedDatabase) -> None:
    said: list[str] = []

    async with writing(crm) as writer, reading(crm, "whatsapp_sessions", for_s=3):
        await migrate_async(crm.url, say=said.append)

    assert any("another transaction holds the table" in line for line in said)
    assert max(writer.waits_s) < 2.0
