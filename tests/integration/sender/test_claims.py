"""What one claim takes: in each session's order, up to what its gateway may have."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from services.sender.stager import Stager
from tests.harness.databases import Database
from tests.harness.rows import insert_message, insert_session
from truesend.store.pool import open_pool
from truesend.store.queries import load_queries

MOST_PER_SESSION = 4


class Claims:
    """One organisation's session, and what is claimed of it."""

    def __init__(self, pool: asyncpg.Pool, connection: asyncpg.Connection, session: UUID, organization: UUID) -> None:
        self.pool = pool
        self.connection = connection
        self.session = session
        self.organization = organization

    async def add(self, *chats: str) -> list[UUID]:
        """Due messages, one a chat, in this order."""
        return [
            await insert_message(
                self.connection,
                organization_id=self.organization,
                session_id=self.session,
                recipient=chat,
                due_in_s=-100 + place,
            )
            for place, chat in enumerate(chats)
        ]

    async def claim(self, most: int = 100, *, min_interval_s: float = 0.0) -> list[UUID]:
        """Stage and claim; the messages that got a lease, in their order."""
        queries = load_queries("sender")
        values: dict[str, Any] = {
            "gateways": ["default"],
            "most_claimed": [most],
            "min_intervals_s": [min_interval_s],
            "most_per_session": MOST_PER_SESSION,
            "organizations": None,
            "chat_lookahead": 200,
            "message_max_age_s": 86_400.0,
            "lease_s": 60.0,
        }
        async with self.pool.acquire() as connection, connection.transaction():
            await Stager(queries["stage_due"], None).one_pass(connection)
            rows = await queries["claim_due"].fetch(connection, **values)
        return [row["message_id"] for row in rows if row["lease_token"] is not None]

    async def answered(self, message: UUID, *, confirmed: bool) -> None:
        """As the finaliser leaves the queue: an accepted message keeps its chat until it is confirmed."""
        change = "DELETE FROM" if confirmed else "UPDATE"
        setting = "" if confirmed else "SET answered_at = now()"
        await self.connection.execute(f"{change} truesend.dispatch_queue {setting} WHERE message_id = $1", message)


@pytest_asyncio.fixture
async def claims(database: Database) -> AsyncIterator[Claims]:
    """A connected session."""
    pool = await open_pool(database.url, application="test")
    connection = await database.connect()
    organization = uuid4()
    session = await insert_session(connection, organization_id=organization)
    yield Claims(pool, connection, session, organization)
    await connection.close()
    await pool.close()


async def test_a_claim_takes_several_of_a_session_in_its_order_and_no_more_than_it_may_have(claims: Claims) -> None:
    messages = await claims.add(*(f"chat{number}" for number in range(6)))

    assert await claims.claim() == messages[:MOST_PER_SESSION]
    assert await claims.claim() == []
    await claims.answered(messages[0], confirmed=True)
    assert await claims.claim() == [messages[MOST_PER_SESSION]]


async def test_a_claim_takes_no_more_than_the_gateway_may_have_claimed(claims: Claims) -> None:
    messages = await claims.add("a", "b", "c")

    assert await claims.claim(2) == messages[:2]
    assert await claims.claim(2) == []


async def test_a_chats_second_message_waits_for_its_first_and_those_after_it_wait_with_it(claims: Claims) -> None:
    messages = await claims.add("a", "b", "a", "c")

    assert await claims.claim() == messages[:2]
    assert await claims.claim() == []
    await claims.answered(messages[0], confirmed=True)
    assert await claims.claim() == messages[2:]


async def test_a_chat_that_awaits_its_confirmation_is_passed_over(claims: Claims) -> None:
    messages = await claims.add("a", "b", "a", "c")
    await claims.claim()

    await claims.answered(messages[0], confirmed=False)

    assert await claims.claim() == [messages[3]]


@pytest.mark.parametrize(
    "why",
    [
        "INSERT INTO truesend.session_rules (session_id, organization_id, min_interval_ms) VALUES ($1, $2, 50)",
        "INSERT INTO truesend.session_rules (session_id, organization_id, jitter_ms) VALUES ($1, $2, 50)",
        "INSERT INTO truesend.session_pace (session_id, hold_count) SELECT $1, 1 WHERE $2::uuid IS NOT NULL",
    ],
    ids=["an interval", "a jitter", "probation after a hold"],
)
async def test_a_session_that_pauses_or_is_on_probation_has_one_claim_at_a_time(claims: Claims, why: str) -> None:
    messages = await claims.add("a", "b")
    await claims.connection.execute(why, claims.session, claims.organization)

    assert await claims.claim() == messages[:1]
    assert await claims.claim() == []


async def test_a_gateways_interval_means_one_claim_a_session_too(claims: Claims) -> None:
    messages = await claims.add("a", "b")

    assert await claims.claim(min_interval_s=0.05) == messages[:1]
    assert await claims.claim(min_interval_s=0.05) == []


async def test_a_session_with_much_to_send_leaves_others_their_share(claims: Claims) -> None:
    await claims.add(*(f"chat{number}" for number in range(6)))
    organization = uuid4()
    other = await insert_session(claims.connection, organization_id=organization)
    late = await insert_message(claims.connection, organization_id=organization, session_id=other, due_in_s=-1)

    assert late in await claims.claim(2)
