"""The fixtures that tests ask for by name."""

import secrets
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest
import pytest_asyncio

from tests.harness.ci import real_kafka_is_required
from tests.harness.databases import Database, fresh_database
from tests.harness.kafka import KafkaServer, apache_kafka
from tests.harness.postgres import LocalPostgres, local_postgres
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka, SharedPostgres, ask
from tests.harness.topics import delete_topics

SERVICES = pytest.StashKey[list[ServiceProcess]]()


@dataclass(frozen=True, slots=True)
class PrivatePostgres:
    """A test's own server, started: it may be stopped, killed and started again on the same port and data."""

    _local: LocalPostgres

    @property
    def url(self) -> str:
        """The empty database `truesend`."""
        return self._local.server.url()

    async def connect(self) -> asyncpg.Connection:
        """Open a connection; the caller closes it, or the server's end does."""
        return await asyncpg.connect(self.url)

    def start(self) -> None:
        self._local.server.start()

    def stop(self) -> None:
        self._local.server.stop()

    def kill(self) -> None:
        self._local.server.kill()

    def restart(self) -> None:
        self._local.server.restart()


class StartService(Protocol):
    """Starts one of our services as a process and waits until it is ready."""

    async def __call__(self, name: str, environment: Mapping[str, str], *, within_s: float = 30) -> ServiceProcess: ...


@pytest.fixture(autouse=True)
def errors_end_as_before() -> Iterator[None]:
    """No test decides what becomes of a later one's errors: our services' logging, set up in this process, would."""
    before = sys.excepthook, threading.excepthook
    yield
    assert (sys.excepthook, threading.excepthook) == before, "logging_as_a_process_of() puts the hooks back"


@pytest.fixture(scope="session")
def kafka() -> SharedKafka:
    """The run's broker."""
    answer = ask("kafka")
    assert isinstance(answer, SharedKafka)
    return answer


@pytest.fixture(scope="session")
def postgres() -> SharedPostgres:
    """The run's Postgres."""
    answer = ask("postgres")
    assert isinstance(answer, SharedPostgres)
    return answer


@pytest_asyncio.fixture
async def database(postgres: SharedPostgres) -> AsyncIterator[Database]:
    """A database of this test's own, with every migration applied."""
    template = ask("template")
    assert isinstance(template, str)
    async with fresh_database(postgres.url, template) as fresh:
        yield fresh


@pytest_asyncio.fixture
async def empty_database(postgres: SharedPostgres) -> AsyncIterator[Database]:
    """A database of this test's own, without anything in it."""
    async with fresh_database(postgres.url) as fresh:
        yield fresh


@pytest_asyncio.fixture
async def topic_prefix(kafka: SharedKafka) -> AsyncIterator[str]:
    """What this test's topics begin with on the shared broker; they are deleted afterwards."""
    prefix = f"t{secrets.token_hex(4)}."
    yield prefix
    await delete_topics(kafka.bootstrap_servers, prefix)


@pytest.fixture
def private_kafka() -> Iterator[Callable[[], KafkaServer]]:
    """Makes Apache Kafka nodes of this test's own, started, to be stopped and started at will."""
    started: list[KafkaServer] = []

    def start() -> KafkaServer:
        node = apache_kafka()
        if node is None and real_kafka_is_required():
            pytest.fail("This run demands Apache Kafka, and this machine has neither Docker nor Maven and Java 17.")
        if node is None:
            pytest.skip("needs an Apache Kafka of its own: Docker, or Maven and Java 17")
        started.append(node)
        node.start()
        return node

    yield start
    for node in started:
        node.close()


@pytest.fixture
def private_postgres() -> Iterator[Callable[..., PrivatePostgres]]:
    """Makes Postgres servers of this test's own, started; `major=` wants one of the versions in `postgres_binaries`."""
    started: list[LocalPostgres] = []

    def start(*, major: int | None = None) -> PrivatePostgres:
        server = local_postgres(major, keeps_commits=True)
        started.append(server)
        server.start()
        return PrivatePostgres(server)

    yield start
    for server in started:
        server.close()


@pytest.fixture
def start_service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StartService]:
    """Starts our services as processes, which end with the test; a failed test's report shows the end of their logs."""
    services = request.node.stash.setdefault(SERVICES, [])

    async def start(name: str, environment: Mapping[str, str], *, within_s: float = 30) -> ServiceProcess:
        number = len(services) + 1
        service = ServiceProcess(name, environment, folder=tmp_path, number=number, from_nursery=True)
        services.append(service)
        return await service.start(within_s=within_s)

    yield start
    for service in services:
        service.kill()
