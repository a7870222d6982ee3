"""Who else writes the two tables, and who else sends through the same gateway."""

from collections.abc import Sequence

import asyncpg

from truesend.cli.doctor.finding import Finding, note, warning, well


def client_findings(clients: Sequence[asyncpg.Record]) -> list[Finding]:
    """Who is connected now."""
    if not clients:
        return [note("connected", "nobody else at this moment")]
    return [
        note("connected", ", ".join(f"{row['program']} as {row['role']} ({row['connections']})" for row in clients))
    ]


def trigger_findings(triggers: Sequence[asyncpg.Record]) -> list[Finding]:
    """Triggers run for our writes, too, and as the role that writes."""
    return [
        note(
            "triggers",
            f"{row['name']} on {row['table_name']} calls {row['function_name']}()"
            + ("" if row["is_enabled"] else ", switched off"),
            "It runs for each write of ours, as the service's role: it must not write status or send.",
        )
        for row in triggers
    ] or [well("triggers", "none")]


def function_findings(functions: Sequence[asyncpg.Record]) -> list[Finding]:
    """Functions that name the tables."""
    return [
        note(
            "functions",
            f"{row['name']} names {' and '.join(row['tables'])}",
            "Read it: what it writes beside Truesend is corrected or guarded against, never waited for.",
        )
        for row in functions
    ]


def publication_findings(publications: Sequence[asyncpg.Record]) -> list[Finding]:
    """Publications broadcast what we write."""
    return [
        note(
            "publications",
            f"{row['table_name']} is in {row['name']}",
            "Each step of a row is broadcast to who subscribed to it.",
        )
        for row in publications
    ]


def cascade_findings(cascades: Sequence[asyncpg.Record]) -> list[Finding]:
    """What goes with what is deleted."""
    return [
        note("deletes", f"deleting a row of {row['parent']} deletes its rows of {', '.join(row['tables'])}")
        for row in cascades
    ]


def cron_findings(cron: asyncpg.Record | None, jobs: Sequence[asyncpg.Record] | None) -> list[Finding]:
    """Jobs of pg_cron that look like the CRM's own queue."""
    if cron is None or not cron["is_here"]:
        return [
            note(
                "cron",
                "no pg_cron in this database",
                "If something else calls the CRM's queue (a scheduler outside), stop that.",
            )
        ]
    if jobs is None:
        return [
            warning(
                "cron",
                "its jobs can't be read by this role",
                "Look as the role that made them: SELECT jobid, jobname, schedule FROM cron.job;",
            )
        ]
    if not jobs:
        return [well("cron", "no job of this role looks like a queue of messages")]
    return [_job(row) for row in jobs]


def queue_findings(queues: Sequence[asyncpg.Record]) -> list[Finding]:
    """Other queues that send through the same sessions."""
    if not queues:
        return []
    says = f"{', '.join(row['name'] for row in queues)} look like queues of their own"
    advice = (
        "If they send through the same gateway: GATEWAY_EXCLUSIVE=false, and WEBHOOK_FORWARD_URL to where its"
        " webhooks go now, or they send again."
    )
    return [warning("other queues", says, advice)]


def _job(row: asyncpg.Record) -> Finding:
    name = row["name"] or f"job {row['jobid']}"
    calls = f" calls {row['function_name']}" if row["function_name"] else ""
    says = f"{name} ({row['schedule']}){calls}"
    if not row["active"]:
        return note("cron", f"{says}, switched off")
    if row["names_the_table"] or ("campaign" not in says and "webinar" not in says):
        argument = "'" + row["name"].replace("'", "''") + "'" if row["name"] else str(row["jobid"])
        return warning(
            "cron",
            says,
            "If it sends these messages, unschedule it before a sender starts: it claims nothing, so both would send.",
            sql=f"SELECT cron.unschedule({argument});",
        )
    return note("cron", says, "It seems to work on another table: leave it.")
