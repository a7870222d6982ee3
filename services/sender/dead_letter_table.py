"""What failed for good, told to the CRM's own table of dead letters, where it has one (``DEAD_LETTER_TABLE``).

An entry is written in the transaction in which the message fails. Whatever that table refuses is taken back by itself (the
statement's function has a savepoint), counted, logged once, and makes nothing else fail: the message says what became of it.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from truesend.store.crm_dead_letters import problem_with
from truesend.store.pool import Connection
from truesend.store.queries import load_queries

ENTRIES = Counter("truesend_crm_dead_letters", "Entries in the CRM's own table of dead letters.", ["result"])
SETTLE_EVERY_S = 30.0
SLICE = 500

log = structlog.get_logger(__name__)


class DeadLetterTable:
    """One process' hand in the CRM's table. Without a name it does nothing."""

    def __init__(self, name: str | None) -> None:
        self._name = name
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
        row = await self._queries["bury_messages"].fetchrow(db, target=self._name, message_ids=list(message_ids))
        assert row is not None  # noqa: S101 - the function always returns its one row
        if row["problem"] is None:
            ENTRIES.labels("written").inc(row["written"])
            return
        ENTRIES.labels("refused").inc(len(message_ids))
        self._tell_once("it takes no entry", sqlstate=row["problem"])

    async def settle(self, pool: asyncpg.Pool) -> float:
        """Close entries whose message did not stay failed. Returns the seconds to rest."""
        if self._name is None:
            return SETTLE_EVERY_S
        if not self._looked:
            self._looked = True
            if problem := await problem_with(pool, self._name):
                self._tell_once(problem)
        row = await self._queries["settle_buried"].fetchrow(pool, target=self._name, row_limit=SLICE)
        assert row is not None  # noqa: S101 - the function always returns its one row
        if row["problem"] is not None:
            self._tell_once("its entries can't be closed", sqlstate=row["problem"])
        ENTRIES.labels("closed").inc(row["settled"])
        return 0.0 if row["settled"] == SLICE else SETTLE_EVERY_S

    def _tell_once(self, why: str, **more: str) -> None:
        key = f"{why} {more}"
        if key not in self._told:
            self._told.add(key)
            log.warning("DEAD_LETTER_TABLE: what fails is not told there", table=self._name, why=why, **more)


NO_TABLE: Final = DeadLetterTable(None)
