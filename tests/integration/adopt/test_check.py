"""`truesend adopt check` says what would happen, before anything is changed, and changes nothing itself."""

import json
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from tests.harness.commands import truesend
from tests.integration.adopt.crm_jobs import make_cron
from tests.migration.crm import FIRST_ORGANIZATION, SECOND_ORGANIZATION, OwnedDatabase
from tests.migration.rows import fingerprints
from truesend.cli.adopt.check.examination import examine_database
from truesend.cli.doctor.finding import Finding, State
from truesend.store.migration_plan import planned_migrations
from truesend.store.migrations import migrate_async

WITHOUT_WORKSHOP = (
    "INSERT INTO scheduled_whatsapp_messages (organization_id, group_id, message_type, message_content, scheduled_for)"
    " SELECT $1, id, 'reminder', 'x', now() + interval '5 minutes' FROM whatsapp_groups LIMIT 1"
)


def of(findings: Sequence[Finding], check: str) -> list[Finding]:
    return [finding for finding in findings if finding.check == check]


def said(findings: Sequence[Finding], check: str) -> str:
    return "\n".join(f"{finding.says} {finding.advice}" for finding in of(findings, check))


async def test_before_the_first_migration_it_says_what_would_become_of_a_crms_rows_and_touches_nothing(
    crm: OwnedDatabase,
) -> None:
    connection = await crm.connect()
    await connection.execute(WITHOUT_WORKSHOP, FIRST_ORGANIZATION)
    rows, catalogue = await fingerprints(connection), await _catalogue(connection)

    findings = await examine_database(crm.url)

    assert [finding for finding in findings if finding.state is State.ILL] == []
    assert f"organisation {FIRST_ORGANIZATION}: 10 connected, 10 qr_pending" in said(findings, "sessions")
    assert "8 sessions have none" in said(findings, "gateway ids")
    assert f"organisation {FIRST_ORGANIZATION}: 50 messages" in said(findings, "overdue")
    assert f"organisation {SECOND_ORGANIZATION}: 50 messages" in said(findings, "overdue")
    assert "neither sent nor expired" in said(findings, "overdue")
    assert "100 messages" in said(findings, "in sending")
    assert "1 messages in the next hour" in said(findings, "due")
    assert "group_id, message_type" in said(findings, "new messages")
    assert "are still to be run" in said(findings, "migrations")
    assert "scheduled_whatsapp_messages: 11 beside writers" in said(findings, "indexes")
    assert "scheduled_whatsapp_messages: 3 short exclusive" in said(findings, "locks")
    assert await fingerprints(connection) == rows
    assert await _catalogue(connection) == catalogue
    await connection.close()


async def test_it_names_everybody_else_who_writes(crm: OwnedDatabase) -> None:
    page = await asyncpg.connect(crm.url, server_settings={"application_name": "postgrest"})

    findings = await examine_database(crm.url)

    assert f"postgrest as {crm.owner} (1)" in said(findings, "connected")
    assert "whatsapp_sessions_updated_at on whatsapp_sessions" in said(findings, "triggers")
    assert "public.migrate_whatsapp_session" in said(findings, "functions")
    assert "scheduled_whatsapp_messages is in supabase_realtime" in said(findings, "publications")
    assert "deleting a row of whatsapp_groups deletes its rows of scheduled_whatsapp_messages" in said(
        findings, "deletes"
    )
    assert "authenticated may write to scheduled_whatsapp_messages and whatsapp_sessions" in said(findings, "pages")
    assert (
        "public.notification_campaign_groups, public.notification_campaigns, public.scheduled_webinar_messages"
        in said(findings, "other queues")
    )
    assert "DEAD_LETTER_TABLE=public.dead_letter_queue" in said(findings, "dead letters")
    await page.close()


async def test_the_crms_own_job_is_named_with_the_statement_that_stops_it_and_without_its_key(
    crm: OwnedDatabase,
) -> None:
    await make_cron(crm)

    findings = of(await examine_database(crm.url), "cron")

    ours = [finding for finding in findings if finding.state is State.WARNING]
    assert [finding.sql for finding in ours] == ["SELECT cron.unschedule('process-workshop-whatsapp-queue');"]
    assert "calls process-whatsapp-queue" in ours[0].says
    assert len(findings) == 3
    assert "s3cret" not in str(findings)


async def test_the_view_that_it_prints_is_the_one_that_this_crm_needs(crm: OwnedDatabase) -> None:
    connection = await crm.connect()
    await connection.execute(WITHOUT_WORKSHOP, FIRST_ORGANIZATION)
    before = await examine_database(crm.url)
    [view] = [finding.sql for finding in of(before, "routes")]

    await migrate_async(crm.url)
    await connection.execute(view)

    after = await examine_database(crm.url)
    assert of(before, "without a route") == of(after, "without a route") != []
    assert [finding.state for finding in of(after, "routes")] == [State.WELL]
    assert await connection.fetchval(
        "SELECT count(*) FROM truesend.message_routes AS r JOIN scheduled_whatsapp_messages AS m ON m.id = r.message_id"
        " JOIN workshops AS w ON w.id = m.workshop_id JOIN whatsapp_groups AS g ON g.id = m.group_id"
        " WHERE r.session_id = w.whatsapp_session_id AND r.recipient = g.group_jid"
    ) == await connection.fetchval(
        "SELECT count(*) FROM scheduled_whatsapp_messages AS m JOIN workshops AS w ON w.id = m.workshop_id"
        " WHERE w.whatsapp_session_id IS NOT NULL"
    )
    await connection.close()


