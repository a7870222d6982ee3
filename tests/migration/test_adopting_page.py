"""What docs/adopting tells people to type does what it says."""

from uuid import UUID

import asyncpg

from tests.harness.docs import blocks, sql_block
from tests.migration.crm import FIRST_ORGANIZATION, OwnedDatabase
from truesend.store.adoption import count_held, release_held
from truesend.store.migrations import migrate_async

_ROUTES = sql_block("adopting/index.md", "CREATE OR REPLACE VIEW truesend.message_routes")
_WITHOUT_ROUTE = sql_block("adopting/index.md", "SELECT m.organization_id, count(*) AS waiting")
_RIGHTS = sql_block("adopting/roles.md", "GRANT USAGE ON SCHEMA truesend TO truesend_service;")
_MEMBERS, _MEMBERS_AND_ADMINS = (
    block.code for block in blocks("adopting/seams.md") if "VIEW truesend.user_organizations" in block.code
)
_WHY = sql_block("adopting/seams.md", "SELECT m.id, m.scheduled_for,")
_ROUTE = "SELECT session_id, recipient FROM truesend.message_routes WHERE message_id = $1"
_CHOSEN = UUID("0c000000-0000-4000-8000-000000000001")


async def test_the_view_of_the_page_routes_by_workshop_and_group_unless_the_message_says_otherwise(
    crm: OwnedDatabase,
) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()

    await connection.execute(_ROUTES)

    message = await connection.fetchrow(
        "SELECT m.id, w.whatsapp_session_id, g.group_jid FROM scheduled_whatsapp_messages AS m"
        " JOIN workshops AS w ON w.id = m.workshop_id JOIN whatsapp_groups AS g ON g.id = m.group_id"
        " WHERE w.whatsapp_session_id <> $1 LIMIT 1",
        _CHOSEN,
    )
    assert message is not None
    assert await _route(connection, message["id"]) == (message["whatsapp_session_id"], message["group_jid"])
    await connection.execute(
        "UPDATE scheduled_whatsapp_messages SET session_id = $2, recipient = 'chosen@g.us' WHERE id = $1",
        message["id"],
        _CHOSEN,
    )
    assert await _route(connection, message["id"]) == (_CHOSEN, "chosen@g.us")
    assert await connection.fetchval("SELECT count(*) FROM truesend.message_routes") == 2000
    await connection.close()


async def test_the_pages_query_counts_the_messages_that_have_no_session(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()
    await connection.execute(_ROUTES)
    await connection.execute("DELETE FROM scheduled_whatsapp_messages WHERE status = 'pending'")
    for workshop in (None, UUID("0e000000-0000-4000-8000-000000000007"), UUID("0e000000-0000-4000-8000-000000000008")):
        await connection.execute(
            "INSERT INTO scheduled_whatsapp_messages (organization_id, group_id, workshop_id, message_type,"
            " message_content, scheduled_for) SELECT $1, id, $2, 'reminder', 'x', now() FROM whatsapp_groups LIMIT 1",
            FIRST_ORGANIZATION,
            workshop,
        )

    waiting = await connection.fetch(_WITHOUT_ROUTE)

    assert [tuple(record) for record in waiting] == [(FIRST_ORGANIZATION, 2)]
    await connection.close()


async def test_the_second_view_of_the_page_gives_the_members_organisations(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()

    await connection.execute(_MEMBERS)

    assert await connection.fetchval("SELECT count(*) FROM truesend.user_organizations") == 2
    await connection.execute("INSERT INTO profiles (id, is_super_admin) VALUES (gen_random_uuid(), true)")
    await connection.execute(_MEMBERS_AND_ADMINS)
    assert await connection.fetchval("SELECT count(*) FROM truesend.user_organizations") == 4
    await connection.close()


async def test_the_query_of_the_page_on_seams_says_why_each_message_waits(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection, admin = await crm.connect(), await crm.connect_as_admin()
    await connection.execute(_ROUTES)
    await connection.execute("DELETE FROM scheduled_whatsapp_messages")
    theirs = await connection.fetchval(
        "SELECT w.id FROM workshops AS w WHERE w.organization_id <> $1 AND w.whatsapp_session_id IS NOT NULL LIMIT 1",
        FIRST_ORGANIZATION,
    )
    workshops = {None: "no workshop", UUID("0e000000-0000-4000-8000-000000000007"): "its workshop has no session"}
    for number, workshop in enumerate([*workshops, theirs]):
        await admin.execute(
            "INSERT INTO scheduled_whatsapp_messages (organization_id, group_id, workshop_id, message_type,"
            " message_content, scheduled_for) SELECT $1, id, $2, 'reminder', 'x', now() + make_interval(secs => $3)"
            " FROM whatsapp_groups LIMIT 1",
            FIRST_ORGANIZATION,
            workshop,
            float(number),
        )

    found = [row["why"] for row in await connection.fetch(_WHY)]

    assert found == [*workshops.values(), "a session of another organisation"]
    await connection.close()
    await admin.close()


async def test_a_service_with_the_rights_of_the_page_can_read_and_write(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    owner, admin = await crm.connect(), await crm.connect_as_admin()
    service = f"service_of_{crm.owner}"
    await admin.execute(f'CREATE ROLE "{service}" NOLOGIN BYPASSRLS')
    try:
        await owner.execute(_RIGHTS.replace("truesend_service", f'"{service}"'))
        await admin.execute(f'SET ROLE "{service}"')

        held = await count_held(admin)

        assert await release_held(admin) == sum(each.messages for each in held) == 100
        assert await admin.fetchval("SELECT count(*) FROM truesend.message_routes") == 2000
    finally:
        await admin.execute("RESET ROLE")
        await admin.execute(f'DROP OWNED BY "{service}"')
        await admin.execute(f'DROP ROLE "{service}"')
        await admin.close()
        await owner.close()


async def _route(connection: asyncpg.Connection, message_id: UUID) -> tuple[UUID | None, str | None]:
    route = await connection.fetchrow(_ROUTE, message_id)
    assert route is not None
    return route["session_id"], route["recipient"]
