"""The database as a request meets it: there within a few seconds, or a 503."""

import contextlib
from collections.abc import AsyncIterator

import asyncpg
import structlog

from services.api.problems import DatabaseAway
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop
from truesend.store.pool import open_pool

ACQUIRE_TIMEOUT_S = 5.0
LOOK_S = 5.0

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
log = structlog.get_logger(__name__)


class Database:
    """A pool that is opened in the background, and opened again by itself when Postgres comes back."""

    def __init__(self, url: str, *, pool_size: int, heartbeats: Heartbeats) -> None:
        self._url = url
        self._pool_size = pool_size
        self._pool: asyncpg.Pool | None = None
        self._loop = Loop("database", self._open_if_needed, heartbeats)

    def start(self) -> None:
        """Begin to open it."""
        self._loop.start()

    async def stop(self) -> None:
        """Close every connection, waiting for nobody."""
        await self._loop.stop(within_s=1)
        if self._pool is not None:
            self._pool.terminate()

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy]:
        """A connection for a few statements. Raises DatabaseAway when Postgres is, then or in between."""
        if self._pool is None:
            raise DatabaseAway
        try:
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
                yield connection
        except asyncpg.DataError:
            raise
        except _AWAY as error:
            log.warning("the database cannot be asked", error=type(error).__name__)
            raise DatabaseAway from error

    async def problem(self) -> str | None:
        """None when it answers, else why it cannot be used."""
        try:
            async with self.connection() as connection:
                await connection.execute("SELECT 1")
        except DatabaseAway as error:
            return error.detail
        return None

    async def _open_if_needed(self) -> float:
        if self._pool is None:
            self._pool = await open_pool(self._url, application="api", max_size=self._pool_size)
            log.info("the database is open")
        return LOOK_S
