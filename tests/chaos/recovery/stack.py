"""A town whose Kafka and Postgres are its own, outside of pytest."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from simulator.server import Simulator
from tests.acceptance.conftest import GATEWAY_KEY, Infrastructure, Town, environment_of
from tests.harness.fixtures import PrivatePostgres
from tests.harness.kafka import kafka_of_our_own
from tests.harness.postgres import local_postgres
from tests.harness.services import ServiceProcess
from truesend.broker.topics import create_topics
from truesend.settings import KafkaSettings
from truesend.store.migrations import migrate_async

PARTITIONS = 8
# what a production has, where the tests are impatient
AS_IN_PRODUCTION = {"KAFKA_SESSION_TIMEOUT_MS": "10000", "BACKOFF_BASE_S": "5", "VERIFY_SWEEP_S": "60"}


class Launcher:
    """Starts services, each with a log of its own, and ends what is left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[ServiceProcess] = []

    async def __call__(self, name: str, environment: Mapping[str, str], *, within_s: float = 60) -> ServiceProcess:
        """One service, ready."""
        service = ServiceProcess(name, environment, folder=self._folder, number=len(self._started) + 1)
        self._started.append(service)
        return await service.start(within_s=within_s)

    def kill_all(self) -> None:
        """At the end."""
        for service in self._started:
            service.kill()


@asynccontextmanager
async def private_stack() -> AsyncIterator[Infrastructure]:
    """Kafka, Postgres and a simulated gateway, all of them this run's own, with the settings of a production."""
    kafka, local = kafka_of_our_own(), local_postgres(keeps_commits=True)
    async with contextlib.AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="truesend-recovery-")))
        closing.callback(kafka.close)
        closing.callback(local.close)
        kafka.start()
        local.start()
        postgres = PrivatePostgres(local)
        await migrate_async(postgres.url)
        await create_topics(
            KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers, kafka_topic_partitions=PARTITIONS)
        )
        gateway = await closing.enter_async_context(Simulator.running(api_key=GATEWAY_KEY))
        launcher = Launcher(folder)
        closing.callback(launcher.kill_all)
        environment = environment_of(postgres.url, kafka.bootstrap_servers, gateway.url, "") | AS_IN_PRODUCTION
        yield Infrastructure(kafka, postgres, Town(postgres.connect, gateway, environment, launcher))
