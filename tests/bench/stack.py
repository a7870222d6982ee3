"""What a benchmark plays on: real servers for the run, and a database, topics and processes for each figure."""

import contextlib
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from tests.bench.bare import API_KEY
from tests.harness.databases import Database, fresh_database
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka, SharedPostgres, SharedServers, ask
from tests.harness.topics import delete_topics
from truesend.broker.topics import create_topics
from truesend.settings import Settings

PARTITIONS = 8


@dataclass(frozen=True, slots=True)
class Servers:
    """The run's broker and Postgres."""

    kafka: SharedKafka
    postgres: SharedPostgres

    async def described(self) -> str:
        """What they are, and how safely Postgres writes."""
        connection = await asyncpg.connect(self.postgres.url)
        try:
            version, fsync = [await connection.fetchval(f"SHOW {name}") for name in ("server_version", "fsync")]
        finally:
            await connection.close()
        return f"Postgres {version} ({self.postgres.kind}, fsync {fsync}), broker: {self.kafka.kind}"


@dataclass(slots=True)
class Stack:
    """One figure's own database, topics and processes."""

    connection: asyncpg.Connection
    settings: Settings
    folder: Path
    _environment: Mapping[str, str]
    _started: list[ServiceProcess] = field(default_factory=list)

    async def start(self, name: str, *, python: Sequence[str] = (sys.executable,), **changes: object) -> ServiceProcess:
        """Start one of our services as a process of its own, and wait until it is ready."""
        environment, number = {**self._environment, **_texts(changes)}, len(self._started) + 1
        service = ServiceProcess(name, environment, folder=self.folder, number=number, python=python)
        self._started.append(service)
        return await service.start(within_s=60)

    def stop_services(self) -> None:
        """End them as an operator would."""
        for service in reversed(self._started):
            service.terminate()


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Start Kafka and Postgres, or take those that KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL name."""
    shared = SharedServers()
    shared.open()
    try:
        kafka, postgres = ask("kafka"), ask("postgres")
        assert isinstance(kafka, SharedKafka)
        assert isinstance(postgres, SharedPostgres)
        yield Servers(kafka, postgres)
    finally:
        shared.close()


@asynccontextmanager
async def stack(servers: Servers, *, gateway_url: str | Sequence[str], **settings: object) -> AsyncIterator[Stack]:
    """A migrated database, topics, and the settings for services that talk to the gateway, or to several: `gateway_name`
    has their names."""
    template, prefix = ask("template"), f"bench{secrets.token_hex(4)}."
    assert isinstance(template, str)
    async with contextlib.AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="truesend-bench-")))
        database = await closing.enter_async_context(fresh_database(servers.postgres.url, template))
        values = _values(servers, database, prefix) | _gateways(gateway_url, folder) | settings
        created = Settings(**values)
        await create_topics(created)
        closing.push_async_callback(delete_topics, servers.kafka.bootstrap_servers, prefix)
        connection = await database.connect()
        closing.push_async_callback(connection.close)
        one = Stack(connection, created, folder, _texts(values))
        closing.callback(one.stop_services)
        yield one


def gateway_name(number: int) -> str:
    """What the one with that number, from 0, is called where there are several."""
    return f"g{number}"


def _values(servers: Servers, database: Database, prefix: str) -> dict[str, Any]:
    return {
        "database_url": database.url,
        "kafka_bootstrap_servers": servers.kafka.bootstrap_servers,
        "kafka_topic_partitions": PARTITIONS,
        "truesend_topic_prefix": prefix,
        "auth_mode": "none",
    }


def _gateways(urls: str | Sequence[str], folder: Path) -> dict[str, Any]:
    if isinstance(urls, str):
        return {"gateway_url": urls, "gateway_api_key": API_KEY}
    tables = [f'[gateways.{gateway_name(number)}]\nkind = "vps"\nurl = "{url}"\n' for number, url in enumerate(urls)]
    file = folder / "gateways.toml"
    file.write_text("\n".join(tables))
    return {"gateways_file": str(file)}


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {
        name.upper(): value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in values.items()
    }
