"""The doctor tells whether row security binds the API that runs."""

import asyncpg
from pydantic import SecretStr

from tests.harness.databases import Database
from tests.harness.roles import url_of
from truesend.cli.doctor.database import check_database
from truesend.cli.doctor.finding import Finding, State
from truesend.settings import DatabaseSettings


async def test_an_api_that_runs_as_the_owner_is_told_of_the_second_wall_and_is_no_error(database: Database) -> None:
    assert await _found(database) is None

    bound = await asyncpg.connect(url_of(database.url, "api"), server_settings={"application_name": "truesend-api"})
    behind_the_wall = await _found(database)
    owner = await asyncpg.connect(database.url, server_settings={"application_name": "truesend-api"})
    past_it = await _found(database)

    assert behind_the_wall is not None
    assert (behind_the_wall.state, behind_the_wall.advice) == (State.WELL, "")
    assert past_it is not None
    assert past_it.state is State.WELL
    assert "db/roles.sql" in past_it.advice
    for connection in (bound, owner):
        await connection.close()


async def _found(database: Database) -> Finding | None:
    findings = await check_database(DatabaseSettings(database_url=SecretStr(database.url)), ["default"])
    return next((finding for finding in findings if finding.check == "organizations"), None)
