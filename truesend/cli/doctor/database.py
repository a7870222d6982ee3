"""The database: reachable, young enough, migrated, on time, and nothing in it stuck."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import asyncpg

from truesend.cli.doctor.finding import Finding, State, ill, warning, well
from truesend.settings import DatabaseSettings
from truesend.store.crm_dead_letters import problem_with
from truesend.store.migrations import known_versions
from truesend.store.pool import connect
from truesend.store.queries import load_queries

OLDEST_POSTGRES = 150_000
SKEW_S = 2.0
RELAY_LAG_S = 30.0


async def check_database(database: DatabaseSettings, gateways: Sequence[str]) -> list[Finding]:
    """Every finding about it. Raises nothing of the database's."""
    try:
        connection = await connect(database, application="doctor", timeout_s=3)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        why = f"can't be reached ({type(error).__name__})"
        return [ill("database", why, "Is Postgres running, and DATABASE_URL right?")]
    try:
        return [
            *await _look(connection, gateways),
            *await check_dead_letter_table(connection, database.dead_letter_table),
        ]
    except asyncpg.InsufficientPrivilegeError:
        advice = "Run it with the DATABASE_URL of the role that owns the schema truesend."
        return [ill("database", "may not be looked at by this role", advice)]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        why = f"the look at it broke off ({type(error).__name__})"
        return [ill("database", why, "Run it again; Postgres' own log says more.")]
    finally:
        await connection.close(timeout=2)


async def _look(connection: asyncpg.Connection, gateways: Sequence[str]) -> list[Finding]:
    queries = load_queries("doctor")
    asked_at = datetime.now(UTC)
    row = await queries["database"].fetchrow(connection)
    answered_at = datetime.now(UTC)
    assert row is not None  # noqa: S101 - a statement without FROM has one row
    findings = [_version(row["version"]), _clock(row["now"], asked_at, answered_at)]
    if not row["is_migrated"]:
        return [*findings, ill("migrations", "none was run", "Run truesend migrate.")]
    applied = {each["version"] for each in await load_queries("schema")["applied"].fetch(connection)}
    missing = sorted(set(known_versions()) - applied)
    if missing:
        return [*findings, ill("migrations", f"{len(missing)} are missing", "Run truesend migrate.")]
    findings.append(_migrated(applied))
    work = await queries["work"].fetchrow(connection)
    assert work is not None  # noqa: S101
    foreign = await queries["foreign_gateways"].fetch(connection, gateways=list(gateways))
    webhooks = await queries["webhooks"].fetch(connection, gateways=list(gateways))
    roles = await queries["api_roles"].fetch(connection)
    return [*findings, *_work(work), *_roles(roles), *_foreign(foreign), *(_webhooks(each) for each in webhooks)]


async def check_dead_letter_table(connection: asyncpg.Connection, table: str | None) -> list[Finding]:
    """Whether the CRM's own table of dead letters takes what we would write, if there is one."""
    if table is None:
        return []
    if problem := await problem_with(connection, table):
        advice = (
            "What fails is not told there: mend it, or take DEAD_LETTER_TABLE away (docs/adopting/dead-letters.md)."
        )
        return [warning("dead letter table", f"{table}: {problem}", advice)]
    return [well("dead letter table", f"{table} takes what fails for good")]


def _migrated(applied: Collection[str]) -> Finding:
    newer = len(set(applied) - set(known_versions()))
    if newer:
        says = f"the database is newer than this Truesend by {newer}"
        return warning("migrations", says, "Old code runs on it, for an upgrade; start the newer version everywhere.")
    return well("migrations", f"all {len(applied)} were run")


def _version(number: int) -> Finding:
    if number < OLDEST_POSTGRES:
        return ill("database", f"is Postgres {number // 10_000}", "Truesend needs Postgres 15 or later.")
    return well("database", f"Postgres {number // 10_000} answers")


def _clock(theirs: datetime, asked_at: datetime, answered_at: datetime) -> Finding:
    """Off by at least this much, however long the answer took."""
    skew_s = max((asked_at - theirs).total_seconds(), (theirs - answered_at).total_seconds(), 0.0)
    if skew_s > SKEW_S:
        return warning(
            "clocks", f"the database's differs from this machine's by {skew_s:.1f} s", "Let both follow NTP."
        )
    return well("clocks", "the database's and this machine's agree")


def _work(row: asyncpg.Record) -> list[Finding]:
    findings = []
    if row["relay_lag_s"] > RELAY_LAG_S:
        advice = "Facts wait for the relay: is a verifier or a sender running, and Kafka there?"
        findings.append(ill("relay", f"the oldest fact waits for {row['relay_lag_s']:.0f} s", advice))
    else:
        findings.append(well("relay", "no fact waits for long"))
    if row["stuck_leases"]:
        advice = "A sender takes them back: is one running?"
        findings.append(ill("leases", f"{row['stuck_leases']} ran out more than a minute ago", advice))
    else:
        findings.append(well("leases", "none has run out"))
    if row["unconfirmed"]:
        advice = "Look at them: truesend messages list --status sending"
        findings.append(warning("unconfirmed", f"{row['unconfirmed']} messages are being looked up", advice))
    return findings


def _roles(rows: Sequence[asyncpg.Record]) -> list[Finding]:
    """A hint, where an API that runs now has but one wall between organisations."""
    if not rows:
        return []
    free = [row["role"] for row in rows if not row["is_bound"]]
    if not free:
        return [well("organizations", "row security holds the API to one at a time")]
    advice = "A role that sees one at a time is a second wall: db/roles.sql"
    says = f"the API runs as {', '.join(free)}, which row security does not bind"
    return [Finding("organizations", State.WELL, says, advice)]


def _foreign(rows: Sequence[asyncpg.Record]) -> list[Finding]:
    advice = "Name the gateway in the settings, or mend the column gateway of those sessions."
    return [
        ill(f"gateway {row['gateway']}", f"{row['sessions']} session(s) are of it, and no setting names it", advice)
        for row in rows
    ]


def _webhooks(row: asyncpg.Record) -> Finding:
    check = f"webhooks of {row['gateway']}"
    if row["refused"]:
        noun = "webhook" if row["refused"] == 1 else "webhooks"
        says = f"{row['refused']} {noun} refused since {row['since'].astimezone(UTC):%H:%M} UTC: {row['reasons']}"
        return ill(check, says, "Let the gateway send what WEBHOOK_SECRET is here.")
    if row["last_accepted_at"] is None:
        advice = f"Set the gateway's webhook address to <this API>/v1/webhooks/{row['gateway']}."
        return warning(check, "none has come yet", advice)
    return well(check, f"the last one came at {row['last_accepted_at'].astimezone(UTC):%Y-%m-%d %H:%M} UTC")
