"""Statements by way of a PgBouncer that lends a connection for one transaction, to many clients in turn."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.api.database import Database as ApiDatabase
from tests.harness.databases import Database
from tests.harness.pgbouncer import PgBouncer
from tests.harness.roles import url_of
from tests.harness.rows import insert_session
from tests.harness.waiting import until
from tests.integration.pgbouncer.conftest import StartPooler
from truesend.observability.heartbeats import Heartbeats
from truesend.settings import PoolMode
from truesend.store.pool import BY_INDEX, open_pool

CLIENTS = 12


async def test_many_clients_get_their_own_answers_over_two_connections(database: Database, pooler: PgBouncer) -> None:
    async with await open_pool(
        pooler.url(database.url), application="test", max_size=CLIENTS, mode=PoolMode.TRANSACTION
    ) as pool:

        async def ask(number: int) -> bool:
            same = await pool.fetchval(f"SELECT $1::int + {number % 7}", number)
            row = await pool.fetchrow("SELECT $1::jsonb AS told, $2::uuid[] AS ids", {"n": number}, [UUID(int=number)])
            return (
                same == number + number % 7
                and row is not None
                and dict(row) == {"told": {"n": number}, "ids": [UUID(int=number)]}
            )

        assert all(await asyncio.gather(*(ask(number) for number in range(200))))
        processes = await asyncio.gather(*(pool.fetchval("SELECT pg_backend_pid()") for _ in range(50)))

    assert len(set(processes)) <= 2


async def test_every_statement_has_the_settings_that_a_session_would_give_it_and_leaves_none(
    database: Database, pooler: PgBouncer
) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "TimeZone", "jit", *BY_INDEX)
    ask = "SELECT array_agg(current_setting(name) ORDER BY place) FROM unnest($1::text[]) WITH ORDINALITY AS n (name, place)"
    url = pooler.url(database.url)
    direct = await open_pool(database.url, application="test", planner=BY_INDEX)
    pooled = await open_pool(url, application="test", planner=BY_INDEX, mode=PoolMode.TRANSACTION)

    async with direct, pooled:
        expected = await direct.fetchval(ask, names)
        alone = await pooled.fetchval(ask, names)
        async with pooled.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            in_a_transaction = await connection.fetchval(ask, names)
        stranger = await asyncpg.connect(url, statement_cache_size=0)
        left = [await stranger.fetchval(ask, names) for _ in range(4)]
        await stranger.close()

    assert alone == in_a_transaction == expected
    assert expected[0] == "500ms"
    assert expected not in left
    assert {settings[0] for settings in left} == {"0"}


async def test_what_fails_is_taken_back_and_the_connection_is_as_good_as_before(
    database: Database, pooler: PgBouncer
) -> None:
    async with await open_pool(
        pooler.url(database.url), application="test", max_size=1, mode=PoolMode.TRANSACTION
    ) as pool:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await pool.fetchval("SELECT 1 / $1::int", 0)
        with pytest.raises(TimeoutError):
            await pool.fetchval("SELECT pg_sleep($1)", 20.0, timeout=0.1)

        assert await pool.fetchval("SELECT $1::int", 7) == 7
        async with pool.acquire() as connection:
            assert not connection.is_in_transaction()


async def test_a_wait_for_a_row_ends_as_soon_as_it_does_in_a_session(database: Database, pooler: PgBouncer) -> None:
    holder = await database.connect()
    session_id = await insert_session(holder, organization_id=uuid4())
    async with (
        holder.transaction(),
        await open_pool(pooler.url(database.url), application="test", mode=PoolMode.TRANSACTION) as pool,
    ):
        await holder.execute("UPDATE whatsapp_sessions SET version = version + 1 WHERE id = $1", session_id)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await pool.execute("UPDATE whatsapp_sessions SET version = version + 1 WHERE id = $1", session_id)
    await holder.close()


async def test_two_organizations_that_share_a_connection_never_see_each_others_rows(
    database: Database, start_pooler: StartPooler
) -> None:
    pooler = start_pooler(pool_size=1)
    owner = await database.connect()
    organizations = [uuid4() for _ in range(4)]
    for organization_id in organizations:
        await insert_session(owner, organization_id=organization_id)
    await owner.execute("ALTER TABLE whatsapp_sessions ENABLE ROW LEVEL SECURITY")
    await owner.close()
    api = ApiDatabase(
        pooler.url(url_of(database.url, "api")),
        pool_size=8,
        heartbeats=Heartbeats(),
        pool_mode=PoolMode.TRANSACTION,
    )
    api.start()

    async def seen_by(organization_id: UUID) -> list[UUID]:
        async with api.of(organization_id) as connection:
            rows = await connection.fetch("SELECT organization_id FROM whatsapp_sessions")
        return [row["organization_id"] for row in rows]

    async def is_open() -> bool:
        return await api.problem() is None

    await until(is_open, 10, "the API's pool is open")
    asked = organizations * 20
    seen = await asyncio.gather(*(seen_by(organization_id) for organization_id in asked))
    async with api.unbound() as connection:
        unbound = await connection.fetch("SELECT id FROM whatsapp_sessions")
    await api.stop()

    assert seen == [[organization_id] for organization_id in asked]
    assert unbound == []
