"""What would become of the rows that are there: sessions, what is overdue, what another program left in sending."""

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from truesend.cli.doctor.finding import Finding, note, warning, well


def session_findings(sessions: Sequence[asyncpg.Record], shared_names: asyncpg.Record | None) -> list[Finding]:
    """Sessions by organisation: all of them are verified, whatever they say now."""
    if not sessions:
        return [note("sessions", "none")]
    by_organization: dict[object, list[asyncpg.Record]] = {}
    for row in sessions:
        by_organization.setdefault(row["organization_id"], []).append(row)
    findings = [
        note(
            "sessions",
            f"organisation {organization}: {_by_status(rows)}",
        )
        for organization, rows in by_organization.items()
    ]
    findings[-1] = note(
        "sessions", findings[-1].says, "Each is verified at its gateway, and gets the status that it says."
    )
    unnamed = sum(row["without_gateway_id"] for row in sessions)
    if unnamed:
        findings.append(
            note(
                "gateway ids",
                f"{unnamed} sessions have none (session_data.vps_session_id)",
                "The gateway is asked for wa_ and the session's id.",
            )
        )
    if shared_names and shared_names["names"]:
        findings.append(
            warning(
                "gateway ids",
                f"{shared_names['sessions']} sessions share {shared_names['names']} name(s)",
                "What a webhook tells of such a name is told of none of them: leave the name to the newest.",
            )
        )
    return findings


def message_findings(
    messages: Sequence[asyncpg.Record], *, is_adopted: bool, held_before: datetime | None
) -> list[Finding]:
    """Messages by what would become of them."""
    pending = [row for row in messages if row["status"] == "pending"]
    sending = sum(row["messages"] for row in messages if row["status"] == "sending")
    findings = _overdue(pending, is_adopted=is_adopted, held_before=held_before)
    if sending:
        findings.append(
            note(
                "in sending",
                f"{sending} messages",
                "None is sent again: older than MESSAGE_MAX_AGE_S, they are looked up, and wait for a person.",
            )
        )
    hour, day = (sum(row[name] for row in pending) for name in ("within_an_hour", "within_a_day"))
    findings.append(
        note(
            "due",
            f"{hour} messages in the next hour, {day} in the next day",
            "The sender takes these, for the organisations in DISPATCH_ORGANIZATIONS.",
        )
    )
    return findings


def estimated_findings(statuses: Sequence[asyncpg.Record], why: str) -> list[Finding]:
    """What the planner's statistics say of a table that could not be counted."""
    says = ", ".join(f"about {row['messages']:,} {row['status']}" for row in statuses) or "no statistics either"
    return [
        warning(
            "messages", f"not counted ({why}): {says}", "Count them by yourself at a quiet hour; nothing depends on it."
        )
    ]


def _overdue(pending: Sequence[asyncpg.Record], *, is_adopted: bool, held_before: datetime | None) -> list[Finding]:
    overdue = [row for row in pending if row["due"]]
    if not overdue:
        return [well("overdue", "none: nothing would be held")]
    findings = [
        note(
            "overdue",
            f"organisation {row['organization_id']}: {row['due']} messages, since {_minute(row['oldest'])}",
        )
        for row in overdue
    ]
    if not is_adopted:
        advice = "They would be held, neither sent nor expired, until you say: truesend adopt release, truesend adopt expire."
        return [*findings[:-1], warning("overdue", findings[-1].says, advice)]
    if held_before is None:
        return findings
    advice = f"What was due before {_minute(held_before)} is held: truesend adopt shows it."
    return [*findings[:-1], note("overdue", findings[-1].says, advice)]


def _by_status(rows: Sequence[asyncpg.Record]) -> str:
    return ", ".join(f"{row['sessions']} {row['status']}" for row in rows)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
