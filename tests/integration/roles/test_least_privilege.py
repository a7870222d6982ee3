"""Each service's role may run every statement of its service, and has no right that none of them needs."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import pytest
import pytest_asyncio

from tests.harness.databases import Database
from tests.harness.roles import SERVICES, Service, give_roles, url_of
from truesend.store.queries import Query, load_queries

# The relay runs in both.
FOLDERS: dict[Service, tuple[str, ...]] = {
    "api": ("api",),
    "verifier": ("verifier", "relay"),
    "sender": ("sender", "relay", "crm_dead_letters"),
}
# What no file of statements shows: rows are inserted in whatever columns the CRM's table has (message_table.py), and what a
# statement's own functions read.
BESIDES: dict[Service, tuple[str, ...]] = {
    "api": (
        "INSERT INTO scheduled_whatsapp_messages SELECT m.* FROM scheduled_whatsapp_messages AS m",
        "SELECT lease_token FROM truesend.message_attempts",
        "SELECT truesend.quiet_until(now(), NULL, NULL, NULL)",
        "SELECT truesend.current_organization()",
        # by services that are not renewed yet
        "SELECT * FROM truesend.facts_after(0, 1)",
    ),
    "verifier": ("SELECT truesend.quiet_until(now(), NULL, NULL, NULL)",),
    "sender": ("SELECT truesend.quiet_until(now(), NULL, NULL, NULL)",),
}
RIGHTS = """
    SELECT 'TABLE' AS kind, c.oid::regclass::text AS name, NULL AS "column", a.privilege_type AS verb
    FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE a.grantee = $1::regrole AND c.relkind IN ('r', 'p', 'v')
    UNION ALL
    SELECT 'TABLE', k.attrelid::regclass::text, k.attname, a.privilege_type
    FROM pg_attribute AS k, aclexplode(k.attacl) AS a WHERE a.grantee = $1::regrole
    UNION ALL
    SELECT 'FUNCTION', p.oid::regprocedure::text, NULL, a.privilege_type
    FROM pg_proc AS p, aclexplode(p.proacl) AS a WHERE a.grantee = $1::regrole
    ORDER BY 1, 2, 3, 4
