"""`truesend adopt compare`: what the CRM's own job says it did, against what Truesend saw meanwhile. It only reads.

Made for the time in which Truesend only verifies (``DISPATCH_ORGANIZATIONS=none``): the CRM's job goes on sending, and what
it marks is held against what each session's gateway said at that moment. What Truesend itself has attempted is left out.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from rich.console import Console
from rich.text import Text

from truesend.cli.errors import CommandError, database_in_one_line
from truesend.cli.terminal import plain
from truesend.store.adoption import moment_ago
from truesend.store.queries import load_queries

LONGEST_MS: Final = 60_000
EXAMPLES: Final = 3
# What is asked, in this order, and how it is told.
SAYS: Final[Mapping[str, str]] = {
    "sent_while_down": "marked as sent while their session was down at its gateway",
    "sent_without_session": "marked as sent, with no session to go through",
    "failed_while_up": "given up while their session was connected all the time",
    "never_taken": "due for more than 15 minutes, and taken by nobody",
    "false_statuses": "times a session said connected and its gateway did not",
    "falsely_down": "times a session said it was down and its gateway said connected",
}
_ABOUT_SESSIONS: Final = ("false_statuses", "falsely_down")


@dataclass(frozen=True, slots=True)
class Example:
    """One of what was counted. ``since``: from when on the session was as it was."""

    message_id: UUID | None
    session_id: UUID | None
    session_name: str | None
    at: datetime
    since: datetime | None


@dataclass(slots=True)
class Comparison:
    """What was found about one organisation."""

    organization_id: UUID
    sessions: int = 0
    verified_lately: int = 0
    in_doubt: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)

    def add(self, kind: str, row: asyncpg.Record) -> None:
        """Count one, and keep the first few."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        kept = self.examples.setdefault(kind, [])
        if len(kept) < EXAMPLES:
            kept.append(Example(*(row[name] for name in Example.__slots__)))


@dataclass(frozen=True, slots=True)
class Compared:
    """The whole of it: since when, and by organisation. ``adopted_at``: since when Truesend can know."""

    since: datetime
    adopted_at: datetime | None
    organizations: Sequence[Comparison]


def compare(database_url: str, *, within_s: float, organizations: Collection[UUID] | None) -> Compared:
    """Compare the last so many seconds. Raises CommandError when the database can't be asked."""
    with database_in_one_line("adopt"):
        try:
            return asyncio.run(_compare(database_url, within_s, organizations))
        except asyncpg.QueryCanceledError:
            raise CommandError("adopt: it takes too long: ask for fewer hours, with --within") from None


async def compare_on(
    connection: asyncpg.Connection, *, within_s: float, organizations: Collection[UUID] | None = None
) -> Compared:
    """The same, on a connection."""
    queries = load_queries("adoption_compare")
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {LONGEST_MS}; SET LOCAL jit = off")
        since = await moment_ago(connection, within_s)
        found: dict[UUID, Comparison] = {}
        adopted_at = None
        for row in await queries["watched"].fetch(connection):
            adopted_at = row["adopted_at"]
            found[row["organization_id"]] = Comparison(
                row["organization_id"], row["sessions"], row["verified_lately"], row["in_doubt"]
            )
        for kind in SAYS:
            for row in await queries[kind].fetch(connection, since=since):
                found.setdefault(row["organization_id"], Comparison(row["organization_id"])).add(kind, row)
    meant = [each for each in found.values() if organizations is None or each.organization_id in organizations]
    return Compared(since, adopted_at, sorted(meant, key=lambda each: each.organization_id))


def as_json_value(compared: Compared) -> dict[str, Any]:
    """For scripts."""
    return {
        "since": compared.since,
        "adopted_at": compared.adopted_at,
        "organizations": [
            {
                "organization_id": each.organization_id,
                "sessions": each.sessions,
                "verified_lately": each.verified_lately,
                "in_doubt": each.in_doubt,
                **{
                    kind: {
                        "count": each.counts.get(kind, 0),
                        "examples": [
                            {name: getattr(example, name) for name in Example.__slots__}
                            for example in each.examples.get(kind, [])
                        ],
                    }
                    for kind in SAYS
                },
            }
            for each in compared.organizations
        ],
    }


def show(console: Console, compared: Compared) -> None:
    """For people."""
    console.print(Text(f"Since {_time(compared.since)}{_unknown_before(compared)}"))
    for each in compared.organizations:
        console.print(Text(f"\norganisation {each.organization_id}", style="bold"))
        console.print(Text(f"  {_watched(each)}"))
        for kind, says in SAYS.items():
            if count := each.counts.get(kind, 0):
                noun = "" if kind in _ABOUT_SESSIONS else "messages "
                console.print(Text(f"  {count} {noun}{says}"))
                for example in each.examples[kind]:
                    console.print(Text(f"    {_told(example)}", style="dim"))
        if not each.counts:
            console.print(Text("  The CRM and the gateways say the same."))


def _unknown_before(compared: Compared) -> str:
    if compared.adopted_at is None or compared.adopted_at <= compared.since:
        return ""
    return f"; Truesend has known of sessions since {_time(compared.adopted_at)}"


def _watched(each: Comparison) -> str:
    says = f"{each.verified_lately} of {each.sessions} sessions were verified in the last ten minutes"
    doubts = f", {each.in_doubt} can't be verified now" if each.in_doubt else ""
    return says + doubts + ("" if each.verified_lately or not each.sessions else ": is truesend verifier running?")


def _told(example: Example) -> str:
    name = plain(example.session_name) or "without a name"
    session = f"session {name} ({example.session_id})" if example.session_id else ""
    since = f"so since {_time(example.since)}" if example.since else ""
    message = f"message {example.message_id}" if example.message_id else ""
    return ", ".join(part for part in (_time(example.at), message, session, since) if part)


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


async def _compare(database_url: str, within_s: float, organizations: Collection[UUID] | None) -> Compared:
    connection = await asyncpg.connect(
        database_url, timeout=10, statement_cache_size=0, server_settings={"application_name": "truesend-adopt"}
    )
    try:
        return await compare_on(connection, within_s=within_s, organizations=organizations)
    finally:
        await connection.close(timeout=5)
