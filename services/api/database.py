"""The database as a request meets it: bound to one organisation, there within a few seconds, or a 503."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import structlog

from services.api.problems import DatabaseAway, DatabaseTooOld
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop
from truesend.settings import PoolMode, SettingsError
from truesend.store.pool import open_pool
from truesend.store.pool_gauges import watch_pool
from truesend.store.schema_age import schema_problem

ACQUIRE_TIMEOUT_S = 5.0
LOOK_S = 5.0
FIRST_OPENING_S = 2.0

Connection = asyncpg.pool.PoolConnectionProxy

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
_TOO_OLD = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError)
log = structlog.get_logger(__name__)


class Database:
    """A pool that is opened in the background, and opened again by itself when Postgres comes back."""

    def __init__(
        self, url: str, *, pool_size: int, heartbeats: Heartbeats, pool_mode: PoolMode = PoolMode.SESSION
    ) -> None:
        self._url = url
        self._pool_size = pool_size
        self._pool_mode = pool_mode
        self._wrong_setting: str | None = None
        self._pool: asyncpg.Pool | None = None
        self._fits = False
        self._tried = asyncio.Event()
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
    async def of(
        self, organization_id: UUID, *, is_snapshot: bool = False, settings: str = ""
    ) -> AsyncIterator[Connection]:
        """A transaction of one organisation: where the API has a role of its own, row security shows it no other's rows,
        whatever a statement forgets. It ends with the block, and is taken back where that raises.

        ``is_snapshot``: all is read at one moment, and nothing written. ``settings`` are statements that set something
        for the transaction; they cost no round trip. For a part that may fail by itself there is ``savepoint``. Raises
        DatabaseAway when Postgres is, then or in between.
        """
        mode = " ISOLATION LEVEL REPEATABLE READ, READ ONLY" if is_snapshot else ""
        # one round trip for all of it; a UUID has no letter that could end the text
        begin = f"BEGIN{mode}; SET LOCAL truesend.organization_id = '{organization_id}'; {settings}"
        async with self.unbound() as connection:
            try:
                await connection.execute(begin)
                yield connection
            except BaseException:
                with contextlib.suppress(*_AWAY, asyncpg.PostgresError):
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")

    @contextlib.asynccontextmanager
    async def unbound(self) -> AsyncIterator[Connection]:
        """A connection that is no organisation's, for what belongs to none, and for the few functions that look across
        them. Row security shows it no organisation's rows. Raises DatabaseAway when Postgres is, then or in between.
        """
        if not self._tried.is_set():
            # Who comes in a process's first moment waits for it: Postgres is not away because nobody has asked it yet.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._tried.wait(), FIRST_OPENING_S)
        if self._pool is None:
            raise DatabaseAway
        try:
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
                yield connection
        except asyncpg.DataError:
            raise
        except _TOO_OLD as error:
            log.warning("the database lacks what this version needs: run truesend migrate", error=type(error).__name__)
            raise DatabaseTooOld from error
        except _AWAY as error:
            log.warning("the database cannot be asked", error=type(error).__name__)
            raise DatabaseAway from error

    async def problem(self) -> str | None:
        """None when it answers and has what this version needs, else why it cannot be used."""
        try:
            async with self.unbound() as connection:
                if self._fits:
                    await connection.execute("SELECT 1")
                    return None
                problem = await schema_problem(connection)
        except DatabaseAway as error:
            return self._wrong_setting or error.detail
        self._fits = problem is None
        return problem

    async def _open_if_needed(self) -> float:
        try:
            await self._open()
        finally:
            self._tried.set()
        return LOOK_S

    async def _open(self) -> None:
        if self._pool is None:
            try:
                self._pool = await open_pool(
                    self._url, application="api", max_size=self._pool_size, mode=self._pool_mode
                )
            except SettingsError as error:
                # Not the end: a pooler may be on its way out, and what needs no database is served.
                self._wrong_setting = str(error)
                log.warning("the database cannot be used as it is set", problem=self._wrong_setting)
            else:
                self._wrong_setting = None
                watch_pool(self._pool)
                log.info("the database is open")


@contextlib.asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """A part of a transaction that is taken back by itself where it raises; what was before it stays. Not to be nested."""
    await connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        with contextlib.suppress(*_AWAY):
            await connection.execute("ROLLBACK TO part; RELEASE part")
        raise
    await connection.execute("RELEASE part")
