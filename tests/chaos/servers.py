"""The Kafka and the Postgres of a run: its own, which may be killed and filled up, or the test run's, which may not."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.chaos.proxy import Link
from tests.harness.kafka import MavenKafka, kafka_behind
from tests.harness.ports import lasting_port
from tests.harness.postgres import postgres_binaries
from truesend.broker.topics import create_topics
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.postgres import PostgresServer
from truesend.settings import KafkaSettings
from truesend.store.migrations import migrate_async

PARTITIONS: Final = 4
_DISK_BYTES: Final = 448 * 1024 * 1024
_POSTGRES_SETTINGS: Final = {
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "96MB",
    "min_wal_size": "32MB",
}


class NoApacheKafkaError(Exception):
    """This machine has no Apache Kafka that can be put behind proxies."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the judge and the CRM reach Kafka and Postgres, which nothing breaks; and the services' way to Kafka."""

    database_url: str = field(repr=False)
    bootstrap_servers: str
    topic_prefix: str = ""
    kafka_links: Mapping[str, Link] = field(default_factory=dict)
    own: "OwnServers | None" = None

    def bootstrap_for(self, process: str) -> str:
        """What this process connects to."""
        link = self.kafka_links.get(process)
        return self.bootstrap_servers if link is None else f"{LOOPBACK}:{link.port}"


class OwnServers:
    """Servers that a run may break. Each is started and ended by a thread of its own: one thing after another, each whole."""

    def __init__(self, kafka: MavenKafka, postgres: PostgresServer, disk: "SmallDisk | None") -> None:
        self._kafka = kafka
        self._postgres = postgres
        self.disk = disk
        self._threads = {name: ThreadPoolExecutor(1, thread_name_prefix=name) for name in ("Kafka", "Postgres")}

    async def kill_kafka(self) -> None:
        """As a crash would."""
        await self._do("Kafka", self._kafka.kill)

    async def stop_kafka(self) -> None:
        """In good order."""
        await self._do("Kafka", self._kafka.stop)

    async def start_kafka(self) -> None:
        """On the same port and data; nothing, where it runs."""
        await self._do("Kafka", lambda: None if self._kafka.is_running() else self._kafka.start())

    async def kill_postgres(self) -> None:
        """As a crash would."""
        await self._do("Postgres", self._postgres.kill)

    async def stop_postgres(self) -> None:
        """At once, ending every connection."""
        await self._do("Postgres", self._postgres.stop)

    async def start_postgres(self) -> None:
        """On the same port and data; nothing, where it runs."""
        await self._do("Postgres", lambda: None if self._postgres.is_running() else self._postgres.start())

    async def close(self) -> None:
        """End both."""
        await self._do("Kafka", self._kafka.close)
        await self.kill_postgres()
        for thread in self._threads.values():
            thread.shutdown()

    async def _do(self, name: str, work: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads[name], work)


class SmallDisk:
    """A file system of its own that can be filled up, with ``folder`` on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room."""
        with self._ballast.open("wb") as ballast:
            free = os.statvfs(self.folder)
            with contextlib.suppress(OSError):
                os.posix_fallocate(ballast.fileno(), 0, free.f_bavail * free.f_frsize)

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@asynccontextmanager
async def own_servers(processes: list[str]) -> AsyncIterator[Servers]:
    """Start Kafka and a durable Postgres, the services' ways to Kafka going through a link each.

    Raises NoApacheKafkaError where this machine has none.
    """
    doors: list[int] = []
    links = {name: Link(f"{name} to Kafka", _Door(doors, number)) for number, name in enumerate(processes)}
    async with contextlib.AsyncExitStack() as closing:
        for link in links.values():
            await link.open()
            closing.push_async_callback(link.close)
        kafka = kafka_behind([link.port for link in links.values()])
        if kafka is None:
            raise NoApacheKafkaError
        doors.extend(kafka.door_ports)
        folder, disk = closing.enter_context(_postgres_folder())
        postgres = PostgresServer(
            folder,
            binaries=list(postgres_binaries().values())[-1],
            log_file=folder / "postgres.log",
            port=lasting_port(),
            settings=_POSTGRES_SETTINGS,
        )
        own = OwnServers(kafka, postgres, disk)
        closing.push_async_callback(own.close)
        await own.start_postgres()
        await own.start_kafka()
        await migrate_async(postgres.url())
        await create_topics(
            KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers, kafka_topic_partitions=PARTITIONS)
        )
        yield Servers(postgres.url(), kafka.bootstrap_servers, kafka_links=links, own=own)


@dataclass(frozen=True, slots=True)
class _Door:
    """Where a link to Kafka ends: known when Kafka has been set up, which needs the links' ports."""

    doors: list[int]
    number: int

    def __call__(self) -> list[tuple[str, int]]:
        return [(LOOPBACK, self.doors[self.number])]


@contextmanager
def _postgres_folder() -> Iterator[tuple[Path, SmallDisk | None]]:
    """A folder for the database: on a small file system of its own where we may mount one."""
    folder = Path(tempfile.mkdtemp(prefix="truesend-chaos-"))
    mounted = _mount(folder)
    try:
        yield folder, SmallDisk(folder) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _mount(folder: Path) -> bool:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
