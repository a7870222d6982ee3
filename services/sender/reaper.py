"""What nobody came back for: leases that ran out, confirmations that never came, messages that grew too old."""

from uuid import UUID

import asyncpg
import structlog

from services.sender.dead_letter_table import NO_TABLE, DeadLetterTable
from services.sender.decide import DOUBT_MESSAGE
from services.sender.pulse import WATCHED_REST_S
from truesend.settings import Settings
from truesend.store.queries import Executor, load_queries

LEASES_EVERY_S = 0.5
BATCH = 500
QUEUE_SLICE = 5000
ABANDONED_AFTER_LEASES = 3.0
UNCONFIRMED_ACCEPT = "Unconfirmed: the gateway accepted it, and never confirmed it. It is being looked up."
ORPHAN = "Unconfirmed: another program left it in sending. Check the chat, then retry or mark it."
EXPIRED = "Expired: it was due more than {hours:g} hours ago, and was not sent."
_FIRST = UUID(int=0)

log = structlog.get_logger(__name__)


class Reaper:
    """Runs in every sender; rows that one has locked, the others pass over."""

    def __init__(self, pool: asyncpg.Pool, settings: Settings, *, dead_letters: DeadLetterTable = NO_TABLE) -> None:
        self._dead_letters = dead_letters
        self._pool = pool
        self._settings = settings
        self._queries = load_queries("sender")
        self._queue_cursor = _FIRST

    async def reap_leases(self) -> float:
        """Never started → pending; started → in doubt. Returns the seconds to rest."""
        row = await self._queries["reap_leases"].fetchrow(self._pool, row_limit=BATCH, doubt_message=DOUBT_MESSAGE)
        if row and (row["doubts"] or row["released"]):
            log.warning("leases ran out", started=row["doubts"], never_started=row["released"])
            return LEASES_EVERY_S
        return WATCHED_REST_S

    async def reap_the_rest(self) -> float:
        """Accepts without a confirmation, others' leftovers, closed chats, old messages. Returns the seconds to rest."""
        await self._queries["reap_unconfirmed_accepts"].execute(
            self._pool,
            confirm_timeout_s=self._settings.confirm_timeout_s,
            row_limit=BATCH,
            doubt_message=UNCONFIRMED_ACCEPT,
        )
        await self._queries["reap_orphans"].execute(
            self._pool,
            message_max_age_s=self._settings.message_max_age_s,
            organizations=self._settings.organizations,
            row_limit=BATCH,
            orphan_message=ORPHAN,
        )
        await self._queries["release_chats"].execute(self._pool, confirm_timeout_s=self._settings.confirm_timeout_s)
        expired = await self._expire_old()
        await self._prune_queue()
        await self._queries["prune_idempotency_keys"].execute(self._pool, row_limit=BATCH)
        return 0.05 if expired == BATCH else WATCHED_REST_S

    async def _expire_old(self) -> int:
        if not self._dead_letters.is_wanted:
            return int((await self._expired(self._pool))["expired"])
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self._expired(connection)
            await self._dead_letters.bury(connection, row["message_ids"])
        return int(row["expired"])

    async def _expired(self, db: Executor) -> asyncpg.Record:
        row = await self._queries["expire_old"].fetchrow(
            db,
            message_max_age_s=self._settings.message_max_age_s,
            organizations=self._settings.organizations,
            row_limit=BATCH,
            expired_message=EXPIRED.format(hours=self._settings.message_max_age_s / 3600),
        )
        assert row is not None  # noqa: S101 - the query always returns its one row
        return row

    async def _prune_queue(self) -> None:
        row = await self._queries["prune_queue"].fetchrow(
            self._pool,
            after_id=self._queue_cursor,
            row_limit=QUEUE_SLICE,
            abandoned_after_s=self._settings.lease_s * ABANDONED_AFTER_LEASES,
        )
        self._queue_cursor = row["last_id"] if row is not None and row["scanned"] == QUEUE_SLICE else _FIRST
