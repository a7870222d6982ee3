"""What a message and a verification cost in statements, records and calls: nobody makes them dearer unseen."""

import pytest

from tests.bench.guard import guard
from tests.bench.stack import Servers
from tests.harness.shared import SharedKafka, SharedPostgres


@pytest.mark.timeout(300)
async def test_no_message_and_no_verification_costs_more_than_it_may(
    kafka: SharedKafka, postgres: SharedPostgres
) -> None:
    bounds = await guard(Servers(kafka, postgres))
    if not bounds:
        pytest.skip("this Postgres does not count statements")
    assert all(bound.holds for bound in bounds), "\n".join(str(bound) for bound in bounds)
