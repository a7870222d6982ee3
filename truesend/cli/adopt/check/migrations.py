"""What the migrations would do here: which are still to come, what they lock, what they build, and what is in their way."""

from collections.abc import Collection, Mapping, Sequence

import asyncpg

from truesend.cli.doctor.finding import Finding, ill, note, warning, well
from truesend.store.migration_plan import Migration

# Both passes of an index that is built beside writers read the whole table. A guess for a disk that others use, too.
READ_BYTES_PER_S = 25e6
PASSES = 2
# As the catalogue spells what migrations spell shortly.
_SPELLED = {"timestamptz": "timestamp with time zone"}
# What every statement of ours takes for granted. All else the migrations bring along.
NEEDED: Mapping[str, Mapping[str, str]] = {
    "whatsapp_sessions": {
        "id": "uuid", "organization_id": "uuid", "phone_number": "", "display_name": "", "session_data": "jsonb",
        "status": "", "qr_code": "", "qr_expires_at": "", "connected_at": "", "last_active_at": "", "created_at": "",
        "updated_at": "",
    },
    "scheduled_whatsapp_messages": {
        "id": "uuid", "organization_id": "uuid", "message_content": "", "media_url": "", "media_type": "",
        "scheduled_for": "timestamp with time zone", "status": "", "sent_at": "timestamp with time zone", "error_message": "",
        "retry_count": "", "created_at": "timestamp with time zone",
    },
}  # fmt: skip
GIVEN_BY_US = {
    "id", "organization_id", "message_content", "media_url", "media_type", "scheduled_for", "status", "retry_count",
    "created_at", "session_id", "recipient", "batch_id",
}  # fmt: skip


def column_findings(columns: Sequence[asyncpg.Record], planned: Sequence[Migration]) -> list[Finding]:
    """Columns that are missing, that have a name of ours and another type, and that a caller of the API has to give."""
    there: dict[str, dict[str, str]] = {}
    for column in columns:
        there.setdefault(column["table_name"], {})[column["name"]] = column["type"]
    findings = [
        *_missing(there),
        *(
            ill(
                "columns",
                f"{new.table}.{new.name} is {found}, Truesend needs {new.type}",
                "Rename it: the migration stops here, and changes nothing.",
            )
            for migration in planned
            for new in migration.columns
            if (found := there.get(new.table, {}).get(new.name)) and found != _SPELLED.get(new.type, new.type)
        ),
    ]
    demanded = [
        column["name"]
        for column in columns
        if column["table_name"] == "scheduled_whatsapp_messages"
        and column["demanded"]
        and column["name"] not in GIVEN_BY_US
    ]
    if demanded:
        findings.append(
            note(
                "new messages",
                f"the table wants {', '.join(demanded)}",
                "POST /v1/messages has to be given these, and says so with 422.",
            )
        )
    return findings or [well("columns", "no name of ours has another type")]


def migration_findings(
    planned: Sequence[Migration], applied: Collection[str], sizes: Mapping[str, int]
) -> list[Finding]:
    """What is still to come, and how it meets a table that is in use."""
    pending = [migration for migration in planned if migration.version not in applied]
    if not pending:
        return [well("migrations", f"all {len(planned)} were run")]
    findings = [
        note(
            "migrations",
            f"{len(pending)} of {len(planned)} are still to be run",
            "truesend migrate. It adds; no row is rewritten, and nothing of yours is dropped or changed.",
        )
    ]
    altered = {table: [m for m in pending if table in m.alters] for table in sizes}
    findings += [
        note(
            "locks",
            f"{table}: {len(migrations)} short exclusive lock(s), for {_names(migrations)}",
            "Each is waited for 1.5 s at most, then writers go first and it is tried again, for up to 15 minutes.",
        )
        for table, migrations in altered.items()
        if migrations
    ]
    for table, size in sizes.items():
        indexes = [index for migration in pending for index in migration.indexes if index.table == table]
        if indexes:
            whole = sum(not index.is_partial for index in indexes)
            seconds = len(indexes) * PASSES * size / READ_BYTES_PER_S
            says = f"{table}: {len(indexes)} beside writers ({whole} of all rows), {_duration(seconds)}, guessed"
            findings.append(note("indexes", says, "Each waits until transactions older than itself have ended."))
    return findings


def old_transaction_findings(row: asyncpg.Record | None) -> list[Finding]:
    """What an index would wait for."""
    if row is None or not row["transactions"]:
        return []
    says = f"{row['transactions']} open for more than a minute, the oldest for {_duration(row['oldest_s'])}"
    return [warning("transactions", says, "Locks and indexes wait for them: migrate when they have ended.")]


def _missing(there: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    findings = []
    for table, columns in there.items():
        needed = NEEDED[table]
        if absent := [name for name in needed if name not in columns]:
            findings.append(
                ill(
                    "columns",
                    f"{table} has no {', '.join(absent)}",
                    "Add what is missing: Truesend reads and writes these, and makes them only where it makes the table.",
                )
            )
        findings += [
            ill(
                "columns",
                f"{table}.{name} is {columns[name]}, Truesend needs {type_}",
                "Change its type, or give Truesend a table of its own.",
            )
            for name, type_ in needed.items()
            if type_ and name in columns and columns[name] != type_
        ]
    return findings


def _names(migrations: Sequence[Migration]) -> str:
    return f"{sum(len(migration.columns) for migration in migrations)} new columns"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"
