"""What the doctor, and a service itself, tell of the role that they are."""

import asyncpg
from pydantic import SecretStr

from tests.harness.databases import Database
from tests.harness.roles import SERVICES, url_of
from truesend.cli.doctor.database import check_database
from truesend.cli.doctor.finding import Finding, State
from truesend.settings import DatabaseSettings
from truesend.store.schema_age import schema_problem


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


async def test_the_doctor_as_a_service_s_role_says_that_it_sees_too_little(database: Database) -> None:
    for service in SERVICES:
        as_the_service = DatabaseSettings(database_url=SecretStr(url_of(database.url, service)))

        [finding] = await check_database(as_the_service, ["default"])

        assert (finding.check, finding.state) == ("database", State.ILL)
        assert "the role that owns the schema" in finding.advice


async def test_a_service_whose_role_was_given_no_rights_says_what_gives_them(database: Database) -> None:
    owner = await asyncpg.connect(database.url)
    service = await asyncpg.connect(url_of(database.url, "sender"))
    assert await schema_problem(service) is None

    await owner.execute("REVOKE USAGE ON SCHEMA truesend FROM truesend_sender")
    problem = await schema_problem(service)

    assert problem is not None
    assert "db/roles.sql" in problem
    for connection in (owner, service):
        await connection.close()


async def _found(database: Database) -> Finding | None:
    findings = await check_database(DatabaseSettings(database_url=SecretStr(database.url)), ["default"])
    return next((finding for finding in findings if finding.check == "organizations"), None)
