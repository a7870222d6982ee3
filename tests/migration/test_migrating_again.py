"""Migrations that run twice, at once, or after one that broke off."""

import asyncio

import asyncpg

from tests.harness.waiting import until
from tests.migration.catalog import catalog
from tests.migration.crm import OwnedDatabase
from tests.migration.rows import fingerprints
from truesend.store.migrations import migrate_async

_INDEX = "SELECT i.indexrelid, i.indisvalid, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index AS i"
_DUE = f"{_INDEX} WHERE i.indexrelid = to_regclass('truesend_messages_due')"
_AGE = f"{_INDEX} WHERE i.indexrelid = to_regclass('truesend_messages_age')"


async def test_a_second_run_changes_nothing(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()
    before = await _everything(connection)

    await migrate_async(crm.url)

    assert await _everything(connection) == before
    await connection.close()


async def test_every_migration_may_run_again_although_it_is_no_longer_known_to_have_run(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()
    before = await _everything(connection)
    await connection.execute("DELETE FROM truesend.schema_migrations")

    await migrate_async(crm.url)

    assert await _everything(connection) == before
    await connection.close()


async def test_two_at_once_go_through_one_after_the_other(crm: OwnedDatabase) -> None:
    said: list[str] = []

    await asyncio.gather(*(migrate_async(crm.url, say=said.append) for _ in range(2)))

    assert said == ["another migration is running, waiting for it"]


async def test_an_index_that_was_left_half_built_is_built_anew(crm: OwnedDatabase) -> None:
    connection = await crm.connect()
    try:
        await connection.execute(
            "CREATE UNIQUE INDEX CONCURRENTLY truesend_messages_due ON scheduled_whatsapp_messages (organization_id)"
        )
    except asyncpg.UniqueViolationError:
        left = await connection.fetchrow(_DUE)
    assert left is not None
    assert left["indisvalid"] is False

    await migrate_async(crm.url)

    built = await connection.fetchrow(_DUE)
    assert built is not None
    assert built["indisvalid"] is True
    assert "COALESCE(next_attempt_at, scheduled_for)" in built["definition"]
    await connection.close()


async def test_an_index_that_another_is_still_building_is_waited_for_not_dropped(crm: OwnedDatabase) -> None:
    builder, holder, watcher = [await crm.connect() for _ in range(3)]
    open_transaction = holder.transaction()
    await open_transaction.start()
    await holder.execute("UPDATE scheduled_whatsapp_messages SET error_message = NULL WHERE false")
    building = asyncio.create_task(
        builder.execute(
            "CREATE INDEX CONCURRENTLY truesend_messages_age"
            " ON scheduled_whatsapp_messages (scheduled_for) WHERE status = 'pending'"
        )
    )
    begun = await until(lambda: watcher.fetchrow(_AGE), 10, "the index is being built")
    said: list[str] = []
    migrating = asyncio.create_task(migrate_async(crm.url, say=said.append))
    await until(lambda: _answer(said), 10, "the migration waits")

    await open_transaction.rollback()
    await asyncio.gather(building, migrating)

    finished = await watcher.fetchrow(_AGE)
    assert said[0] == "an index is still being built, waiting for it"
    assert finished is not None
    assert (finished["indexrelid"], finished["indisvalid"]) == (begun["indexrelid"], True)
    for connection in (builder, holder, watcher):
        await connection.close()


async def test_limits_that_the_platform_sets_on_statements_do_not_stop_a_long_index(crm: OwnedDatabase) -> None:
    admin, holder = await crm.connect_as_admin(), await crm.connect()
    await admin.execute(f"ALTER ROLE \"{crm.owner}\" SET statement_timeout = '300ms'")
    await admin.execute(f"ALTER ROLE \"{crm.owner}\" SET lock_timeout = '300ms'")
    open_transaction = holder.transaction()
    await open_transaction.start()
    # Not one of ours: our ALTERs pass, an index must wait until this snapshot is gone.
    await holder.execute("DECLARE snapshot CURSOR FOR SELECT * FROM organizations")
    migrating = asyncio.create_task(migrate_async(crm.url))
    waited = (
        "SELECT FROM pg_stat_activity WHERE query LIKE '%CREATE INDEX CONCURRENTLY%' AND wait_event = 'virtualxid'"
        " AND datname = current_database() AND now() - query_start > interval '1 s'"
    )
    await until(lambda: admin.fetch(waited), 10, "an index waits for longer than the limits")

    await open_transaction.rollback()
    await migrating

    assert not await admin.fetch("SELECT FROM pg_index WHERE NOT indisvalid")
    await admin.close()
    await holder.close()


async def test_a_view_that_the_crm_put_in_the_place_of_ours_survives(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()
    await connection.execute(
        "CREATE OR REPLACE VIEW truesend.message_routes WITH (security_invoker = true) AS"
        " SELECT m.id AS message_id, w.whatsapp_session_id AS session_id, 'theirs' AS recipient"
        " FROM scheduled_whatsapp_messages AS m JOIN workshops AS w ON w.id = m.workshop_id"
    )
    await connection.execute("DELETE FROM truesend.schema_migrations")

    await migrate_async(crm.url)

    assert await connection.fetchval("SELECT DISTINCT recipient FROM truesend.message_routes") == "theirs"
    await connection.close()


async def _everything(connection: asyncpg.Connection) -> object:
    return (
        await catalog(connection),
        await fingerprints(connection),
        [tuple(record) for record in await connection.fetch("SELECT version FROM truesend.schema_migrations")],
        [tuple(record) for record in await connection.fetch("SELECT * FROM truesend.adoption")],
        [tuple(record) for record in await connection.fetch("SELECT * FROM truesend.relay_state")],
    )


async def _answer(said: list[str]) -> list[str]:
    return said
