"""A sender in this process, on real Postgres and a real broker, and a simulated gateway."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from services.sender.decide import HoldPolicy, Policy
from services.sender.evidence import Evidence
from services.sender.main import Sender
from services.sender.settler import Settler
from simulator.server import Simulator
from tests.harness.databases import Database
from tests.harness.roles import url_of
from tests.harness.rows import insert_message, insert_session, message_row
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.publisher import Publisher
from truesend.broker.topics import create_topics
from truesend.gateways.configured import gateway_configs
from truesend.gateways.protocol import Gateway
from truesend.gateways.registry import build_gateways
from truesend.settings import Settings
from truesend.store.pool import open_pool

API_KEY = "gateway-key-of-the-tests"


def keeper(
    pool: asyncpg.Pool, publisher: Publisher, policy: Policy, hold: HoldPolicy, gateways: Mapping[str, Gateway]
) -> Evidence:
    """A keeper of evidence without a process around it."""
    return Evidence(
        pool,
        gateways,
        publisher,
        policy=policy,
        settler=Settler(policy=policy, hold=hold),
        retention_s=86_400.0,
        written=lambda: None,
        look_every_s=0.0,
    )


@dataclass
class Stage:
    """Where a sender test plays: a database, a gateway, and as many senders as are started."""

    connection: asyncpg.Connection
    gateway: Simulator
    settings: Settings
    start_sender: Callable[..., Any]
    organization_id: UUID

    async def session(self, vps_session_id: str, *, organization_id: UUID | None = None, **behaviour: Any) -> UUID:
        """A connected session, at the gateway and in the database."""
        self.gateway.world.add(vps_session_id, **behaviour)
        return await insert_session(
            self.connection,
            organization_id=organization_id or self.organization_id,
            vps_session_id=vps_session_id,
        )

    async def message(self, session_id: UUID | None, **values: Any) -> UUID:
        """A pending message of the stage's organisation."""
        values.setdefault("organization_id", self.organization_id)
        return await insert_message(self.connection, session_id=session_id, **values)

    async def row(self, message_id: UUID) -> asyncpg.Record:
        """The message as it is now."""
        return await message_row(self.connection, message_id)

    async def becomes(self, message_id: UUID, within_s: float = 10, **wanted: Any) -> asyncpg.Record:
        """Wait until the row has these values. ``unconfirmed=True`` and ``leased=True`` ask whether they are set."""

        async def probe() -> asyncpg.Record | None:
            row = await self.row(message_id)
            seen = dict(row) | {
                "unconfirmed": row["unconfirmed_at"] is not None,
                "leased": row["lease_token"] is not None,
                "started": row["attempt_started_at"] is not None,
                "accepted": row["accepted_at"] is not None,
            }
            return row if all(seen[name] == value for name, value in wanted.items()) else None

        return await until(probe, within_s, f"message {message_id} has {wanted}")


@pytest_asyncio.fixture
async def stage(database: Database, kafka: SharedKafka, topic_prefix: str) -> AsyncIterator[Stage]:
    """No sender runs yet: a test starts one with ``stage.start_sender(SETTING=value)``."""
    async with contextlib.AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Simulator.running(api_key=API_KEY))
        base: dict[str, Any] = {
            "database_url": url_of(database.url, "sender"),
            "kafka_bootstrap_servers": kafka.bootstrap_servers,
            "kafka_session_timeout_ms": 6000 if kafka.kind != "embedded" else 1000,
            "kafka_topic_partitions": 4,
            "truesend_topic_prefix": topic_prefix,
            "gateway_url": gateway.url,
            "gateway_api_key": API_KEY,
            "backoff_base_s": 0.1,
            "send_timeout_s": 5.0,
            "lookup_settle_s": 0.3,
            "shutdown_grace_s": 6.0,
            "auth_mode": "none",
        }
        settings = Settings(**base)
        await create_topics(settings)
        connection = await database.connect()
        stack.push_async_callback(connection.close)

        async def start_sender(**changes: Any) -> Sender:
            changed = Settings(**(base | changes))
            pool = await open_pool(
                url_of(database.url, "sender"), application="sender", max_size=changed.database_pool_size
            )
            sender = Sender(changed, pool, build_gateways(gateway_configs(changed)))
            await sender.broker.start()
            sender.start()

            async def stop() -> None:
                await sender.stop()
                pool.terminate()

            stack.push_async_callback(stop)
            return sender

        yield Stage(connection, gateway, settings, start_sender, uuid4())
