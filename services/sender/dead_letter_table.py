"""What failed for good, told to the CRM's own table of dead letters, where it has one (``DEAD_LETTER_TABLE``).

An entry is written in the transaction in which the message fails. Whatever that table refuses is taken back by itself, under
a savepoint, counted, logged once, and makes nothing else fail: the message says what became of it. So is what takes it too
long, and what it would refuse only at the transaction's end.
"""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from truesend.store.crm_dead_letters import DeadLetterTableError, problem_with
from truesend.store.pool import Connection
from truesend.store.queries import load_queries

ENTRIES = Counter("truesend_crm_dead_letters", "Entries in the CRM's own table of dead letters.", ["result"])
SETTLE_EVERY_S = 30.0
SLICE = 500
# For a batch: at the end of what Postgres gives a statement the failure itself would not be written.
LONGEST_S = 10.0
_TOO_LONG = "57014"  # query_canceled

log = structlog.get_logger(__name__)


class DeadLetterTable:
    """One process' hand in the CRM's table. Without a name it does nothing."""

    def __init__(self, name: str | None, *, longest_s: float = LONGEST_S) -> None:
        self._name = name
        self._longest_s = longest_s
        self._queries = load_queries("crm_dead_letters")
        self._told: set[str] = set()
        self._looked = False

    @property
    def is_wanted(self) -> bool:
        """Whether there is one: only then is a transaction wanted around a failure."""
        return self._name is not None

    async def bury(self, db: Connection, message_ids: Sequence[UUID]) -> None:
        """Write an entry for each of these messages, which have just failed in the transaction of ``db``."""
        if self._name is None or not message_ids:
            return
        try:
            row = await self._ask(db, "bury_messages", message_ids=list(message_ids))
        except DeadLetterTableError as refusal:
            ENTRIES.labels("refused").inc(len(message_ids))
            self._tell_once("it takes no entry", sqlstate=str(refusal))
        else:
            ENTRIES.labels("written").inc(row["written"])

    async def settle(self, pool: asyncpg.Pool) -> float:
        """Close entries whose message did not stay failed. Returns the seconds to rest."""
        if self._name is None:
            return SETTLE_EVERY_S
        if not self._looked:
            self._looked = True
            if problem := await problem_with(pool, self._name):
                self._tell_once(problem)
        try:
            async with pool.acquire() as connection:
                row = await self._ask(connection, "settle_buried", row_limit=SLICE)
        except DeadLetterTableError as refusal:
            self._tell_once("its entries can't be closed", sqlstate=str(refusal))
            return SETTLE_EVERY_S
        ENTRIES.labels("closed").inc(row["settled"])
        return 0.0 if row["settled"] == SLICE else SETTLE_EVERY_S

    async def _ask(self, db: Connection, query: str, **values: object) -> asyncpg.Record:
        """What the function did. Raises DeadLetterTableError, and leaves the transaction of ``db`` as it was before."""
        try:
            async with asyncio.timeout(self._longest_s), db.transaction():
                row = await self._queries[query].fetchrow(db, target=self._name, **values)
                # what waits for the transaction's end would take the failure itself with it
                await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except TimeoutError:
            raise DeadLetterTableError(_TOO_LONG) from None
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.PLPGSQLError) as error:
            raise DeadLetterTableError(error.sqlstate) from None
        assert row is not None  # noqa: S101 - the function always returns its one row
        if row["problem"] is not None:
            raise DeadLetterTableError(row["problem"])
        return row

    def _tell_once(self, why: str, **more: str) -> None:
        key = f"{why} {more}"
        if key not in self._told:
            self._told.add(key)
            log.warning("DEAD_LETTER_TABLE: what fails is not told there", table=self._name, why=why, **more)


NO_TABLE: Final = DeadLetterTable(None)
