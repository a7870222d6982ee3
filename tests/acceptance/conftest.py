"""A whole Truesend of real processes around a simulated gateway."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest_asyncio

from simulator.server import Simulator
from tests.harness.databases import Database
from tests.harness.fixtures import PrivatePostgres, StartService
from tests.harness.kafka import KafkaServer
from tests.harness.roles import SERVICES, url_of
from tests.harness.rows import insert_message, insert_session, message_row
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.topics import create_topics
from truesend.settings import KafkaSettings
from truesend.store.migrations import migrate_async

GATEWAY_KEY = "canary-gateway-key-31415"
API_KEY = "canary-api-key-27182"
OTHER_API_KEY = "canary-api-key-of-another"


@dataclass
class Town:
    """A gateway, a CRM's database, and the services that are started."""

    connect: Callable[[], Any]
    gateway: Simulator
    environment: dict[str, str]
    launch: StartService
    database_urls: Mapping[str, str] = field(default_factory=dict)
    organization_id: UUID = field(default_factory=uuid4)
    other_organization_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        keys = f'{{"{API_KEY}": "{self.organization_id}", "{OTHER_API_KEY}": "{self.other_organization_id}"}}'
        self.environment |= {"API_KEYS": keys, "AUTH_MODE": "api_key"}

    async def start(self, name: str, **settings: object) -> ServiceProcess:
        """One service, ready to work; under its own role where ``database_urls`` has one for it."""
        url = self.database_urls.get(name, self.environment["DATABASE_URL"])
        changed = {key.upper(): str(value) for key, value in settings.items()}
        return await self.launch(name, self.environment | {"DATABASE_URL": url} | changed, within_s=60)

    async def session(self, vps_session_id: str, *, organization_id: UUID | None = None, **behaviour: Any) -> UUID:
        """A connected session, in the database and at the gateway; both know its ``phone_number``."""
        at_gateway = self.gateway.world.add(vps_session_id, **behaviour)
        async with self.database() as connection:
            return await insert_session(
                connection,
                organization_id=organization_id or self.organization_id,
                vps_session_id=vps_session_id,
                phone_number=at_gateway.phone_number,
            )

    async def message(self, session_id: UUID, **values: Any) -> UUID:
        """A pending message."""
        values.setdefault("organization_id", self.organization_id)
        async with self.database() as connection:
            return await insert_message(connection, session_id=session_id, **values)

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection, for one look or one write."""
        connection = await self.connect()
        try:
            yield connection
        finally:
            await connection.close()

    async def row(self, message_id: UUID) -> asyncpg.Record:
        """The message as it is now."""
        async with self.database() as connection:
            return await message_row(connection, message_id)

    async def becomes(self, message_id: UUID, status: str, within_s: float = 20) -> asyncpg.Record:
        """Wait for a status."""

        async def probe() -> asyncpg.Record | None:
            row = await self.row(message_id)
            return row if row["status"] == status else None

        return await until(probe, within_s, f"message {message_id} is {status}")

    async def session_becomes(self, session_id: UUID, status: str, within_s: float = 20) -> asyncpg.Record:
        """Wait for a session's status."""

        async def probe() -> asyncpg.Record | None:
            async with self.database() as connection:
                row = await connection.fetchrow("SELECT * FROM whatsapp_sessions WHERE id = $1", session_id)
            return row if row is not None and row["status"] == status else None

        return await until(probe, within_s, f"session {session_id} is {status}")

    async def session_is_looked_at(self, session_id: UUID, within_s: float = 20) -> None:
        """Wait until a verifier has asked for it."""

        async def probe() -> bool:
            async with self.database() as connection:
                return bool(
                    await connection.fetchval(
                        "SELECT last_verified_at IS NOT NULL FROM whatsapp_sessions WHERE id = $1", session_id
                    )
                )

        await until(probe, within_s, f"session {session_id} is looked at")

    async def counts(self) -> dict[str, int]:
        """Messages by status; those in doubt count as ``unconfirmed``."""
        async with self.database() as connection:
            rows = await connection.fetch(
                "SELECT CASE WHEN unconfirmed_at IS NOT NULL AND status = 'sending' THEN 'unconfirmed' ELSE status END"
                " AS status, count(*) AS number FROM scheduled_whatsapp_messages GROUP BY 1"
            )
        return {row["status"]: row["number"] for row in rows}

    async def all_are(self, status: str, number: int, within_s: float) -> None:
        """Wait until every message has this status."""

        async def probe() -> bool:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return await self.counts() == {status: number}
            return False

        await until(probe, within_s, f"all {number} messages are {status}")

    async def get(self, api: ServiceProcess, path: str, key: str = API_KEY) -> tuple[int, Any]:
        """Ask the API."""
        async with (
            aiohttp.ClientSession(headers={"X-API-Key": key}) as client,
            client.get(f"{api.url}{path}") as answer,
        ):
            return answer.status, await answer.json()

    async def post(self, api: ServiceProcess, path: str, body: object = None, key: str = API_KEY) -> tuple[int, Any]:
        """Ask the API to do something."""
        async with (
            aiohttp.ClientSession(headers={"X-API-Key": key}) as client,
            client.post(f"{api.url}{path}", json=body) as answer,
        ):
            return answer.status, await answer.json()


def environment_of(database_url: str, kafka: str, gateway: str, prefix: str) -> dict[str, str]:
    """What every service needs to know, impatient as tests are."""
    return {
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_SESSION_TIMEOUT_MS": "6000",
        "TRUESEND_TOPIC_PREFIX": prefix,
        "GATEWAY_KIND": "vps",
        "GATEWAY_URL": gateway,
        "GATEWAY_API_KEY": GATEWAY_KEY,
        "BACKOFF_BASE_S": "0.2",
        "LOOKUP_SETTLE_S": "0.5",
        "STATUS_TIMEOUT_S": "2",
        "VERIFY_SWEEP_S": "2",
        "VERIFY_FRESHNESS_S": "0.5",
    }


@pytest_asyncio.fixture
async def town(
    database: Database, kafka: SharedKafka, topic_prefix: str, start_service: StartService
) -> AsyncIterator[Town]:
    """A town on the run's servers, where each service may do what is its own to do, and nothing else."""
    await create_topics(
        KafkaSettings(
            kafka_bootstrap_servers=kafka.bootstrap_servers,
            truesend_topic_prefix=topic_prefix,
            kafka_topic_partitions=4,
        )
    )
    async with Simulator.running(api_key=GATEWAY_KEY) as gateway:
        environment = environment_of(database.url, kafka.bootstrap_servers, gateway.url, topic_prefix)
        urls: dict[str, str] = {service: url_of(database.url, service) for service in SERVICES}
        yield Town(database.connect, gateway, environment, start_service, urls)


@dataclass
class Infrastructure:
    """Servers of one test's own, which it may stop and start."""

    kafka: KafkaServer
    postgres: PrivatePostgres
    town: Town


@pytest_asyncio.fixture
async def private_town(
    private_kafka: Callable[[], KafkaServer],
    private_postgres: Callable[..., PrivatePostgres],
    start_service: StartService,
) -> AsyncIterator[Infrastructure]:
    """A town whose Kafka and Postgres are its own."""
    kafka, postgres = private_kafka(), private_postgres()
    await migrate_async(postgres.url)
    await create_topics(KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers, kafka_topic_partitions=4))
    async with Simulator.running(api_key=GATEWAY_KEY) as gateway:
        environment = environment_of(postgres.url, kafka.bootstrap_servers, gateway.url, "")
        yield Infrastructure(kafka, postgres, Town(postgres.connect, gateway, environment, start_service))
