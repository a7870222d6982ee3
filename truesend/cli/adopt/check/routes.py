"""How messages find their session and their recipient: the view as it is, or the one that this CRM's tables ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from truesend.cli.adopt.check.asking import Asking
from truesend.cli.doctor.finding import Finding, note, warning, well

MESSAGES = "scheduled_whatsapp_messages"


@dataclass(frozen=True, slots=True)
class Path:
    """One step from a message to another table of the CRM's, and the column there that is wanted."""

    message_column: str
    table: str
    key_column: str
    target_column: str

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Path":
        return cls(row["message_column"], row["table_name"], row["key_column"], row["target_column"])


def route_view(session: Path | None, recipient: Path | None) -> str:
    """The view as it should be written, ready to be run. The message's own columns win: they are an operator's choice."""
    return f"CREATE OR REPLACE VIEW truesend.message_routes WITH (security_invoker = true) AS\n{_routes(session, recipient)};"


def count_unrouted(session: Path | None, recipient: Path | None, *, has_own_columns: bool) -> str:
    """The statement that counts the pending messages that such a view would give no session, or no recipient."""
    routes = _routes(session, recipient, has_own_columns=has_own_columns)
    return (
        f"SELECT m.organization_id, count(*) AS messages\nFROM {MESSAGES} AS m\nJOIN (\n{routes}\n"
        ") AS r ON r.message_id = m.id\n"
        "WHERE m.status = 'pending' AND (r.session_id IS NULL OR r.recipient IS NULL)\nGROUP BY m.organization_id"
        "\nORDER BY m.organization_id"
    )


async def check_routes(asking: Asking, *, is_migrated: bool, has_own_columns: bool) -> list[Finding]:
    """Where each pending message would go, and where none would."""
    view = await asking.row("route_view") if is_migrated else None
    found = await asking.rows("route_paths") or ()
    if view is not None and len(view["tables"]) > 1:
        return [*_replaced(view), *_waiting(await asking.rows("unrouted"))]
    session = next((Path.of(row) for row in found if row["leads_to"] == "session"), None)
    recipient = next((Path.of(row) for row in found if row["leads_to"] == "recipient"), None)
    if session is None and recipient is None:
        return await _by_their_own_columns(asking, is_migrated=is_migrated)
    statement = count_unrouted(session, recipient, has_own_columns=has_own_columns)
    return [
        warning(
            "routes",
            f"messages seem to go by {_says(session, recipient)}",
            _advice(found),
            sql=route_view(session, recipient),
        ),
        *_waiting(await asking.rows_of("unrouted", statement)),
    ]


async def _by_their_own_columns(asking: Asking, *, is_migrated: bool) -> list[Finding]:
    if is_migrated:
        return [note("routes", "each message's own session_id and recipient"), *_waiting(await asking.rows("unrouted"))]
    advice = (
        "Fill the new columns session_id and recipient, or replace the view truesend.message_routes (docs/adopting)."
    )
    return [warning("routes", "no way from a message to its session and chat was recognised", advice)]


def _replaced(view: asyncpg.Record) -> list[Finding]:
    tables = ", ".join(view["tables"])
    if view["is_invoker"]:
        return [well("routes", f"by a view of your own, over {tables}")]
    return [
        warning(
            "routes",
            f"by a view of your own, over {tables}, that reads past row security",
            "db/roles.sql refuses it so.",
            sql="ALTER VIEW truesend.message_routes SET (security_invoker = true);",
        )
    ]


def _waiting(rows: Sequence[asyncpg.Record] | None) -> list[Finding]:
    if rows is None:
        return []
    if not rows:
        return [well("without a route", "no pending message")]
    findings = [
        note("without a route", f"organisation {row['organization_id']}: {row['messages']} pending messages")
        for row in rows
    ]
    advice = "They wait for a session or a recipient, and fail as expired when they are too old."
    return [*findings[:-1], warning("without a route", findings[-1].says, advice)]


def _routes(session: Path | None, recipient: Path | None, *, has_own_columns: bool = True) -> str:
    own_session, own_recipient = ("m.session_id", "m.recipient") if has_own_columns else ("NULL::uuid", "NULL::text")
    paths = list(
        dict.fromkeys((path.message_column, path.table, path.key_column) for path in (session, recipient) if path)
    )
    names = {path: f"r{number}" for number, path in enumerate(paths, start=1)}
    joins = [
        f"LEFT JOIN {table} AS {names[path]} ON {names[path]}.{_quoted(key)} = m.{_quoted(column)}"
        for path in paths
        for column, table, key in [path]
    ]
    return "\n".join(
        [
            "SELECT m.id AS message_id,",
            f"       {_first(own_session, session, names)} AS session_id,",
            f"       {_first(own_recipient, recipient, names)} AS recipient",
            f"FROM {MESSAGES} AS m",
            *joins,
        ]
    )


def _first(own: str, path: Path | None, names: dict[tuple[str, str, str], str]) -> str:
    if path is None:
        return own
    name = names[path.message_column, path.table, path.key_column]
    return f"coalesce({own}, {name}.{_quoted(path.target_column)})"


def _says(session: Path | None, recipient: Path | None) -> str:
    ways = [f"{path.message_column} → {path.table}.{path.target_column}" for path in (session, recipient) if path]
    return " and ".join(ways)


def _advice(found: Sequence[asyncpg.Record]) -> str:
    others = [row for row in found if row["leads_to"] == "session"][1:]
    choice = "".join(
        f" There is also {row['message_column']} → {row['bare_name']}.{row['target_column']}." for row in others[:2]
    )
    return f"After truesend migrate, replace the view as below, if it says what the CRM's own job does.{choice}"


def _quoted(name: str) -> str:
    return name if name.isidentifier() and name.islower() else '"' + name.replace('"', '""') + '"'