"""
FORBIDDEN: dict[Service, tuple[str, ...]] = {
    "api": (
        "SELECT qr_code FROM whatsapp_sessions",
        "UPDATE whatsapp_sessions SET status = 'connected'",
        "UPDATE whatsapp_sessions SET organization_id = gen_random_uuid()",
        "UPDATE scheduled_whatsapp_messages SET message_content = 'another'",
        "UPDATE scheduled_whatsapp_messages SET organization_id = gen_random_uuid()",
        "DELETE FROM scheduled_whatsapp_messages",
        "UPDATE truesend.event_log SET payload = '{}'",
        "DELETE FROM truesend.event_log",
        "DELETE FROM truesend.message_attempts",
        "INSERT INTO truesend.evidence (session_id) VALUES (gen_random_uuid())",
        "UPDATE truesend.relay_state SET last_position = 0",
        "SELECT * FROM truesend.user_organizations",
        "SELECT * FROM truesend.alert_deliveries",
    ),
    "verifier": (
        "SELECT message_content FROM scheduled_whatsapp_messages",
        "UPDATE scheduled_whatsapp_messages SET status = 'sent'",
        "INSERT INTO scheduled_whatsapp_messages (id) VALUES (gen_random_uuid())",
        "DELETE FROM whatsapp_sessions",
        "SELECT answer FROM truesend.message_attempts",
        "UPDATE truesend.event_log SET payload = '{}'",
        "SELECT * FROM truesend.idempotency_keys",
    ),
    "sender": (
        "UPDATE whatsapp_sessions SET status = 'disconnected'",
        "SELECT phone_number FROM whatsapp_sessions",
        "UPDATE scheduled_whatsapp_messages SET recipient = 'another'",
        "INSERT INTO scheduled_whatsapp_messages (id) VALUES (gen_random_uuid())",
        "DELETE FROM scheduled_whatsapp_messages",
        "UPDATE truesend.event_log SET payload = '{}'",
        "SELECT * FROM truesend.alerts",
    ),
}
FORBIDDEN_TO_ALL = (
    "CREATE TABLE truesend.another (id integer)",
    "ALTER TABLE truesend.event_log DISABLE ROW LEVEL SECURITY",
    "DROP POLICY truesend_workers ON truesend.event_log",
    "TRUNCATE scheduled_whatsapp_messages",
    "SELECT * FROM truesend.schema_migrations",
    "CALL truesend.close_to_others()",
    "SET ROLE postgres",
)


@dataclass
class Permissions:
    """What one role may run of its service's statements, asked of Postgres: by a plan each, with nothing run."""

    connection: asyncpg.Connection
    role: str
    statements: dict[str, Query] = field(default_factory=dict)

    async def prepare(self, statements: Iterable[Query]) -> None:
        """Make them known to the session."""
        for number, query in enumerate(statements):
            self.statements[f"statement_{number}"] = query
            await self.connection.execute(f"PREPARE statement_{number} AS {query.text}")

    async def refused(self, mentioning: str = "") -> AsyncIterator[str]:
        """Those that it may not run, of those whose text has this word, and why."""
        for name, query in self.statements.items():
            if mentioning in query.text and (problem := await self._problem(name, query)):
                yield f"{query.name}: {problem}"

    async def is_needed(self, right: asyncpg.Record) -> bool:
        """Whether any of them is refused without this right."""
        column = f'("{right["column"]}")' if right["column"] else ""
        word = right["column"] or re.sub(r"^truesend\.|\(.*$", "", right["name"])
        statement = f"REVOKE {right['verb']}{column} ON {right['kind']} {right['name']} FROM {self.role}"
        async with self._taken_back():
            await self.connection.execute(statement)
            for mentioning in (word, ""):
                async for _ in self.refused(mentioning):
                    return True
        return False

    async def _problem(self, name: str, query: Query) -> str | None:
        values = ", ".join(["NULL"] * len(query.parameters))
        async with self._taken_back():
            await self.connection.execute(f"SET LOCAL ROLE {self.role}")
            try:
                await self.connection.execute(f"EXPLAIN EXECUTE {name}" + (f"({values})" if values else ""))
            except asyncpg.InsufficientPrivilegeError as error:
                return str(error)
        return None

    @asynccontextmanager
    async def _taken_back(self) -> AsyncIterator[None]:
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            yield
        finally:
            await transaction.rollback()


@pytest_asyncio.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    # plans that hold for any value: with NULL for each, half of a statement would be planned away
    connection = await asyncpg.connect(database.url, server_settings={"plan_cache_mode": "force_generic_plan"})
    yield connection
    await connection.close()


async def permissions_of(connection: asyncpg.Connection, service: Service) -> Permissions:
    permissions = Permissions(connection, f"truesend_{service}")
    files = [query for folder in FOLDERS[service] for query in load_queries(folder).values()]
    await permissions.prepare([*files, *(Query("besides", text, ()) for text in BESIDES[service])])
    return permissions


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_run_every_statement_of_its_own(connection: asyncpg.Connection, service: Service) -> None:
    permissions = await permissions_of(connection, service)

    refused = [problem async for problem in permissions.refused()]

    assert refused == [], f"Grant it to truesend_{service} in db/roles.sql, as narrowly as can be."


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_has_no_right_that_none_of_its_statements_needs(
    connection: asyncpg.Connection, service: Service
) -> None:
    permissions = await permissions_of(connection, service)
    rights = await connection.fetch(RIGHTS, f"truesend_{service}")
    assert [problem async for problem in permissions.refused()] == []

    idle = [tuple(right.values()) for right in rights if not await permissions.is_needed(right)]

    assert len(rights) > 20
    assert idle == [], "Take it out of db/roles.sql."


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_do_what_is_not_its_to_do(database: Database, service: Service) -> None:
    connection = await asyncpg.connect(url_of(database.url, service))
    for statement in (*FORBIDDEN[service], *FORBIDDEN_TO_ALL):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_the_roles_file_may_run_again_and_changes_nothing(
    database: Database, connection: asyncpg.Connection
) -> None:
    policies = "SELECT oid, polname, polrelid FROM pg_policy ORDER BY 1"
    rights = [await connection.fetch(RIGHTS, f"truesend_{service}") for service in SERVICES]
    before = await connection.fetch(policies)

    assert await give_roles(database.url) == []

    assert [await connection.fetch(RIGHTS, f"truesend_{service}") for service in SERVICES] == rights
    assert await connection.fetch(policies) == before
