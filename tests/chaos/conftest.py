"""Infrastructure for the tests that break it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.processes import PROCESSES
from tests.chaos.servers import NoApacheKafkaError, Servers, own_servers
from tests.harness.ci import real_kafka_is_required


@pytest_asyncio.fixture
async def breakable_servers() -> AsyncIterator[Servers]:
    """Kafka and Postgres of this test's own, with proxies before them."""
    try:
        async with own_servers(list(PROCESSES)) as servers:
            yield servers
    except NoApacheKafkaError:
        missing = "needs an Apache Kafka of its own: Maven and Java 17"
        (pytest.fail if real_kafka_is_required() else pytest.skip)(missing)
