"""A database with facts to publish, and relays to publish them."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest_asyncio

from tests.harness.databases import Database
from tests.integration.broker.conftest import kafka_settings, read_topic
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.runtime.relay import Relay
from truesend.settings import Settings
from truesend.store.pool import open_pool

__all__ = ["kafka_settings", "read_topic"]

APPEND = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " VALUES ($1, $2, $3, jsonb_build_object('id', $2::uuid, 'number', $4::int), gen_random_uuid())"
)


@dataclass
class Office:
    """A database with facts to publish, and relays to publish them."""

    pool: asyncpg.Pool
    publisher: Publisher

    def relay(self, *, publisher: Publisher | None = None, retention_s: float = 1e6) -> Relay:
        return Relay(self.pool, publisher or self.publisher, retention_s=retention_s)

    async def append(self, aggregate: UUID, number: int = 0, kind: str = "message") -> None:
        await self.pool.execute(APPEND, kind, aggregate, f"{kind}.happened", number)

    async def numbers(self) -> list[int]:
        """The numbers that the facts in the log were given, in the order of their insertion."""
        rows = await self.pool.fetch("SELECT (payload->>'number')::int AS number FROM truesend.event_log ORDER BY seq")
        return [row["number"] for row in rows]

    async def positions(self) -> list[int]:
        rows = await self.pool.fetch("SELECT position FROM truesend.event_log ORDER BY position NULLS LAST")
        return [row["position"] for row in rows]


@pytest_asyncio.fixture
async def office(database: Database, kafka_settings: Settings) -> AsyncIterator[Office]:
    async with contextlib.AsyncExitStack() as stack:
        pool = await open_pool(database.url, application="test")
        stack.push_async_callback(pool.close)
        broker = await stack.enter_async_context(make_broker(kafka_settings, service="test"))
        await broker.start()
        prefix = kafka_settings.truesend_topic_prefix
        yield Office(pool, Publisher(broker, topic_prefix=prefix, source="/truesend/test"))


async def publish_all(relay: Relay) -> None:
    while await relay.one_pass() == 0:
        pass
