"""Whatever condition a statement of the API's forgets, its role sees and changes the rows of one organisation only."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from services.api.message_states import State
from tests.harness.databases import Database
from tests.integration.api.organizations.scenery import CANARY, OURS, STATES, Organization, inhabited, rows_of
from truesend.store.queries import Query, load_queries

# Statements about nothing that an organisation has, or that look across organisations on purpose and say the minimum.
OF_NO_ORGANIZATION = {
    "facts_after",
    "hint",
    "is_member",
    "last_position",
    "message_columns",
    "note_webhooks",
    "oldest_position",
    "overview_moment",
    "prune_refusals",
    "session_dependent",
    "session_of_gateway",
    "webhook_gateway",
    "webhook_refusals",
    "webhook_refusals_recent",
}
MAKES_ITS_ID = {"api/add_session", "api/add_batch"}
QUERIES = {name: query for name, query in load_queries("api").items() if name not in OF_NO_ORGANIZATION}
NOW = datetime.now(UTC)

_CONDITION = re.compile(r"(?:\w+\.)?organization_id = \$\d+")
_GIVEN_BY_SEQUENCE = re.compile(r"'seq': \d+")
_IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Named:
    """What a statement's parameters name."""

    session: UUID
    message: UUID
    batch: UUID
    key: str


@dataclass
class Street:
    """Two organisations in one database, looked at over one connection."""

    connection: asyncpg.Connection
    ours: Organization
    other: Organization

    @asynccontextmanager
    async def as_ours(self, *, role: str | None = "truesend_api") -> AsyncIterator[None]:
        """A transaction of our organisation, under the API's role; all of it is taken back."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            if role:
                await self.connection.execute(f"SET LOCAL ROLE {role}")
            await self.connection.execute(f"SET LOCAL truesend.organization_id = '{self.ours.id}'")
            yield
        finally:
            await transaction.rollback()

    async def run(self, query: Query, named: Named, organization_id: UUID) -> str:
        """What the statement answers, as text; "refused" where row security refuses to write."""
        # the ids of new rows are ours to choose, never a caller's
        fresh = Named(uuid4(), uuid4(), uuid4(), named.key) if query.name in MAKES_ITS_ID else named
        values = arguments(fresh, organization_id)
        try:
            async with self.connection.transaction():
                rows = await query.fetch(self.connection, **{name: values[name] for name in query.parameters})
        except asyncpg.NotNullViolationError:
            return "refused"  # the fact of a session that is not seen has no body
        except asyncpg.InsufficientPrivilegeError as error:
            if "row-level security" in str(error):
                return "refused"
            raise
        return str([dict(row) for row in rows])


@pytest_asyncio.fixture
async def street(database: Database) -> AsyncIterator[Street]:
    connection = await database.connect()
    ours = await inhabited(connection, uuid4(), OURS)
    other = await inhabited(connection, uuid4(), CANARY)
    await connection.execute("UPDATE truesend.event_log SET position = seq, section = 0")
    yield Street(connection, ours, other)
    await connection.close()


async def test_no_statement_reaches_another_organization_without_its_condition(street: Street) -> None:
    """Each is run with its conditions on the organisation struck out."""
    wrong = []
    for name, query in QUERIES.items():
        stripped = replace(query, text=_CONDITION.sub(lambda found: f"({found[0]} OR true)", query.text))
        whole = Told(query, street.ours.id)
        wrong += [f"{name} {problem}" for problem in await _problems(street, Told(stripped, street.ours.id), whole)]

    assert wrong == []


async def test_no_statement_reaches_another_organization_that_it_is_given_by_mistake(street: Street) -> None:
    wrong = []
    for name, query in QUERIES.items():
        mistaken, nobodys = Told(query, street.other.id), Told(query, uuid4())
        wrong += [f"{name} {problem}" for problem in await _problems(street, mistaken, nobodys)]

    assert wrong == []


async def test_without_the_wall_the_same_statements_do_reach_it(street: Street) -> None:
    """Else the two tests above would prove nothing: for the owner, every one finds or changes what is the other's."""
    harmless = set()
    for name, query in QUERIES.items():
        mistaken, nobodys = Told(query, street.other.id), Told(query, uuid4())
        if not await _problems(street, mistaken, nobodys, role=None):
            harmless.add(name)

    assert harmless == set()


