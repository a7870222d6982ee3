"""The services' roles on a CRM's database: they see what is theirs, and for everybody else nothing changes."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from tests.harness.docs import sql_block
from tests.harness.roles import give_roles, url_of
from tests.migration.crm import ADMIN_OF_THE_FIRST, FIRST_ORGANIZATION, SECOND_ORGANIZATION, OwnedDatabase
from truesend.store.migrations import migrate_async

_ROUTES = sql_block("adopting/index.md", "CREATE OR REPLACE VIEW truesend.message_routes")
_TABLES = ("whatsapp_sessions", "scheduled_whatsapp_messages")
_COUNTS = (
    "SELECT (SELECT count(*) FROM whatsapp_sessions) AS sessions,"
    " (SELECT count(*) FROM scheduled_whatsapp_messages) AS messages"
)
_OF_ORGANIZATION = (
    "SELECT (SELECT count(*) FROM whatsapp_sessions WHERE organization_id = $1) AS sessions,"
    " (SELECT count(*) FROM scheduled_whatsapp_messages WHERE organization_id = $1) AS messages"
)
_EVERYTHING = (40, 2000)


@pytest_asyncio.fixture
async def adopted(crm: OwnedDatabase) -> OwnedDatabase:
    """The CRM's database, migrated; its owner may make roles, and is no superuser."""
    await migrate_async(crm.url)
    await _as_admin(crm, f'ALTER ROLE "{crm.owner}" CREATEROLE')
    url_of(crm.url, "api")  # the roles are there
    return crm


async def test_beside_the_crms_own_policies_the_api_sees_one_organization_and_the_others_all(
    adopted: OwnedDatabase,
) -> None:
    said = await give_roles(adopted.url)

    assert said == []
    for organization_id in (FIRST_ORGANIZATION, SECOND_ORGANIZATION):
        theirs = await _ask(adopted.admin_url, _OF_ORGANIZATION, organization_id)
        assert await _seen_by_the_api(adopted, _COUNTS, organization_id) == theirs
    assert await _seen_by_the_api(adopted, _COUNTS, None) == (0, 0)
    assert await _ask(url_of(adopted.url, "verifier"), _COUNTS) == _EVERYTHING
    assert await _ask(url_of(adopted.url, "sender"), _COUNTS) == _EVERYTHING


async def test_the_api_reads_facts_with_their_traces_before_the_roles_are_given_again(adopted: OwnedDatabase) -> None:
    await give_roles(adopted.url)
    connection = await adopted.connect()
    # as it was before that migration
    await connection.execute("DROP FUNCTION truesend.traced_facts_after")
    await connection.execute("DELETE FROM truesend.schema_migrations WHERE version = '20260301000082'")

    await migrate_async(adopted.url)

    callers = await connection.fetchval(
        "SELECT array_agg(a.grantee::regrole::text) FROM pg_proc AS p, aclexplode(p.proacl) AS a"
        " WHERE p.proname = 'traced_facts_after' AND a.grantee <> p.proowner"
    )
    await connection.close()
    assert callers == ["truesend_api"]


async def test_a_policy_of_the_crms_that_lets_everybody_in_does_not_let_the_api_out(adopted: OwnedDatabase) -> None:
    for table in _TABLES:
        await _as_admin(adopted, f"CREATE POLICY everybody ON {table} USING (true)")

    await give_roles(adopted.url)

    theirs = await _ask(adopted.admin_url, _OF_ORGANIZATION, FIRST_ORGANIZATION)
    assert await _seen_by_the_api(adopted, _COUNTS, FIRST_ORGANIZATION) == theirs


async def test_the_roles_may_read_what_a_view_of_the_crms_reads_and_the_api_no_more_of_it_than_is_its_organizations(
    adopted: OwnedDatabase,
) -> None:
    await _as_owner(adopted, _ROUTES)
    await give_roles(adopted.url)
    routed = "SELECT count(session_id), count(recipient) FROM truesend.message_routes"
    # these old messages are partly of another organisation than their workshop, which leads nowhere
    of_the_first = (
        "SELECT count(s.id), count(r.recipient) FROM truesend.message_routes AS r"
        " JOIN scheduled_whatsapp_messages AS m ON m.id = r.message_id"
        " LEFT JOIN whatsapp_sessions AS s ON s.id = r.session_id AND s.organization_id = m.organization_id"
        " WHERE m.organization_id = $1"
    )

    everything = await _ask(adopted.admin_url, routed)
    theirs = await _ask(adopted.admin_url, of_the_first, FIRST_ORGANIZATION)

    assert 0 < theirs[0] < everything[0]
    assert await _seen_by_the_api(adopted, routed, FIRST_ORGANIZATION) == theirs
    assert await _ask(url_of(adopted.url, "sender"), routed) == everything
    groups = "SELECT count(id), count(group_jid) FROM whatsapp_groups"
    assert await _seen_by_the_api(adopted, groups, FIRST_ORGANIZATION) == (40, 40)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _seen_by_the_api(adopted, "SELECT group_name FROM whatsapp_groups", FIRST_ORGANIZATION)


