"""With a million rows, the hot queries still walk their indexes."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
import pytest_asyncio

from tests.harness.databases import create_database, drop_database
from tests.harness.postgres import with_database
from tests.harness.shared import SharedPostgres, ask
from truesend.store.queries import load_queries

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("plans")]  # a million rows, once
ROWS = 1_000_000
BIG = {"scheduled_whatsapp_messages", "event_log_0", "dispatch_queue", "message_attempts", "evidence"}
ORGANIZATION = UUID(int=1)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)

# dropped while the tables fill, and made again from their own definitions: a third of the time
INDEXES = (
    "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index AS i"
    " WHERE i.indrelid IN ('scheduled_whatsapp_messages'::regclass, 'truesend.event_log_0'::regclass)"
    " AND NOT i.indisprimary"
)
FILL = (
    "ALTER TABLE scheduled_whatsapp_messages SET UNLOGGED",
    "ALTER TABLE truesend.event_log_0 SET UNLOGGED",
    # a hundred sessions, a million messages of which one in ten is pending, half of those due
    "INSERT INTO whatsapp_sessions (id, organization_id, status)"
    " SELECT ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, $1, 'connected' FROM generate_series(0, 99) AS n",
    "INSERT INTO scheduled_whatsapp_messages"
    " (id, organization_id, session_id, recipient, message_content, scheduled_for, created_at, status)"
    " SELECT lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n % 3 = 0 THEN $1 ELSE gen_random_uuid() END,"
    "        ('00000000-0000-0000-0001-' || lpad((n % 100)::text, 12, '0'))::uuid, '9198' || n, 'x',"
    "        now() + make_interval(secs => (n % 20000) - 10000), now() - make_interval(secs => n),"
    "        (ARRAY['pending', 'sent', 'sent', 'sent', 'sent', 'sent', 'failed', 'cancelled', 'sent', 'sent'])[1 + n % 10]"
    f" FROM generate_series(1, {ROWS}) AS n",
    "INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at)"
    " SELECT id, organization_id, session_id, recipient, scheduled_for FROM scheduled_whatsapp_messages"
    " WHERE status = 'pending' AND scheduled_for < now() AND organization_id = $1",
    "INSERT INTO truesend.event_log (id, aggregatetype, aggregateid, type, payload, organization_id, position, section)"
    " SELECT lpad(to_hex(n), 32, '0')::uuid, 'message', lpad(to_hex(n % 1000), 32, '0')::uuid, 'message.sent', '{}',"
    "        CASE WHEN n % 3 = 0 THEN $1 ELSE gen_random_uuid() END,"
    f"        CASE WHEN n <= {ROWS} - 50 THEN n END, CASE WHEN n <= {ROWS} - 50 THEN 0 END"
    f" FROM generate_series(1, {ROWS}) AS n",
    # three hundred thousand attempts, and as much evidence: two thirds matched, the rest about messages that nobody knows
    "INSERT INTO truesend.message_attempts (message_id, number, organization_id, session_id, gateway, recipient,"
    " lease_token, started_at, outcome, gateway_message_id)"
    " SELECT id, 1, organization_id, session_id, 'default', recipient, id, scheduled_for, 'sent', '3EB' || id"
    " FROM scheduled_whatsapp_messages ORDER BY id LIMIT 300000",
    "INSERT INTO truesend.evidence (session_id, organization_id, told_key, kind, gateway_message_id, chat, told_at,"
    " is_timed, message_id, lease_token, weighed_at, match_again_at)"
    " SELECT session_id, organization_id, message_id, 'read', gateway_message_id || CASE WHEN n % 3 = 0 THEN '?' ELSE '' END,"
    "        recipient, started_at, true, CASE WHEN n % 3 > 0 THEN message_id END, CASE WHEN n % 3 > 0 THEN lease_token END,"
    "        CASE WHEN n % 3 > 0 THEN now() END, now() + interval '1 hour'"
    " FROM (SELECT *, row_number() OVER () AS n FROM truesend.message_attempts) AS a",
)


@pytest.fixture(scope="module")
def million_rows(postgres: SharedPostgres) -> Iterator[str]:
    """The URL of a database with a million messages and a million facts."""
    import asyncio

    template = ask("template")
    assert isinstance(template, str)
    name = f"test_plans_{uuid4().hex[:8]}"
    url = with_database(postgres.url, name)

    async def fill() -> None:
        await create_database(postgres.url, name, template)
        connection = await asyncpg.connect(url)
        indexes = await connection.fetch(INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for statement in FILL:
            await connection.execute(statement, *([ORGANIZATION] if "$1" in statement else []), timeout=120)
        for index in indexes:
            await connection.execute(index["definition"], timeout=120)
        await connection.execute(
            "UPDATE truesend.relay_state SET last_position = $1, published_position = $1", ROWS - 50
        )
        await connection.execute("VACUUM ANALYZE", timeout=120)
        await connection.close()

    asyncio.run(fill())
    yield url
    asyncio.run(drop_database(postgres.url, name))


@pytest_asyncio.fixture
async def connection(million_rows: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to it; what a test writes is taken back."""
    connection = await asyncpg.connect(million_rows)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


