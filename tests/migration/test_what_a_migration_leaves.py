"""What stands in a database after the migrations, on an empty one and on a CRM's."""

import pytest

from tests.migration.catalog import catalog, of_public
from tests.migration.conftest import OLDEST_AND_NEWEST, ServerUrl
from tests.migration.crm import OwnedDatabase, owned_database
from tests.migration.rows import fingerprints
from truesend.store.migrations import MigrationError, migrate_async

_TABLES = {"whatsapp_sessions", "scheduled_whatsapp_messages"}
_SEED_COLUMNS = {
    ("whatsapp_sessions", "last_error", "text"),
    ("whatsapp_sessions", "last_error_at", "timestamp with time zone"),
    ("scheduled_whatsapp_messages", "vps_error", "text"),
}
_COLUMNS = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"


@pytest.mark.parametrize("major", OLDEST_AND_NEWEST)
async def test_an_empty_database_gets_both_tables_and_the_three_seed_columns(
    server_url: ServerUrl, major: int | None
) -> None:
    async with owned_database(server_url(major)) as database:
        await migrate_async(database.url)

        connection = await database.connect()
        columns = {tuple(record) for record in await connection.fetch(_COLUMNS)}
        assert columns >= _SEED_COLUMNS
        assert {table for table, _, _ in columns} == _TABLES
        await connection.close()


async def test_a_crm_keeps_everything_it_had_and_gets_nothing_new_in_public_but_columns_indexes_and_one_check(
    crm: OwnedDatabase,
) -> None:
    connection = await crm.connect()
    before, rows = await catalog(connection), await fingerprints(connection)

    await migrate_async(crm.url)

    after = await catalog(connection)
    new = of_public(after - before)
    assert before <= after
    assert await fingerprints(connection) == rows
    assert {line.split(" ")[0] for line in new} == {"column", "index", "constraint"}
    assert [line for line in new if line.startswith("constraint")] == [
        "constraint truesend_lease_is_whole on public.scheduled_whatsapp_messages"
        " CHECK (((lease_token IS NULL) = (lease_until IS NULL))) NOT VALID"
    ]
    assert {tuple(record) for record in await connection.fetch(_COLUMNS)} >= _SEED_COLUMNS
    await connection.close()


async def test_old_rows_of_every_kind_can_still_be_written_by_the_crms_own_statements(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()

    changed = await connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'sent', sent_at = now(), error_message = NULL"
    )

    assert changed == "UPDATE 2000"
    await connection.close()


async def test_a_search_path_that_begins_with_our_schema_as_a_role_named_like_it_has_leads_to_the_crms_tables(
    crm: OwnedDatabase,
) -> None:
    admin = await crm.connect_as_admin()
    await admin.execute(f'ALTER ROLE "{crm.owner}" SET search_path = truesend, public')
    connection = await crm.connect()

    await migrate_async(crm.url)

    tables = await connection.fetch("SELECT schemaname FROM pg_tables WHERE tablename = ANY ($1)", list(_TABLES))
    assert {record["schemaname"] for record in tables} == {"public"}
    assert {tuple(record) for record in await connection.fetch(_COLUMNS)} >= _SEED_COLUMNS
    await admin.close()
    await connection.close()


async def test_the_same_search_path_on_an_empty_database_still_makes_both_tables_in_public(
    empty: OwnedDatabase,
) -> None:
    admin = await empty.connect_as_admin()
    await admin.execute(f'ALTER ROLE "{empty.owner}" SET search_path = truesend, public')

    await migrate_async(empty.url)

    tables = await admin.fetch("SELECT schemaname FROM pg_tables WHERE tablename = ANY ($1)", list(_TABLES))
    assert [record["schemaname"] for record in tables] == ["public", "public"]
    await admin.close()


async def test_a_column_of_our_name_and_another_type_stops_the_migration_with_both_types_named(
    crm: OwnedDatabase,
) -> None:
    connection = await crm.connect()
    await connection.execute("ALTER TABLE scheduled_whatsapp_messages ADD COLUMN vps_error jsonb")

    with pytest.raises(MigrationError, match=r"scheduled_whatsapp_messages\.vps_error is jsonb, Truesend needs text"):
        await migrate_async(crm.url)

    await connection.close()


async def test_a_role_that_does_not_own_the_tables_is_told_so(crm: OwnedDatabase) -> None:
    admin = await crm.connect_as_admin()
    await admin.execute("ALTER TABLE whatsapp_sessions OWNER TO CURRENT_USER")

    with pytest.raises(MigrationError, match="must be owner of table whatsapp_sessions"):
        await migrate_async(crm.url)

    await admin.close()
