"""The check tells whether a pooler stands between it and Postgres, and works through one all the same."""

import json
from contextlib import closing

import pytest

from tests.harness.commands import truesend
from tests.harness.pgbouncer import Mode, PgBouncer
from tests.migration.crm import OwnedDatabase
from truesend.cli.adopt.check.examination import examine_database
from truesend.cli.doctor.finding import Finding, State


@pytest.mark.parametrize(
    ("mode", "state"), [("transaction", State.ILL), ("session", State.NOTE)], ids=["transaction", "session"]
)
async def test_a_pooler_is_recognised_by_its_mode_and_everything_else_is_told_through_it(
    crm: OwnedDatabase, mode: Mode, state: State
) -> None:
    straight = await examine_database(crm.url)
    with closing(PgBouncer(crm.url, mode=mode)) as pooler:
        pooler.start()

        through = await examine_database(pooler.url(crm.url))

    [connection] = [finding for finding in through if finding.check == "connection"]
    assert connection.state is state
    assert _the_rest(through) == _the_rest(straight)


async def test_the_way_past_the_pooler_is_the_one_that_is_looked_at(crm: OwnedDatabase) -> None:
    with closing(PgBouncer(crm.url)) as pooler:
        pooler.start()
        through = {"DATABASE_URL": pooler.url(crm.url), "DATABASE_POOL_MODE": "transaction"}

        no_way_past = truesend("adopt", "check", "--json", **through)
        past = truesend("adopt", "check", "--json", **through, DATABASE_DIRECT_URL=crm.url)

    stands_in_between = {"check": "connection", "state": "stop", "says": "through a pooler in transaction mode"}
    assert no_way_past.code == 1
    assert stands_in_between.items() <= _connection(no_way_past.output).items()
    assert past.code == 0
    assert _connection(past.output)["says"] == "straight to Postgres"


async def test_where_no_second_connection_is_to_be_had_all_else_is_told(crm: OwnedDatabase) -> None:
    straight = await examine_database(crm.url)
    with closing(PgBouncer(crm.url, settings={"max_client_conn": "1"})) as pooler:
        pooler.start()

        through = await examine_database(pooler.url(crm.url))

    [connection] = [finding for finding in through if finding.check == "connection"]
    assert connection.state is State.WARNING
    assert "ProtocolViolationError" in connection.says
    assert _the_rest(through) == _the_rest(straight)


def _connection(told: str) -> dict[str, str]:
    [connection] = [item for item in json.loads(told) if item["check"] == "connection"]
    return dict(connection)


def _the_rest(findings: list[Finding]) -> list[Finding]:
    """What does not change by itself from one look to the next."""
    return [finding for finding in findings if finding.check not in {"connection", "connected", "due"}]