async def read_by(connection: asyncpg.Connection, folder: str, name: str, **values: object) -> tuple[set[str], int]:
    """Run it, the API's under its role. Returns the big tables that it read from end to end, and how many 8 kB pages it
    touched."""
    query = load_queries(folder)[name]
    if folder == "api":
        await connection.execute(f"SET LOCAL ROLE truesend_api; SET LOCAL truesend.organization_id = '{ORGANIZATION}'")
    text = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query.text
    (plan,) = orjson.loads(await connection.fetchval(text, *(values[p] for p in query.parameters)))
    await connection.execute("RESET ROLE")
    scanned = {
        node["Relation Name"]
        for node in _nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan" and node.get("Relation Name") in BIG
    }
    return scanned, plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


async def test_staging_walks_the_due_index_a_slice_at_a_time(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection,
        "sender",
        "stage_due",
        after_due_at=BEGINNING,
        after_id=UUID(int=0),
        row_limit=2000,
        organizations=None,
    )
    assert scanned == set()
    assert pages < 30_000


async def test_claiming_reads_a_head_per_session_and_not_their_queues(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection,
        "sender",
        "claim_due",
        gateways=["default"],
        most_claimed=[64],
        min_intervals_s=[0.0],
        most_per_session=8,
        organizations=None,
        chat_lookahead=200,
        message_max_age_s=86_400.0,
        lease_s=90.0,
    )
    assert scanned == set()
    assert pages < 50_000