@pytest.mark.parametrize("nested", [False, True])
async def test_a_view_that_reads_past_row_security_is_refused(adopted: OwnedDatabase, nested: bool) -> None:
    pierced = _ROUTES.replace("WITH (security_invoker = true) ", "")
    assert pierced != _ROUTES
    if nested:
        pierced = (
            "CREATE VIEW theirs AS SELECT id, session_id, recipient FROM scheduled_whatsapp_messages;"
            "CREATE OR REPLACE VIEW truesend.message_routes WITH (security_invoker = true) AS"
            " SELECT t.id AS message_id, t.session_id, t.recipient FROM theirs AS t"
        )
    await _as_owner(adopted, "ALTER VIEW truesend.message_routes RESET (security_invoker)")
    await _as_owner(adopted, pierced)

    with pytest.raises(asyncpg.RaiseError, match="reads past row security"):
        await give_roles(adopted.url)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _ask(url_of(adopted.url, "api"), _COUNTS)


async def test_where_the_crm_has_no_row_security_the_operator_is_told_and_may_have_it(adopted: OwnedDatabase) -> None:
    for table in _TABLES:
        await _as_owner(adopted, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    theirs = await _ask(adopted.admin_url, _OF_ORGANIZATION, FIRST_ORGANIZATION)

    said = await give_roles(adopted.url)

    assert len([line for line in said if "row security is off" in line]) == len(_TABLES)
    assert await _seen_by_the_api(adopted, _COUNTS, FIRST_ORGANIZATION) == _EVERYTHING
    assert await give_roles(adopted.url, enable_row_security=True) == []
    assert await give_roles(adopted.url) == []
    assert await _seen_by_the_api(adopted, _COUNTS, FIRST_ORGANIZATION) == theirs


async def test_everybody_else_goes_on_as_before_where_row_security_is_switched_on(adopted: OwnedDatabase) -> None:
    for table in _TABLES:
        await _as_owner(adopted, f"DROP POLICY members_read ON {table}; DROP POLICY admins_write ON {table}")
        await _as_owner(adopted, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    before = await _work_of_the_crm(adopted)

    await give_roles(adopted.url, enable_row_security=True)

    assert await _work_of_the_crm(adopted) == before
    assert before["sees"] == _EVERYTHING


async def test_members_of_the_crm_see_what_they_saw(adopted: OwnedDatabase) -> None:
    before = await _seen_by_members(adopted)

    await give_roles(adopted.url)

    assert await _seen_by_members(adopted) == before
    assert 0 < before[ADMIN_OF_THE_FIRST][1] < _EVERYTHING[1]


async def _work_of_the_crm(database: OwnedDatabase) -> dict[str, Any]:
    """What a role of the CRM's, with every right on its two tables, sees and how many rows it writes; taken back."""
    connection = await database.connect_as_admin()
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SET LOCAL ROLE authenticated")
    row = await connection.fetchrow(_COUNTS)
    assert row is not None
    work = {
        "sees": tuple(row.values()),
        "updates": await connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'cancelled'"),
        "inserts": await connection.execute(
            "INSERT INTO scheduled_whatsapp_messages (organization_id, group_id, message_type, message_content,"
            " scheduled_for) SELECT organization_id, group_id, 'x', 'x', now() FROM scheduled_whatsapp_messages LIMIT 3"
        ),
        "deletes": await connection.execute("DELETE FROM scheduled_whatsapp_messages"),
        "touches": await connection.execute("UPDATE whatsapp_sessions SET status = 'disconnected'"),
    }
    await transaction.rollback()
    await connection.close()
    return work


async def _seen_by_members(database: OwnedDatabase) -> dict[UUID, tuple[int, ...]]:
    connection = await database.connect_as_admin()
    await connection.execute("SET ROLE authenticated")
    seen = {}
    for user in (ADMIN_OF_THE_FIRST, UUID("0b000000-0000-4000-8000-000000000002"), UUID(int=0)):
        await connection.execute(f"SET request.jwt.claim.sub = '{user}'")
        row = await connection.fetchrow(_COUNTS)
        assert row is not None
        seen[user] = tuple(row.values())
    await connection.close()
    return seen


async def _seen_by_the_api(database: OwnedDatabase, statement: str, organization_id: UUID | None) -> tuple[int, ...]:
    connection = await asyncpg.connect(url_of(database.url, "api"))
    try:
        async with connection.transaction():
            if organization_id is not None:
                await connection.execute(f"SET LOCAL truesend.organization_id = '{organization_id}'")
            row = await connection.fetchrow(statement)
    finally:
        await connection.close()
    assert row is not None
    return tuple(row.values())


async def _ask(url: str, statement: str, *values: object) -> tuple[int, ...]:
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(statement, *values)
    finally:
        await connection.close()
    assert row is not None
    return tuple(row.values())


async def _as_owner(database: OwnedDatabase, statement: str) -> None:
    connection = await database.connect()
    await connection.execute(statement)
    await connection.close()


async def _as_admin(database: OwnedDatabase, statement: str) -> None:
    connection = await database.connect_as_admin()
    await connection.execute(statement)
    await connection.close()
