"""Verifiers in this process, on real Postgres and a real broker, and a simulated gateway."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import asyncpg
import orjson
import pytest_asyncio
from aiokafka import AIOKafkaConsumer

from services.verifier.main import Verifier
from simulator.server import Simulator
from tests.harness.databases import Database
from tests.harness.roles import url_of
from tests.harness.rows import facts_of, insert_session
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher, Record
from truesend.broker.topics import create_topics
from truesend.contracts.events import GatewayEvent, VerifyReason, VerifySession
from truesend.contracts.topics import GATEWAY_EVENTS, SESSION_EVENTS, SESSION_VERIFY
from truesend.gateways.configured import gateway_configs
from truesend.gateways.registry import build_gateways
from truesend.settings import Settings
from truesend.store.pool import open_pool

API_KEY = "gateway-key-of-the-tests"
StartVerifier = Callable[..., Awaitable[Verifier]]


@dataclass
class Stage:
    """Where a verifier test plays: a database, a gateway, the topics, and as many verifiers as are started.

    ``start_verifier(SETTING=value)`` starts one; ``heard`` is every body on the topic of session events.
    """

    database: Database
    connection: asyncpg.Connection
    gateway: Simulator
    settings: Settings
    environment: dict[str, str]
    start_verifier: StartVerifier
    publisher: Publisher
    organization_id: UUID = field(default_factory=uuid4)
    heard: list[dict[str, Any]] = field(default_factory=list)
    only_told: bool = False  # no session is asked for because it is new

    async def session(self, vps_session_id: str, status: str = "connected", **behaviour: Any) -> UUID:
        """A session with this status in the database, and with this behaviour at the gateway."""
        self.gateway.world.add(vps_session_id, **behaviour)
        async with self.connection.transaction():
            session_id = await insert_session(
                self.connection, organization_id=self.organization_id, vps_session_id=vps_session_id, status=status
            )
            if self.only_told:
                await self.connection.execute(
                    "INSERT INTO truesend.session_checks (session_id, due_at) VALUES ($1, now() + interval '1 hour')",
                    session_id,
                )
        return session_id

    def reads(self, vps_session_id: str) -> int:
        """How often the gateway was asked for it."""
        return self.gateway.world.sessions[vps_session_id].reads

    async def ask(
        self, *session_ids: UUID, reason: VerifyReason = VerifyReason.PAGE_LOAD, organization_id: UUID | None = None
    ) -> None:
        """Publish one request for each."""
        now = datetime.now(UTC)
        bodies = [
            VerifySession(
                session_id=session_id,
                organization_id=organization_id or self.organization_id,
                reason=reason,
                requested_at=now,
            )
            for session_id in session_ids
        ]
        records = [
            Record(SESSION_VERIFY, body.session_id, body.model_dump_json().encode(), "session.verify", now)
            for body in bodies
        ]
        await self.publisher.publish(records)

    async def tell(self, *said: GatewayEvent) -> None:
        """Publish what a gateway told by webhook."""
        await self.publisher.publish(
            [
                Record(
                    GATEWAY_EVENTS,
                    uuid5(NAMESPACE_URL, event.gateway_session_id),
                    event.model_dump_json(exclude_none=True).encode(),
                    f"gateway.{event.kind}",
                    event.received_at,
                )
                for event in said
            ]
        )

    async def publish_garbage(self) -> None:
        """Publish a request that does not fit its contract."""
        await self.publisher.publish(
            [Record(SESSION_VERIFY, uuid4(), b'{"session_id": 7', "session.verify", datetime.now(UTC))]
        )

    async def waits_for_a_lock(self) -> None:
        """Wait until a verifier's statement waits for somebody's transaction."""

        async def probe() -> bool:
            return bool(
                await self.connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND application_name = 'truesend-verifier' AND wait_event_type = 'Lock'"
                )
            )

        await until(probe, 15, "a verifier waits for a lock")

    async def asked(self, vps_session_id: str, times: int) -> None:
        """Wait until the gateway was asked for it so often."""

        async def probe() -> bool:
            return self.reads(vps_session_id) >= times

        await until(probe, 20, f"the gateway is asked for {vps_session_id} {times} time(s)")

    async def row(self, session_id: UUID) -> asyncpg.Record:
        """The session as it is now."""
        row = await self.connection.fetchrow("SELECT * FROM whatsapp_sessions WHERE id = $1", session_id)
        assert row is not None
        return row

    async def facts(self, session_id: UUID) -> list[str]:
        """The types of its facts, oldest first."""
        return await facts_of(self.connection, session_id)

    async def becomes(self, session_id: UUID, *, within_s: float = 15, **wanted: Any) -> asyncpg.Record:
        """Wait until the row has these values. ``verified=True`` asks whether it ever was."""

        async def probe() -> asyncpg.Record | None:
            row = await self.row(session_id)
            seen = dict(row) | {"verified": row["last_verified_at"] is not None}
            return row if all(seen[name] == value for name, value in wanted.items()) else None

        return await until(probe, within_s, f"session {session_id} has {wanted}")

    async def finished(self, session_id: UUID, *, after: datetime | None = None, within_s: float = 15) -> datetime:
        """Wait until no check of it is going on and the last ended after ``after``. Returns when it did."""

        async def probe() -> datetime | None:
            check = await self.connection.fetchrow(
                "SELECT token, ask_again, finished_at FROM truesend.session_checks WHERE session_id = $1", session_id
            )
            if check is None or check["token"] is not None or check["finished_at"] is None:
                return None
            ended: datetime = check["finished_at"]
            return ended if after is None or ended > after else None

        return await until(probe, within_s, f"the check of {session_id} is finished")

    async def hears(self, session_id: UUID, event_type: str, *, within_s: float = 15) -> dict[str, Any]:
        """Wait for an event of this type on Kafka."""

        async def probe() -> dict[str, Any] | None:
            return next(
                (body for body in self.heard if body["id"] == str(session_id) and body["type"] == event_type), None
            )

        return await until(probe, within_s, f"{event_type} of {session_id} on Kafka")


def status(vps_session_id: str, state: str, *, age_s: float = 0.0, **more: Any) -> GatewayEvent:
    """A status webhook that was received ``age_s`` ago."""
    return GatewayEvent(
        gateway=more.pop("gateway", "default"),
        gateway_session_id=vps_session_id,
        kind="status",
        received_at=datetime.now(UTC) - timedelta(seconds=age_s),
        state=state,
        **more,
    )


@pytest_asyncio.fixture
async def stage(database: Database, kafka: SharedKafka, topic_prefix: str) -> AsyncIterator[Stage]:
    """No verifier runs yet. Nothing is swept unless a test sets ``verify_sweep_s``."""
    async with contextlib.AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Simulator.running(api_key=API_KEY))
        base: dict[str, Any] = {
            "database_url": url_of(database.url, "verifier"),
            "kafka_bootstrap_servers": kafka.bootstrap_servers,
            "kafka_session_timeout_ms": 6000 if kafka.kind != "embedded" else 1000,
            "kafka_topic_partitions": 4,
            "truesend_topic_prefix": topic_prefix,
            "gateway_url": gateway.url,
            "gateway_api_key": API_KEY,
            "verify_sweep_s": 3600.0,
            "shutdown_grace_s": 5.0,
            "auth_mode": "none",
        }
        settings = Settings(**base)
        await create_topics(settings)
        connection = await database.connect()
        stack.push_async_callback(connection.close)
        broker = make_broker(settings, service="tests")
        await broker.start()
        stack.push_async_callback(broker.stop)

        async def start_verifier(**changes: Any) -> Verifier:
            changed = Settings(**(base | changes))
            pool = await open_pool(
                url_of(database.url, "verifier"), application="verifier", max_size=changed.database_pool_size
            )
            verifier = Verifier(changed, pool, build_gateways(gateway_configs(changed)))
            await verifier.broker.start()
            verifier.start()

            async def stop() -> None:
                await verifier.stop()
                pool.terminate()

            stack.push_async_callback(stop)
            return verifier

        stage = Stage(
            database,
            connection,
            gateway,
            settings,
            {name.upper(): str(value) for name, value in base.items()},
            start_verifier,
            Publisher(broker, topic_prefix=topic_prefix, source="/truesend/tests"),
        )
        listening = asyncio.create_task(_listen(settings, stage.heard))
        stack.callback(listening.cancel)
        yield stage


async def _listen(settings: Settings, heard: list[dict[str, Any]]) -> None:
    consumer = AIOKafkaConsumer(
        f"{settings.truesend_topic_prefix}{SESSION_EVENTS.name}",
        bootstrap_servers=settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
    )
    async with consumer:
        while True:
            record = await consumer.getone()
            heard.append(orjson.loads(record.value))
