"""The whole check, part by part. Nothing here writes, and nothing waits long."""

import asyncpg

from truesend.cli.adopt.check.access import dead_letter_findings, grant_findings, row_security_findings
from truesend.cli.adopt.check.asking import Asking
from truesend.cli.adopt.check.migrations import column_findings, migration_findings, old_transaction_findings
from truesend.cli.adopt.check.pooler import check_pooler
from truesend.cli.adopt.check.routes import check_routes
from truesend.cli.adopt.check.rows import estimated_findings, message_findings, session_findings
from truesend.cli.adopt.check.server import server_findings, table_findings
from truesend.cli.adopt.check.writers import (
    cascade_findings,
    client_findings,
    cron_findings,
    function_findings,
    publication_findings,
    queue_findings,
    trigger_findings,
)
from truesend.cli.doctor.database import check_dead_letter_table
from truesend.cli.doctor.finding import Finding, State, ill, warning
from truesend.store.migration_plan import planned_migrations

COUNTED = {"sessions": "whatsapp_sessions", "messages": "scheduled_whatsapp_messages"}


async def examine_database(database_url: str, *, dead_letter_table: str | None = None) -> list[Finding]:
    """Every finding about the CRM's database. Raises nothing of the database's."""
    try:
        connection = await asyncpg.connect(
            database_url, timeout=5, statement_cache_size=0, server_settings={"application_name": "truesend-adopt"}
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return [
            ill(
                "database", f"can't be reached ({type(error).__name__})", "Is Postgres running, and DATABASE_URL right?"
            )
        ]
    try:
        asking = Asking(connection)
        findings = [
            *await _examine(asking, dead_letter_table),
            *await check_dead_letter_table(connection, dead_letter_table),
        ]
        return [*await check_pooler(connection, database_url), *findings, *_unanswered(asking)]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [
            ill(
                "database",
                f"the check broke off ({type(error).__name__})",
                "Run it again; if it does so again, tell us.",
            )
        ]
    finally:
        await connection.close(timeout=2)


async def _examine(asking: Asking, dead_letter_table: str | None) -> list[Finding]:
    server = await asking.row("server")
    tables = await asking.rows("tables")
    if server is None or tables is None:
        return [ill("database", "its catalogue can't be read", "Look at its load, and at what this role may do.")]
    sizes = {table["name"]: table["estimated_bytes"] for table in tables}
    sizes |= {row["name"]: row["bytes"] for row in await asking.rows("sizes") or ()}
    findings = [*server_findings(server), *table_findings(tables, sizes)]
    if any(finding.state is State.ILL and finding.check == "postgres" for finding in findings):
        return findings
    planned = planned_migrations()
    applied = (
        {row[0] for row in await asking.rows_of("applied migrations", APPLIED) or ()}
        if server["is_migrated"]
        else set()
    )
    columns = await asking.rows("columns") or ()
    findings += [
        *column_findings(columns, planned),
        *migration_findings(planned, applied, sizes),
        *old_transaction_findings(await asking.row("old_transactions")),
    ]
    if len(tables) < len(COUNTED):
        return findings
    has_own_columns = {"session_id", "recipient"} <= {
        column["name"] for column in columns if column["table_name"] == COUNTED["messages"]
    }
    return [
        *findings,
        *await _rows(asking, is_migrated=server["is_migrated"]),
        *await check_routes(asking, is_migrated=server["is_migrated"], has_own_columns=has_own_columns),
        *await _writers(asking),
        *row_security_findings(tables),
        *grant_findings(await asking.rows("grants") or ()),
        *dead_letter_findings(await asking.rows("dead_letter_tables") or (), dead_letter_table),
    ]


APPLIED = "SELECT version::text FROM truesend.schema_migrations"


async def _rows(asking: Asking, *, is_migrated: bool) -> list[Finding]:
    findings: list[Finding] = []
    sessions = await asking.rows("sessions")
    if sessions is not None:
        findings += session_findings(sessions, await asking.row("shared_gateway_ids"))
    messages = await asking.rows("messages")
    if messages is None:
        why = asking.unanswered.pop("messages")
        return [*findings, *estimated_findings(await asking.rows("estimated_statuses") or (), why)]
    adoption = await asking.row("adoption") if is_migrated else None
    return [
        *findings,
        *message_findings(
            messages, is_adopted=adoption is not None, held_before=adoption["overdue_before"] if adoption else None
        ),
    ]


async def _writers(asking: Asking) -> list[Finding]:
    cron = await asking.row("has_cron")
    jobs = await asking.rows("cron_jobs") if cron is not None and cron["may_read"] else None
    return [
        *cron_findings(cron, jobs),
        *queue_findings(await asking.rows("queues") or ()),
        *client_findings(await asking.rows("clients") or ()),
        *trigger_findings(await asking.rows("triggers") or ()),
        *function_findings(await asking.rows("functions") or ()),
        *publication_findings(await asking.rows("publications") or ()),
        *cascade_findings(await asking.rows("cascades") or ()),
    ]


def _unanswered(asking: Asking) -> list[Finding]:
    return [
        warning(
            name.replace("_", " "), f"could not be looked at: {why}", "Look as a role that may, or at a quiet hour."
        )
        for name, why in asking.unanswered.items()
    ]
