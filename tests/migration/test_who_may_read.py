"""What the public key's roles can see: nothing of ours, and nothing more of the CRM's than before."""

import asyncpg
import pytest

from tests.migration.crm import ADMIN_OF_THE_FIRST, FIRST_ORGANIZATION, OwnedDatabase
from truesend.store.migrations import migrate_async

_OURS = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'truesend'::regnamespace AND relkind IN ({})"


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_the_public_roles_can_read_nothing_in_our_schema(crm: OwnedDatabase, role: str) -> None:
    admin = await crm.connect_as_admin()
    await admin.execute(
        f'ALTER DEFAULT PRIVILEGES FOR ROLE "{crm.owner}" GRANT ALL ON TABLES TO anon, authenticated, PUBLIC'
    )
    await admin.execute(
        f'ALTER DEFAULT PRIVILEGES FOR ROLE "{crm.owner}" GRANT ALL ON SCHEMAS TO anon, authenticated, PUBLIC'
    )
    await migrate_async(crm.url)

    relations = [record[0] for record in await admin.fetch(_OURS.format("'r', 'v', 'S'"))]
    assert "truesend.message_routes" in relations
    assert "truesend.schema_migrations" in relations
    rights = await admin.fetch(
        "SELECT name FROM unnest($1::text[]) AS name WHERE has_table_privilege($2, name, 'SELECT')"
        " OR has_table_privilege($2, name, 'INSERT') OR has_table_privilege($2, name, 'TRUNCATE')",
        relations,
        role,
    )
    assert rights == []
    assert not await admin.fetchval("SELECT has_schema_privilege($1, 'truesend', 'USAGE')", role)
    await admin.execute(f"SET ROLE {role}")
    for relation in relations:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await admin.fetch(f"SELECT * FROM {relation}")
    await admin.close()


async def test_every_table_of_ours_has_row_security(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    connection = await crm.connect()

    open_ones = await connection.fetch(_OURS.format("'r', 'p'") + " AND NOT relrowsecurity")

    assert open_ones == []
    await connection.close()


async def test_a_view_of_ours_shows_a_member_only_rows_that_row_security_shows_him(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)
    admin = await crm.connect_as_admin()
    await admin.execute("GRANT USAGE ON SCHEMA truesend TO authenticated")
    await admin.execute("GRANT SELECT ON truesend.message_routes TO authenticated")
    of_the_first = await admin.fetchval(
        "SELECT count(*) FROM scheduled_whatsapp_messages WHERE organization_id = $1", FIRST_ORGANIZATION
    )

    await admin.execute("SET ROLE authenticated")
    seen_by_a_stranger = await admin.fetchval("SELECT count(*) FROM truesend.message_routes")
    await admin.execute(f"SET request.jwt.claim.sub = '{ADMIN_OF_THE_FIRST}'")
    seen_by_the_admin = await admin.fetchval("SELECT count(*) FROM truesend.message_routes")

    assert (seen_by_a_stranger, seen_by_the_admin) == (0, of_the_first)
    await admin.close()


async def test_tables_that_we_make_in_an_empty_public_schema_are_closed_to_the_public_roles(
    empty: OwnedDatabase,
) -> None:
    owner = await empty.connect()
    await owner.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated")
    await migrate_async(empty.url)

    rights = await owner.fetch(
        "SELECT FROM pg_tables, unnest(ARRAY['anon', 'authenticated']) AS role"
        " WHERE schemaname = 'public' AND (NOT rowsecurity"
        " OR has_table_privilege(role, format('public.%I', tablename), 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))"
    )

    assert rights == []
    await owner.close()