async def test_reaping_reads_only_what_is_being_sent(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(connection, "sender", "reap_leases", row_limit=500, doubt_message="x")
    assert scanned == set()
    assert pages < 200


async def test_the_pulse_reads_only_where_work_would_be(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection, "sender", "pulse", and_the_rest=True, confirm_timeout_s=120.0, message_max_age_s=86_400.0
    )
    assert scanned == set()
    assert pages < 200


async def test_counting_what_waits_reads_no_more_than_it_may_count(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection,
        "verifier",
        "count_work",
        gateways=["default"],
        organizations=None,
        most=1_000,
        most_of_a_session=100,
    )
    assert scanned == set()
    assert pages < 30_000


async def test_expiring_reads_only_what_is_old(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection,
        "sender",
        "expire_old",
        message_max_age_s=86_400.0,
        organizations=None,
        row_limit=500,
        expired_message="x",
    )
    assert scanned == set()
    assert pages < 200


async def test_the_relay_reads_only_what_is_not_published_yet(connection: asyncpg.Connection) -> None:
    for mark in (ROWS - 50, ROWS - 1050):
        await connection.execute("UPDATE truesend.relay_state SET published_position = $1, leader = NULL", mark)
        _, pages = await read_by(
            connection,
            "relay",
            "take",
            relay=UUID(int=1),
            lease_s=3.0,
            published_from=0,
            published_to=0,
            row_limit=1000,
        )
        assert pages < 5_000


async def test_pruning_reads_a_slice(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(connection, "relay", "prune", retention_s=3600.0, row_limit=2000)
    assert scanned == set()
    assert pages < 100

    scanned, pages = await read_by(connection, "sender", "prune_texts", retention_s=3600.0, row_limit=1000)
    assert scanned == set()
    assert pages < 40_000

    scanned, pages = await read_by(
        connection,
        "sender",
        "prune_attempts",
        retention_s=0.0,
        after_finished_at=BEGINNING,
        after_message_id=UUID(int=0),
        after_lease_token=UUID(int=0),
        row_limit=1000,
    )
    assert scanned == set()
    assert pages < 40_000


@pytest.mark.parametrize(
    ("status", "batch_id"),
    [(None, None), ("pending", None), ("failed", None), (None, UUID(int=7)), ("sent", UUID(int=7))],
)
async def test_a_page_of_messages_reads_little_more_than_the_page(
    connection: asyncpg.Connection, status: str | None, batch_id: UUID | None
) -> None:
    scanned, pages = await read_by(
        connection,
        "api",
        "list_messages",
        organization_id=ORGANIZATION,
        ids=None,
        batch_id=batch_id,
        status=status,
        recipient=None,
        pattern=None,
        created_from=None,
        created_to=None,
        scheduled_from=None,
        scheduled_to=None,
        before_id=None,
        before_created_at=None,
        row_limit=201,
    )
    assert scanned == set()
    assert pages < 2_000


async def test_a_page_of_a_sessions_messages_reads_little_more_than_the_page(connection: asyncpg.Connection) -> None:
    narrowed = ("ids", "batch_id", "status", "recipient", "pattern", "created_from", "created_to", "scheduled_from")
    others = dict.fromkeys((*narrowed, "scheduled_to", "before_id", "before_created_at"))
    (session,) = await connection.fetch("SELECT id FROM whatsapp_sessions ORDER BY id LIMIT 1 OFFSET 3")
    scanned, pages = await read_by(
        connection,
        "api",
        "list_messages_of_session",
        organization_id=ORGANIZATION,
        session_id=session["id"],
        row_limit=201,
        **others,
    )
    assert scanned == set()
    assert pages < 2_000


async def test_a_hundred_messages_by_their_ids_are_read_by_their_ids(connection: asyncpg.Connection) -> None:
    narrowed = ("batch_id", "status", "recipient", "pattern", "created_from", "created_to", "scheduled_from")
    others = dict.fromkeys((*narrowed, "scheduled_to", "before_id", "before_created_at"))
    scanned, pages = await read_by(
        connection,
        "api",
        "list_messages",
        organization_id=ORGANIZATION,
        ids=[UUID(int=number * 9_000) for number in range(1, 101)],
        row_limit=101,
        **others,
    )
    assert scanned == set()
    assert pages < 1_000


async def test_each_part_of_the_overview_reads_by_index_and_no_more_than_it_counts(
    connection: asyncpg.Connection,
) -> None:
    since = await connection.fetchval("SELECT now() - interval '1 day'")
    sessions = await connection.fetch("SELECT id FROM whatsapp_sessions")
    limits: dict[str, tuple[dict[str, object], int]] = {
        "sessions": ({"row_limit": 10_000}, 1_000),
        "messages": ({"count_limit": 10_000}, 25_000),
        # a third of a million facts of the last day, from the index alone
        "outcomes": ({"since": since}, 10_000),
        "confirmations": ({"since": since, "sample": 200}, 15_000),
        "queues": ({"count_limit": 1_000, "row_limit": 1_000}, 10_000),
        "alerts": ({"since": since, "row_limit": 200}, 100),
        "facts": (
            {
                "session_ids": [row["id"] for row in sessions],
                "since": since,
                "types": ["session.connected"],
                "facts_limit": 500,
            },
            5_000,
        ),
    }
    for part, (values, most) in limits.items():
        scanned, pages = await read_by(connection, "api", f"overview_{part}", organization_id=ORGANIZATION, **values)
        assert scanned == set(), part
        assert pages < most, part


@pytest.mark.parametrize("after_id", [None, UUID(int=500_000)])
async def test_a_slice_of_a_bulk_retry_reads_little_more_than_the_slice(
    connection: asyncpg.Connection, after_id: UUID | None
) -> None:
    scanned, pages = await read_by(
        connection,
        "api",
        "retry_page",
        organization_id=ORGANIZATION,
        needs_recipient=True,
        ids=None,
        batch_id=None,
        status="failed",
        recipient=None,
        created_from=None,
        created_to=None,
        scheduled_from=None,
        scheduled_to=None,
        after_id=after_id,
        after_created_at=None if after_id is None else datetime(2020, 1, 1, tzinfo=UTC),
        row_limit=1_000,
    )
    assert scanned == set()
    assert pages < 10_000


async def test_a_message_and_its_story_are_found_by_index(connection: asyncpg.Connection) -> None:
    for query in ("facts_of_message", "told_of_message", "message_attempts"):
        scanned, pages = await read_by(
            connection, "api", query, organization_id=ORGANIZATION, message_id=UUID(int=3), row_limit=5_000
        )
        assert scanned == set()
        assert pages < 2_000, query


async def test_how_a_page_of_messages_was_confirmed_is_read_by_their_ids(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection,
        "api",
        "confirmations",
        organization_id=ORGANIZATION,
        message_ids=[UUID(int=number * 9) for number in range(1, 201)],
    )
    assert scanned == set()
    assert pages < 200 * 12 * 4  # each section of the log is asked for each


async def test_a_replay_reads_only_its_organisations_page(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection,
        "api",
        "replay",
        organization_id=ORGANIZATION,
        after_position=0,
        up_to_position=ROWS,
        row_limit=500,
    )
    assert scanned == set()
    assert pages < 2_000


async def test_the_feed_reads_only_the_facts_that_it_takes(connection: asyncpg.Connection) -> None:
    _, pages = await read_by(connection, "api", "facts_after", after_position=ROWS // 2, row_limit=500)
    assert pages < 2_000


async def test_where_messages_came_from_is_asked_of_their_own_facts_only(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(
        connection,
        "sender",
        "origins",
        message_ids=[UUID(int=number) for number in range(1, 11)],
        within_s=3_600.0,
    )
    assert scanned == set()
    assert pages < 10 * 2_000  # each has a thousand facts here


async def test_matching_evidence_reads_only_the_ids_and_the_chats_it_names(connection: asyncpg.Connection) -> None:
    ids = await connection.fetch("SELECT id FROM truesend.evidence WHERE message_id IS NULL LIMIT 500")
    evidence_ids = [row["id"] for row in ids]
    scanned, pages = await read_by(connection, "sender", "match_by_id", evidence_ids=evidence_ids)
    assert scanned == set()
    assert pages < 20_000

    await connection.execute("UPDATE truesend.evidence SET kind = 'sent' WHERE id = ANY ($1)", evidence_ids)
    scanned, pages = await read_by(
        connection, "sender", "match_by_chat", evidence_ids=evidence_ids, exclusive_gateways=["default"]
    )
    assert scanned == set()
    assert pages < 40_000


async def test_weighing_reads_only_the_messages_it_is_about(connection: asyncpg.Connection) -> None:
    known = await connection.fetch("SELECT message_id FROM truesend.evidence WHERE message_id IS NOT NULL LIMIT 500")
    message_ids = [row["message_id"] for row in known]
    for name in ("lock_messages", "standings"):
        scanned, pages = await read_by(connection, "sender", name, message_ids=message_ids)
        assert scanned == set()
        assert pages < 20_000


async def test_looking_for_evidence_that_waits_reads_only_what_waits(connection: asyncpg.Connection) -> None:
    scanned, pages = await read_by(connection, "sender", "take_unmatched", row_limit=500)
    assert scanned == set()
    assert pages < 500

    scanned, pages = await read_by(connection, "sender", "unweighed_messages", older_than_s=0.5, row_limit=500)
    assert scanned == set()
    assert pages < 500
