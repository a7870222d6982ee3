"""An API with all that it may need: database, Kafka, a gateway."""

from collections.abc import AsyncIterator

import pytest_asyncio

from simulator.server import Simulator
from tests.integration.api.conftest import rows, start_api

__all__ = ["gateway", "rows", "start_api"]

GATEWAY_KEY = "the-key-of-the-gateway"


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Simulator]:
    """A simulated gateway."""
    async with Simulator.running(api_key=GATEWAY_KEY) as simulator:
        yield simulator
