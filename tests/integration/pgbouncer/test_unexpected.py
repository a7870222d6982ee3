"""A PgBouncer that no setting names is told apart, and whoever meets it says what to do."""

import pytest

from services.api.database import Database as ApiDatabase
from tests.harness.commands import truesend
from tests.harness.databases import Database
from tests.harness.pgbouncer import PgBouncer
from tests.harness.waiting import until
from tests.integration.cli.test_commands import WORKER
from tests.integration.pgbouncer.conftest import StartPooler, settings_for
from truesend.cli.doctor.finding import State
from truesend.cli.doctor.pooler import check_pooler
from truesend.observability.heartbeats import Heartbeats
from truesend.settings import PoolMode, SettingsError
from truesend.store.migrations import MigrationError, migrate_async
from truesend.store.pool import connect, open_pool

SWALLOWS = {"ignore_startup_parameters": "lock_timeout,statement_timeout,idle_in_transaction_session_timeout,jit"}


@pytest.mark.parametrize("settings", [{}, SWALLOWS], ids=["refuses settings", "swallows settings"])
@pytest.mark.parametrize("mode", ["transaction", "session"])
async def test_a_session_that_a_pooler_robs_of_its_settings_is_not_used(
    database: Database, start_pooler: StartPooler, mode: str, settings: dict[str, str]
) -> None:
    pooler = start_pooler(mode=mode, settings=settings)

    with pytest.raises(SettingsError, match=r"^DATABASE_POOL_MODE: a pooler .* write transaction"):
        await open_pool(pooler.url(database.url), application="test")


async def test_a_pooler_of_whole_sessions_serves_those_who_ask_for_transactions(
    database: Database, start_pooler: StartPooler
) -> None:
    pooler = start_pooler(mode="session")

    async with await open_pool(
        pooler.url(database.url), application="test", max_size=2, mode=PoolMode.TRANSACTION
    ) as pool:
        assert await pool.fetchval("SELECT current_setting($1)", "lock_timeout") == "500ms"


def test_a_worker_that_meets_one_ends_with_one_line(database: Database, pooler: PgBouncer) -> None:
    ended = truesend("verifier", **WORKER | {"DATABASE_URL": pooler.url(database.url)})

    assert ended.code == 2
    assert ended.errors.splitlines()[-1].startswith("truesend: DATABASE_POOL_MODE: a pooler stands before the database")


async def test_an_api_that_meets_one_says_so_while_it_is_not_ready(database: Database, pooler: PgBouncer) -> None:
    api = ApiDatabase(pooler.url(database.url), pool_size=2, heartbeats=Heartbeats())
    api.start()

    async def is_told() -> bool:
        return "DATABASE_POOL_MODE" in (await api.problem() or "")

    await until(is_told, 10, "the API names the setting")
    await api.stop()


async def test_the_migrator_goes_past_a_pooler_or_not_at_all(database: Database, pooler: PgBouncer) -> None:
    url = pooler.url(database.url)

    with pytest.raises(MigrationError, match="set DATABASE_DIRECT_URL to the database itself"):
        await migrate_async(url)
    refused = truesend("migrate", DATABASE_URL=url, DATABASE_POOL_MODE="transaction")
    done = truesend("migrate", DATABASE_URL=url, DATABASE_POOL_MODE="transaction", DATABASE_DIRECT_URL=database.url)

    assert refused.code == 2
    assert refused.errors.startswith("truesend: DATABASE_DIRECT_URL: is missing")
    assert (done.code, done.output) == (0, "The database is up to date.\n")


async def test_a_pooler_of_whole_sessions_is_none_to_the_migrator(
    database: Database, start_pooler: StartPooler
) -> None:
    pooler = start_pooler(
        mode="session", settings={"ignore_startup_parameters": "statement_timeout,lock_timeout,extra_float_digits"}
    )

    await migrate_async(pooler.url(database.url))


async def test_the_doctor_sees_the_pooler_that_no_setting_names(database: Database, pooler: PgBouncer) -> None:
    url = pooler.url(database.url)

    [unnamed] = await check_pooler(settings_for(url))
    [without_a_way_past] = await check_pooler(settings_for(url, mode=PoolMode.TRANSACTION))
    [named] = await check_pooler(settings_for(url, mode=PoolMode.TRANSACTION, direct=database.url))

    assert (unnamed.state, unnamed.advice) == (State.ILL, "Set DATABASE_POOL_MODE=transaction.")
    assert without_a_way_past.state is State.WARNING
    assert named.state is State.WELL
    assert await check_pooler(settings_for(database.url)) == []


async def test_a_command_has_a_connection_that_fits_the_pooler(database: Database, pooler: PgBouncer) -> None:
    through = settings_for(pooler.url(database.url), mode=PoolMode.TRANSACTION)

    connection = await connect(through, application="test", timeout_s=10, settings={"lock_timeout": "700"})
    lock_timeout = await connection.fetchval("SELECT current_setting($1)", "lock_timeout")
    await connection.close()

    assert lock_timeout == "700ms"


async def test_the_doctor_goes_on_where_a_pooler_has_no_second_connection_to_give(
    database: Database, start_pooler: StartPooler
) -> None:
    pooler = start_pooler(settings={"max_client_conn": "1"})

    assert await check_pooler(settings_for(pooler.url(database.url))) == []


def test_the_demo_is_written_through_a_pooler_that_is_named_and_asks_for_the_name_of_one_that_is_not(
    database: Database, pooler: PgBouncer
) -> None:
    unnamed = truesend("demo", "--no-trickle", DATABASE_URL=pooler.url(database.url))
    named = truesend("demo", "--no-trickle", DATABASE_URL=pooler.url(database.url), DATABASE_POOL_MODE="transaction")

    assert (unnamed.code, unnamed.errors.partition(": a pooler")[0]) == (2, "truesend: DATABASE_POOL_MODE")
    assert (named.code, named.errors) == (0, "")
