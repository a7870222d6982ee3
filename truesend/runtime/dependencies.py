"""Postgres and Kafka as a service needs them: waited for at the start, and asked about afterwards."""

import asyncio
import contextlib

import asyncpg
import structlog
from faststream.kafka import KafkaBroker

from truesend.broker.subscribed_topics import missing_topics
from truesend.observability.health import ReadinessCheck
from truesend.settings import Settings
from truesend.store.pool import BY_INDEX, open_pool
from truesend.store.schema_age import schema_problem

PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)


async def open_pool_patiently(settings: Settings, *, service: str, stopping: asyncio.Event) -> asyncpg.Pool | None:
    """Open the pool, waiting for Postgres with a growing pause and saying so. None when ``stopping`` came first.

    Raises SettingsError where a pooler stands before it that no setting names.
    """
    attempt = 0
    while not stopping.is_set():
        try:
            return await open_pool(
                settings.database_url.get_secret_value(),
                application=service,
                max_size=settings.database_pool_size,
                planner=BY_INDEX,
                mode=settings.database_pool_mode,
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            pause_s = PAUSES_S[min(attempt, len(PAUSES_S) - 1)]
            attempt += 1
            log.warning("Postgres cannot be reached, trying again", error=type(error).__name__, pause_s=pause_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause_s)
    return None


def database_problem(pool: asyncpg.Pool) -> ReadinessCheck:
    """A check that Postgres answers and has what this version needs, which it does not lose once it has it."""

    fits = False

    async def check() -> str | None:
        nonlocal fits
        async with asyncio.timeout(2):
            if fits:
                await pool.execute("SELECT 1")
                return None
            problem = await schema_problem(pool)
        fits = problem is None
        return problem

    return check


def broker_problem(broker: KafkaBroker) -> ReadinessCheck:
    """A check that Kafka answers and that every consumer of ours has joined its group."""

    async def check() -> str | None:
        if not await broker.ping(2.0):
            return "Kafka cannot be reached"
        consumers = [getattr(subscriber, "consumer", None) for subscriber in broker.subscribers]
        waiting = [consumer for consumer in consumers if consumer is None or not consumer.assignment()]
        if waiting and len(waiting) == len(consumers):
            return await missing_topics(broker) or "a consumer has no partitions yet"
        return None

    return check
