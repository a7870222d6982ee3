"""More than a day has, at once: nothing dies, nothing is lost, memory stays bounded. `make overload` has much more."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.bench.stack import Servers
from tests.chaos.overload.scenarios import ALL
from tests.chaos.overload.stage import Size, Stage, set_stage
from tests.harness.shared import SharedKafka, SharedPostgres

SMALL = Size(
    sessions=20, due=400, requests=200, pages=60, looks=2, backlog=2_000, poison=800, pages_goal_s=20, patience_s=60
)


@pytest_asyncio.fixture
async def stage(kafka: SharedKafka, postgres: SharedPostgres) -> AsyncIterator[Stage]:
    """One of each service."""
    async with set_stage(Servers(kafka, postgres), SMALL) as one:
        yield one


async def test_overloaded_services_live_on_within_their_memory_and_pages_go_on_seeing_the_truth(stage: Stage) -> None:
    for overload in ALL:
        figure = await overload(stage)
        assert figure.goal is not None
        assert figure.goal.is_met, "\n".join(figure.lines())
