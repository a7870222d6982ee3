"""The check tells whether a pooler stands between it and Postgres, and works through one all the same."""

from contextlib import closing

import pytest

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


def _the_rest(findings: list[Finding]) -> list[Finding]:
    """What does not change by itself from one look to the next."""
    return [finding for finding in findings if finding.check not in {"connection", "connected", "due"}]
