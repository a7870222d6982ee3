"""What was overdue on the day of adoption: recorded, held, and let go only by the operator's word."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest_asyncio

from tests.harness.databases import Database
from tests.harness.waiting import until
from tests.migration.crm import FIRST_ORGANIZATION, SECOND_ORGANIZATION, OwnedDatabase
from tests.migration.rows import fingerprints
from truesend.contracts.events import MessageFact
from truesend.store.adoption import EXPIRED_MESSAGE, count_held, expire_held, release_held
from truesend.store.migrations import migrate_async
from truesend.store.pool import open_pool

_OVERDUE = "SELECT id FROM scheduled_whatsapp_messages WHERE status = 'pending' AND scheduled_for < now()"
_ONE_OVERDUE = f"{_OVERDUE} ORDER BY scheduled_for OFFSET 50 LIMIT 1"
_FACTS = "SELECT aggregateid, organization_id, type, payload FROM truesend.event_log ORDER BY seq"


@pytest_asyncio.fixture
async def adopted(crm: OwnedDatabase) -> AsyncIterator[asyncpg.Pool]:
    """The CRM's database after the migrations; 100 of its 2,000 messages were overdue then."""
    await migrate_async(crm.url)
    async with await open_pool(crm.url, application="tests") as pool:
        yield pool


async def test_the_moment_of_adoption_is_recorded_and_everything_overdue_then_is_held(crm: OwnedDatabase) -> None:
    connection = await crm.connect()
    overdue = await connection.fetch(_OVERDUE)
    began = await connection.fetchval("SELECT clock_timestamp()")

    await migrate_async(crm.url)

    [moment] = await connection.fetch("SELECT overdue_before FROM truesend.adoption")
    held = await count_held(connection)
    assert moment["overdue_before"] > began
    assert sum(each.messages for each in held) == len(overdue) == 100
    assert [each.organization_id for each in held] == [FIRST_ORGANIZATION, SECOND_ORGANIZATION]
    assert all(each.oldest < each.newest < began for each in held)
    await connection.close()


async def test_a_database_without_overdue_messages_holds_nothing_ever(database: Database) -> None:
    connection = await database.connect()
    await connection.execute(
        "INSERT INTO scheduled_whatsapp_messages (organization_id, message_content, scheduled_for, created_at)"
        " VALUES (gen_random_uuid(), 'late', now() - interval '1 day', now() - interval '2 days')"
    )

    assert await count_held(connection) == []
    assert await release_held(connection) == 0
    await connection.close()


async def test_what_becomes_due_or_is_written_after_the_adoption_is_not_held(adopted: asyncpg.Pool) -> None:
    before = await count_held(adopted)

    await adopted.execute(
        "INSERT INTO scheduled_whatsapp_messages (organization_id, group_id, message_type, message_content,"
        " scheduled_for) SELECT organization_id, group_id, 'late', 'written afterwards', now() - interval '1 day'"
        " FROM scheduled_whatsapp_messages LIMIT 10"
    )
    await adopted.execute(
        "UPDATE scheduled_whatsapp_messages SET scheduled_for = clock_timestamp() WHERE scheduled_for > now()"
    )

    assert await count_held(adopted) == before


async def test_releasing_one_organisation_lets_its_messages_go_and_holds_the_others(adopted: asyncpg.Pool) -> None:
    first, second = await count_held(adopted)

    released = await release_held(adopted, [FIRST_ORGANIZATION], batch_rows=7)

    assert released == first.messages
    assert await count_held(adopted) == [second]
    due = await _messages(adopted, FIRST_ORGANIZATION, "next_attempt_at <= now()")
    assert {(row["status"], row["version"], row["error_message"]) for row in due} == {("pending", 1, None)}
    await _assert_one_fact_each(adopted, due, type_="message.released", status="pending")


