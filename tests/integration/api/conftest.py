"""An API of the test's own: in this process, on a real socket, over a real database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest_asyncio

from services.api.live.stream import StreamLimits
from services.api.pairing import PairingLimits
from services.api.service import ApiService
from tests.harness.databases import Database
from tests.harness.roles import url_of
from tests.harness.shared import SharedKafka
from tests.integration.api.client import ApiClient
from tests.integration.api.rows import Rows
from truesend.broker.topics import create_topics
from truesend.cli.local.ports import free_port
from truesend.settings import Settings

KEY, OTHER_KEY = "key-of-the-first-organization", "key-of-the-second-organization"

StartApi = Callable[..., Awaitable[ApiClient]]


@pytest_asyncio.fixture
async def rows(database: Database) -> AsyncIterator[Rows]:
    """Writes what the CRM and the other services would write."""
    connection: asyncpg.Connection = await database.connect()
    yield Rows(connection)
    await connection.close()


@pytest_asyncio.fixture
async def start_api(database: Database, rows: Rows) -> AsyncIterator[StartApi]:
    """Starts an API under its own role; any setting may be given. `kafka_bootstrap_servers` says where Kafka is, if it is."""
    running: list[tuple[ApiService, ApiClient]] = []

    async def start(
        *,
        limits: StreamLimits | None = None,
        pairing: PairingLimits | None = None,
        page: Path | None = None,
        **given: Any,
    ) -> ApiClient:
        settings = api_settings(rows, **({"database_url": url_of(database.url, "api")} | given))
        service = ApiService(settings, stream_limits=limits, pairing_limits=pairing, page=page)
        await service.start()
        client = ApiClient(f"http://127.0.0.1:{service.port}", KEY)
        running.append((service, client))
        await client.until_the_stream_is_ready()
        return client

    yield start
    for service, client in running:
        await client.close()
        await service.stop()


@pytest_asyncio.fixture
async def api(start_api: StartApi) -> ApiClient:
    """An API without a broker, called with the key of the first organisation."""
    return await start_api()


@pytest_asyncio.fixture
async def api_with_kafka(start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows) -> ApiClient:
    """An API that has found its broker."""
    given = {"kafka_bootstrap_servers": kafka.bootstrap_servers, "truesend_topic_prefix": topic_prefix}
    await create_topics(api_settings(rows, **given))
    client = await start_api(**given)
    await client.until_ready()
    return client


def api_settings(rows: Rows, **given: Any) -> Settings:
    """Settings of an API with the two organisations' keys, on a port of its own; a broker is nowhere."""
    values: dict[str, Any] = {
        "database_url": "postgresql://nowhere/",
        "kafka_bootstrap_servers": f"127.0.0.1:{free_port()}",
        "kafka_topic_partitions": 2,
        "gateway_url": "http://127.0.0.1:9",
        "auth_mode": "api_key",
        "api_keys": {KEY: rows.organization_id, OTHER_KEY: rows.other_organization_id},
        "api_port": 0,
    }
    return Settings(**(values | given))
