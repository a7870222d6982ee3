"""What the settings say is to be forgotten is forgotten, and never sent: what messages said, and old attempts."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from services.sender.pruner import EVERY_S, Pruner
from services.sender.stager import Stager
from tests.harness.databases import Database
from tests.harness.rows import insert_message, insert_session, message_row
from truesend.store.queries import load_queries

DAY_S = 86_400.0
ORGANIZATION = UUID(int=7)
OLD = timedelta(days=31)
YOUNG = timedelta(days=29)


@pytest_asyncio.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database.url, min_size=1, max_size=2) as opened:
        yield opened


@pytest_asyncio.fixture
async def db(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await database.connect()
    yield connection
    await connection.close()


def pruner(pool: asyncpg.Pool, days: int = 30) -> Pruner:
    return Pruner(pool, text_retention_s=days * DAY_S, attempt_retention_s=days * DAY_S)


async def message(db: asyncpg.Connection, status: str, age: timedelta, *, outcome: str = "failed") -> UUID:
    """A message that was due so long ago, and its attempt of then."""
    session_id = await insert_session(db, organization_id=ORGANIZATION)
    message_id = await insert_message(
        db, organization_id=ORGANIZATION, session_id=session_id, due_in_s=-age.total_seconds()
    )
    await db.execute(
        "UPDATE scheduled_whatsapp_messages SET status = $2, media_url = 'https://x.example/y', vps_error = 'no'"
        " WHERE id = $1",
        message_id,
        status,
    )
    await db.execute(
        "INSERT INTO truesend.message_attempts (message_id, number, organization_id, recipient, lease_token,"
        " started_at, finished_at, outcome, answer)"
        " VALUES ($1, 1, $2, '919812345678', gen_random_uuid(), now() - $3::interval, now() - $3::interval, $4, 'no')",
        message_id,
        ORGANIZATION,
        age,
        outcome,
    )
    return message_id


async def has_text(db: asyncpg.Connection, message_id: UUID) -> bool:
    row = await message_row(db, message_id)
    told = {row["message_content"] != "[erased]", row["media_url"] is not None, row["vps_error"] is not None}
    assert len(told) == 1
    return told == {True}


async def attempts(db: asyncpg.Connection) -> dict[UUID, str | None]:
    rows = await db.fetch("SELECT message_id, recipient FROM truesend.message_attempts")
    return {row["message_id"]: row["recipient"] for row in rows}


async def test_what_a_message_said_goes_when_its_end_is_long_enough_ago_and_not_before(
    pool: asyncpg.Pool, db: asyncpg.Connection
) -> None:
    ended = [await message(db, status, OLD) for status in ("sent", "failed", "cancelled")]
    others = [
        await message(db, "sent", YOUNG),
        await message(db, "pending", OLD),
        await message(db, "sending", OLD),
    ]
    retried = await message(db, "failed", OLD)
    await db.execute("UPDATE scheduled_whatsapp_messages SET retried_at = now() WHERE id = $1", retried)

    rest_s = await pruner(pool).prune_texts()

    assert rest_s == EVERY_S
    assert [await has_text(db, each) for each in ended] == [False, False, False]
    assert all([await has_text(db, each) for each in [*others, retried]])


async def test_old_attempts_go_unless_they_say_whether_a_message_may_have_left(
    pool: asyncpg.Pool, db: asyncpg.Connection
) -> None:
    sent, failed = await message(db, "sent", OLD), await message(db, "failed", OLD)
    young, doubtful = await message(db, "sent", YOUNG), await message(db, "sending", OLD)
    cancelled = await message(db, "cancelled", OLD, outcome="unconfirmed")
    gone = await message(db, "sent", OLD)
    await db.execute("DELETE FROM scheduled_whatsapp_messages WHERE id = $1", gone)

    await pruner(pool).prune_attempts()

    left = await attempts(db)
    assert left.keys() == {young, doubtful, cancelled}
    assert not {sent, failed, gone} & left.keys()
    assert (left[doubtful], left[cancelled]) == ("919812345678", None)


async def test_attempts_that_stay_do_not_keep_the_rest_from_being_seen(
    pool: asyncpg.Pool, db: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sender.pruner.SLICE", 2)
    stay = [await message(db, "sending", OLD + timedelta(days=day)) for day in (9, 8, 7)]
    await message(db, "sent", OLD)
    working = pruner(pool)

    rests = [await working.prune_attempts() for _ in range(3)]

    assert (await attempts(db)).keys() == set(stay)
    assert rests[-1] == EVERY_S


async def test_without_a_retention_everything_is_kept(pool: asyncpg.Pool, db: asyncpg.Connection) -> None:
    old = await message(db, "sent", timedelta(days=4000))
    keeping = pruner(pool, days=0)

    await keeping.prune_texts()
    await keeping.prune_attempts()

    assert await has_text(db, old)
    assert old in await attempts(db)


async def test_a_message_whose_text_is_gone_is_never_sent_whoever_puts_it_back(
    pool: asyncpg.Pool, db: asyncpg.Connection
) -> None:
    erased, whole = await message(db, "failed", OLD), await message(db, "failed", YOUNG)
    await pruner(pool).prune_texts()
    await db.execute("UPDATE scheduled_whatsapp_messages SET status = 'pending', next_attempt_at = now()")

    async with pool.acquire() as connection:
        await Stager(load_queries("sender")["stage_due"], None).one_pass(connection)

    queued = {row["message_id"] for row in await db.fetch("SELECT message_id FROM truesend.dispatch_queue")}
    assert (erased in queued, whole in queued) == (False, True)