@dataclass(frozen=True)
class Told:
    """A statement, and the organisation that it is given."""

    query: Query
    organization_id: UUID


async def _problems(street: Street, tried: Told, harmless: Told, *, role: str | None = "truesend_api") -> list[str]:
    """What is wrong with a statement that names the other's rows, beside one that names nobody's."""
    writes = re.search(r"\b(INSERT|UPDATE|DELETE)\b", tried.query.text) is not None
    before = await rows_of(street.other) if writes else {}
    for named in _some_of(street.other):
        async with street.as_ours(role=role):
            told = await street.run(tried.query, named, tried.organization_id)
            await street.connection.execute("RESET ROLE")
            after = await rows_of(street.other) if writes else {}
        async with street.as_ours(role=role):
            nobodys = await street.run(harmless.query, _nobodys(named), harmless.organization_id)
        given = {named.session, named.message, named.batch}
        known = {*street.other.sessions, *street.other.messages} - given
        if CANARY in told or any(str(identifier) in told for identifier in known):
            return [f"told {told[:300]}"]
        if after != before:
            return ["changed a row of the other's"]
        if _plain(told) != _plain(nobodys):
            return [f"told {told[:300]} of what exists, and {nobodys[:300]} of what does not"]
    return []


def _some_of(other: Organization) -> list[Named]:
    paired, never_paired = other.sessions
    states = [(paired, "pending"), (paired, "sent"), (paired, "unconfirmed"), (never_paired, "failed")]
    return [
        Named(session, other.messages[list(STATES).index(state)], other.batches[0], other.used_keys[0])
        for session, state in states
    ]


def _nobodys(_named: Named) -> Named:
    return Named(uuid4(), uuid4(), uuid4(), "a key of nobody's")


def _plain(text: str) -> str:
    return _GIVEN_BY_SEQUENCE.sub("", _IDENTIFIER.sub("<uuid>", text))


def arguments(named: Named, organization_id: UUID) -> Mapping[str, Any]:
    """A value for every parameter that a statement of the API's has."""
    return {
        "organization_id": organization_id,
        "session_id": named.session,
        "session_ids": [named.session],
        "message_id": named.message,
        "message_ids": [named.message],
        "batch_id": named.batch,
        "aggregatetype": "session",
        "aggregateid": named.session,
        "key": named.key,
        "gateway_message_id": f"{CANARY}-{named.message}",
        "recipient": None,
        "ids": None,
        "status": None,
        "pattern": None,
        **dict.fromkeys(("created_from", "created_to", "scheduled_from", "scheduled_to")),
        **dict.fromkeys(("before_id", "before_created_at")),
        "after_created_at": NOW - timedelta(days=3650),
        "after_id": UUID(int=0),
        "after_position": 0,
        "up_to_position": 10**9,
        "before_seq": 10**9,
        "organizations": None,
        "states": [state.value for state in State],
        "needs_recipient": False,
        **dict.fromkeys(("row_limit", "count_limit", "facts_limit", "sample"), 100),
        "since": NOW - timedelta(hours=24),
        "types": ["session.connected", "session.disconnected"],
        "actor": "somebody",
        "reason": None,
        "traceparent": None,
        "type": "session.reconnect_requested",
        "pause_s": 5.0,
        "at": NOW,
        "freshness_s": 5.0,
        "display_name": "a session",
        "gateway": "default",
        "total": 1,
        "refused": 0,
        "answer": "{}",
        "request_hash": "a hash",
        "time_zone": "UTC",
        **dict.fromkeys(("min_interval_ms", "jitter_ms", "hourly_cap", "daily_cap", "quiet_from", "quiet_to")),
        "longest_pause_s": 1.0,
    }
