"""All three services around one simulated gateway, with a real database and a real broker."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
import pytest_asyncio

from services.api.service import ApiService
from services.sender.main import Sender
from services.verifier.main import Verifier
from simulator.frame.server import SimulatedGateway
from tests.harness.databases import Database
from tests.harness.rows import insert_message, insert_session, message_row
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.gateways.conformance.bench import NUMBER, SECRET, Bench
from tests.integration.gateways.conformance.benches import BENCHES
from truesend.broker.topics import create_topics
from truesend.gateways.configured import gateway_configs
from truesend.gateways.registry import build_gateways
from truesend.settings import Settings
from truesend.store.pool import open_pool

WITHIN_S: Final = 30
KEY: Final = "key-of-the-organization"


class Loop:
    """A gateway, the services, and the rows between them."""

    def __init__(
        self,
        bench: Bench,
        gateway: SimulatedGateway,
        connection: asyncpg.Connection,
        api: ApiClient,
        organization: UUID,
    ) -> None:
        self.bench = bench
        self.gateway = gateway
        self.connection = connection
        self.api = api
        self.organization_id = organization
        self.session_id = uuid4()

    @property
    def capabilities(self) -> Any:
        """What the bench's gateway declares."""
        return self.bench.dialect(self.bench.config(self.gateway.url)).capabilities

    async def add_session(self, **row: Any) -> None:
        """The bench's session, as a CRM has it."""
        self.session_id = await insert_session(
            self.connection, organization_id=self.organization_id, vps_session_id=self.bench.session_id, **row
        )

    async def verify(self) -> None:
        """As an operator does."""
        answer = await self.api.call(
            "POST", "/v1/sessions/verify", headers={"X-API-Key": KEY}, json={"session_ids": [str(self.session_id)]}
        )
        assert answer.status == 202, answer

    async def message(self, **values: Any) -> UUID:
        """A message that is due."""
        return await insert_message(
            self.connection,
            organization_id=self.organization_id,
            session_id=self.session_id,
            recipient=values.pop("recipient", NUMBER),
            **values,
        )

    async def row(self, message_id: UUID) -> asyncpg.Record:
        """The message as it is now."""
        return await message_row(self.connection, message_id)

    async def becomes(self, message_id: UUID, status: str, *columns: str) -> asyncpg.Record:
        """Wait until a message has this status, and something in these columns."""

        async def probe() -> asyncpg.Record | None:
            row = await self.row(message_id)
            return row if row["status"] == status and all(row[name] is not None for name in columns) else None

        return await until(probe, WITHIN_S, f"message {message_id} is {status} {columns}")

    async def session_becomes(self, status: str) -> None:
        """Wait until the session has this status."""

        async def probe() -> bool:
            query = "SELECT status FROM whatsapp_sessions WHERE id = $1"
            return bool(await self.connection.fetchval(query, self.session_id) == status)

        await until(probe, WITHIN_S, f"the session is {status}")


def gateways_file(folder: Path, bench: Bench, url: str) -> Path:
    """The file that describes the bench's gateway."""
    settings = {"connect_timeout_s": 2, "status_timeout_s": 3, "send_timeout_s": 3, "media_allow_private": True}
    lines = [
        "[gateways.default]",
        f'kind = "{bench.dialect.kind}"',
        f'url = "{url}"',
        'key_env = "BENCH_KEY"',
        'webhook_secret_env = "BENCH_SECRET"',
        *(f"{name} = {orjson.dumps(value).decode()}" for name, value in settings.items()),
        "[gateways.default.options]",
        *(f"{name} = {orjson.dumps(value).decode()}" for name, value in bench.options.items()),
    ]
    path = folder / "gateways.toml"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(params=BENCHES, ids=[bench.name for bench in BENCHES])
def bench(request: pytest.FixtureRequest) -> Bench:
    assert isinstance(request.param, Bench)
    return request.param


@pytest_asyncio.fixture
async def loop(
    bench: Bench,
    database: Database,
    kafka: SharedKafka,
    topic_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Loop]:
    """Everything runs; the bench's session is connected at its gateway, and not in the database yet."""
    monkeypatch.setenv("BENCH_KEY", bench.key)
    monkeypatch.setenv("BENCH_SECRET", SECRET)
    organization = uuid4()
    async with contextlib.AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(SimulatedGateway.running(bench.simulated, api_key=bench.key))
        gateway.memory.change_settings(extra=dict(bench.extra))
        bench.put_session(gateway)
        settings = _settings(
            bench, database, kafka, topic_prefix, organization, gateways_file(tmp_path, bench, gateway.url)
        )
        await create_topics(settings)
        api = ApiService(settings)
        await api.start()
        stack.push_async_callback(api.stop)
        client = ApiClient(f"http://127.0.0.1:{api.port}", KEY)
        stack.push_async_callback(client.close)
        await client.until_ready()
        gateway.memory.change_settings(
            webhook_url=f"http://127.0.0.1:{api.port}/v1/webhooks/default", webhook_secret=SECRET
        )
        for build in (Verifier, Sender):
            pool = await open_pool(database.url, application="loop", max_size=4)
            stack.callback(pool.terminate)
            worker = build(settings, pool, build_gateways(gateway_configs(settings)))
            await worker.broker.start()
            worker.start()
            stack.push_async_callback(worker.stop)
        connection = await database.connect()
        stack.push_async_callback(connection.close)
        yield Loop(bench, gateway, connection, client, organization)


def _settings(
    bench: Bench, database: Database, kafka: SharedKafka, topic_prefix: str, organization: UUID, file: Path
) -> Settings:
    given: Mapping[str, Any] = {
        "database_url": database.url,
        "kafka_bootstrap_servers": kafka.bootstrap_servers,
        "kafka_session_timeout_ms": 6000 if kafka.kind != "embedded" else 1000,
        "kafka_topic_partitions": 2,
        "truesend_topic_prefix": topic_prefix,
        "gateways_file": file,
        "verify_sweep_s": 3600.0,
        "verify_freshness_s": 0.0,
        "backoff_base_s": 0.2,
        "dispatch_poll_s": 0.1,
        "shutdown_grace_s": 3.0,
        "auth_mode": "api_key",
        "api_keys": {KEY: organization},
        "api_port": 0,
    }
    return Settings(**given)
