"""What the verifier and the sender have in common: settings → gateways → pool → broker → work, until SIGTERM."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import asyncpg
import structlog
import uvloop
from faststream.kafka import KafkaBroker

from truesend.broker.dead_letters import DeadLetters
from truesend.broker.factory import kafka_client_options, start_broker
from truesend.gateways.configured import gateway_configs
from truesend.gateways.protocol import Gateway
from truesend.gateways.registry import build_gateways
from truesend.observability.build import tell_version
from truesend.observability.event_loop import LoopWatch
from truesend.observability.exporting import traces_exported
from truesend.observability.health import HealthServer
from truesend.observability.heartbeats import Heartbeats
from truesend.observability.logging import configure_logging
from truesend.runtime.dependencies import broker_problem, database_problem, open_pool_patiently
from truesend.runtime.garbage import leave_alone_what_is_here
from truesend.runtime.known_secrets import known_secrets
from truesend.runtime.shutdown import stop_event
from truesend.settings import Settings, load_settings
from truesend.store.pool_gauges import watch_pool

log = structlog.get_logger(__name__)


class Worker(Protocol):
    """A service without an API of its own."""

    @property
    def heartbeats(self) -> Heartbeats:
        """Its loops' heartbeats, for liveness."""
        ...

    @property
    def broker(self) -> KafkaBroker:
        """Its broker, with its subscriptions, not started."""
        ...

    @property
    def dead_letters(self) -> DeadLetters:
        """Where its consumers bury what cannot be handled, up to a limit."""
        ...

    def start(self) -> None:
        """Begin to work; the broker has started."""
        ...

    async def stop(self) -> None:
        """Finish or safely abandon what is in flight, within the settings' grace."""
        ...


BuildWorker = Callable[[Settings, asyncpg.Pool, Mapping[str, Gateway]], Worker]


async def serve_worker(settings: Settings, *, service: str, build: BuildWorker) -> None:
    """Run until SIGTERM or SIGINT. Waits for Postgres and Kafka, and says so.

    Raises GatewayConfigError, or SettingsError for a health port that is taken or certificates that can't be read, at once;
    SettingsError, too, for a pooler before Postgres that no setting names.
    """
    stopping = stop_event()
    client_options = kafka_client_options(settings)
    gateways = build_gateways(gateway_configs(settings))
    health = HealthServer(
        host=settings.health_host,
        port=settings.health_port,
        heartbeats=Heartbeats(),
        checks={"database": _not_yet_there},
    )
    await health.start()
    tell_version()
    loop_watch = LoopWatch()
    loop_watch.start()
    try:
        pool = await open_pool_patiently(settings, service=service, stopping=stopping)
        if pool is not None:
            watch_pool(pool)
            await _work(build(settings, pool, gateways), pool, health, stopping, client_options)
    finally:
        loop_watch.stop()
        await health.stop()


async def _work(
    worker: Worker,
    pool: asyncpg.Pool,
    health: HealthServer,
    stopping: asyncio.Event,
    client_options: Mapping[str, object],
) -> None:
    checks = {
        "database": database_problem(pool),
        "kafka": broker_problem(worker.broker),
        "dead_letters": worker.dead_letters.problem,
    }
    health.watch(worker.heartbeats, checks)
    try:
        await start_broker(worker.broker, client_options, say=log.warning, stopping=stopping)
        if not stopping.is_set():
            worker.start()
            leave_alone_what_is_here()
            log.info("running", health_port=health.port)
            await stopping.wait()
            log.info("stopping")
            await worker.stop()
    finally:
        pool.terminate()


async def _not_yet_there() -> str | None:
    return "Postgres cannot be reached"


def run_worker(*, service: str, build: BuildWorker) -> None:
    """The process. Raises SettingsError or GatewayConfigError before anything is opened."""
    settings = load_settings()
    secrets = known_secrets(settings, gateway_configs(settings))
    configure_logging(service=service, level=settings.log_level, secrets=secrets)
    with traces_exported(settings, service=service):
        uvloop.run(serve_worker(settings, service=service, build=build))