async def test_after_the_migration_it_says_that_all_were_run_and_what_is_held(crm: OwnedDatabase) -> None:
    await migrate_async(crm.url)

    findings = await examine_database(crm.url)

    assert [finding.state for finding in of(findings, "migrations")] == [State.WELL]
    assert "is held: truesend adopt shows it" in said(findings, "overdue")


@pytest.mark.parametrize(
    ("obstacle", "check", "says"),
    [
        ("ALTER TABLE whatsapp_sessions ADD COLUMN last_error integer", "columns", "last_error is integer"),
        ("ALTER TABLE scheduled_whatsapp_messages DROP COLUMN media_url", "columns", "has no media_url"),
        ("CREATE SCHEMA truesend AUTHORIZATION postgres", "schema", "does not own the schema truesend"),
        ("ALTER TABLE whatsapp_sessions OWNER TO postgres", "public.whatsapp_sessions", "belongs to postgres"),
    ],
)
async def test_what_would_stop_the_migration_is_a_stop(
    crm: OwnedDatabase, obstacle: str, check: str, says: str
) -> None:
    admin = await crm.connect_as_admin()
    await admin.execute(obstacle.replace("postgres", await admin.fetchval("SELECT quote_ident(current_user)")))
    await admin.close()

    stops = [finding for finding in await examine_database(crm.url) if finding.state is State.ILL]

    assert check in {finding.check for finding in stops}
    assert any(says.partition("postgres")[0] in finding.says for finding in stops)


async def test_a_table_that_cannot_be_counted_in_time_is_estimated_and_the_rest_is_told(crm: OwnedDatabase) -> None:
    connection = await crm.connect()
    await connection.execute("ANALYZE scheduled_whatsapp_messages")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("LOCK TABLE scheduled_whatsapp_messages IN ACCESS EXCLUSIVE MODE")

    findings = await examine_database(crm.url)

    assert "not counted (somebody has it locked): about " in said(findings, "messages")
    assert "about 1,400 sent" in said(findings, "messages")
    assert of(findings, "sessions")
    await transaction.rollback()
    await connection.close()


async def test_the_command_ends_with_code_1_at_a_stop_and_says_everything_as_json(crm: OwnedDatabase) -> None:
    well = truesend("adopt", "check", "--json", DATABASE_URL=crm.url)
    connection = await crm.connect()
    await connection.execute("ALTER TABLE whatsapp_sessions ADD COLUMN version text")
    stopped = truesend("adopt", "check", DATABASE_URL=crm.url)

    assert (well.code, well.errors) == (0, "")
    assert {"check", "state", "says", "advice", "sql"} == set().union(*json.loads(well.output))
    assert {item["state"] for item in json.loads(well.output)} == {"ok", "note", "warn"}
    assert stopped.code == 1
    assert "✗ columns: whatsapp_sessions.version is text, Truesend needs bigint" in stopped.output
    assert "CREATE OR REPLACE VIEW truesend.message_routes WITH (security_invoker = true) AS\n" in stopped.output
    assert "       coalesce(m.recipient, " in stopped.output
    assert "It must not go on like this." in stopped.output
    await connection.close()


async def test_an_empty_database_is_no_obstacle(empty: OwnedDatabase) -> None:
    findings = await examine_database(empty.url)

    assert "truesend migrate makes both" in said(findings, "tables")
    assert [finding for finding in findings if finding.state is State.ILL] == []


async def test_a_database_that_cannot_be_reached_is_a_stop() -> None:
    [finding] = await examine_database("postgres://127.0.0.1:1/crm")

    assert finding.state is State.ILL


async def _catalogue(connection: asyncpg.Connection) -> list[tuple[str, UUID | int]]:
    rows = await connection.fetch(
        "SELECT relname, oid::bigint FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    return sorted(tuple(row) for row in rows)


async def test_what_it_says_that_the_migrations_do_is_what_they_do(crm: OwnedDatabase) -> None:
    connection = await crm.connect()
    columns, indexes = await _columns_and_indexes(connection)

    await migrate_async(crm.url)

    new_columns, new_indexes = await _columns_and_indexes(connection)
    planned = planned_migrations()
    assert {(each.table, each.name) for m in planned for each in m.columns} == new_columns - columns
    assert {(each.table, each.name, each.is_partial) for m in planned for each in m.indexes} == new_indexes - indexes
    await connection.close()


async def _columns_and_indexes(
    connection: asyncpg.Connection,
) -> tuple[set[tuple[str, str]], set[tuple[str, str, bool]]]:
    columns = await connection.fetch(
        "SELECT attrelid::regclass::text, attname::text FROM pg_attribute WHERE attnum > 0"
        " AND attrelid IN ('whatsapp_sessions'::regclass, 'scheduled_whatsapp_messages'::regclass)"
    )
    indexes = await connection.fetch(
        "SELECT indrelid::regclass::text, indexrelid::regclass::text, indpred IS NOT NULL FROM pg_index"
        " WHERE indrelid IN ('whatsapp_sessions'::regclass, 'scheduled_whatsapp_messages'::regclass)"
    )
    return {(row[0], row[1]) for row in columns}, {(row[0], row[1], row[2]) for row in indexes}