async def test_released_messages_keep_the_order_in_which_they_were_scheduled(adopted: asyncpg.Pool) -> None:
    scheduled = await adopted.fetch(f"{_OVERDUE} ORDER BY scheduled_for")

    await release_held(adopted, batch_rows=7)

    assert await adopted.fetch(f"{_OVERDUE} ORDER BY next_attempt_at") == scheduled


async def test_expiring_makes_held_messages_fail_with_the_reason_and_touches_no_other(adopted: asyncpg.Pool) -> None:
    ids = [record["id"] for record in await adopted.fetch(_OVERDUE)]
    not_held = f"id <> ALL ('{{{','.join(map(str, ids))}}}'::uuid[])"
    async with adopted.acquire() as connection:
        others = await fingerprints(connection, untouched=not_held)

        expired = await expire_held(connection, batch_rows=7)

        assert await fingerprints(connection, untouched=not_held) == others
    assert expired == len(ids) == 100
    assert await count_held(adopted) == []
    failed = await adopted.fetch("SELECT * FROM scheduled_whatsapp_messages WHERE id = ANY ($1)", ids)
    assert {(row["status"], row["version"], row["error_message"]) for row in failed} == {("failed", 1, EXPIRED_MESSAGE)}
    await _assert_one_fact_each(adopted, failed, type_="message.failed", status="failed", outcome="expired")


async def test_the_second_word_about_a_message_changes_nothing(adopted: asyncpg.Pool) -> None:
    await release_held(adopted, [FIRST_ORGANIZATION])

    expired = await expire_held(adopted, [FIRST_ORGANIZATION])

    assert expired == 0
    assert not await _messages(adopted, FIRST_ORGANIZATION, f"error_message = '{EXPIRED_MESSAGE}'")


async def test_a_message_that_the_crm_cancels_meanwhile_stays_cancelled(adopted: asyncpg.Pool) -> None:
    async with adopted.acquire() as page:
        cancelling = page.transaction()
        await cancelling.start()
        cancelled = await page.fetchval(
            f"UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = ({_ONE_OVERDUE}) RETURNING id"
        )
        expiring = asyncio.create_task(expire_held(adopted))
        await until(lambda: _somebody_waits(adopted), 10, "the expiry waits for the page's row")
        await cancelling.commit()

    assert await expiring == 99
    assert (
        await adopted.fetchval("SELECT status FROM scheduled_whatsapp_messages WHERE id = $1", cancelled) == "cancelled"
    )
    assert not await adopted.fetch("SELECT FROM truesend.event_log WHERE aggregateid = $1", cancelled)


async def test_two_operators_at_once_release_each_message_once(adopted: asyncpg.Pool) -> None:
    counts = await asyncio.gather(*(release_held(adopted, batch_rows=5) for _ in range(3)))

    assert sum(counts) == 100
    assert await adopted.fetchval("SELECT count(DISTINCT aggregateid) FROM truesend.event_log") == 100
    assert await adopted.fetchval("SELECT count(*) FROM truesend.event_log") == 100


async def _messages(pool: asyncpg.Pool, organization_id: UUID, condition: str) -> list[asyncpg.Record]:
    return await pool.fetch(
        f"SELECT * FROM scheduled_whatsapp_messages WHERE organization_id = $1 AND {condition}", organization_id
    )


async def _assert_one_fact_each(
    pool: asyncpg.Pool, messages: list[asyncpg.Record], *, type_: str, status: str, outcome: str | None = None
) -> None:
    facts = {record["aggregateid"]: record for record in await pool.fetch(_FACTS)}
    assert facts.keys() == {row["id"] for row in messages}
    assert await pool.fetchval("SELECT count(*) FROM truesend.event_log") == len(messages)
    for row in messages:
        fact = MessageFact.model_validate(facts[row["id"]]["payload"])
        assert (fact.id, fact.organization_id, fact.type) == (row["id"], row["organization_id"], type_)
        assert (fact.status, fact.version, fact.outcome) == (status, row["version"], outcome)
        assert fact.error_message == row["error_message"]
        assert fact.retry_count == (row["retry_count"] or 0)


async def _somebody_waits(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    return await pool.fetch(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
