"""Finding due messages: a walk through the pending ones in the order in which they are due.

Each pass looks at a slice of bounded size, so that a hundred thousand held messages cost no more than a hundred; a second,
shorter look at what became due just now keeps fresh messages from waiting for the walk to come round.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from truesend.store.queries import Query

SLICE = 2000
FRESH_S = 10.0
_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Staged:
    """What a pass found. ``walk_is_complete`` is False while messages lie beyond the slice."""

    staged: int
    walk_is_complete: bool


class Stager:
    """Stages due messages into the dispatch queue, one slice a pass."""

    def __init__(self, query: Query, organizations: tuple[UUID, ...] | None) -> None:
        self._query = query
        self._organizations = organizations
        self._cursor = _BEGINNING

    async def one_pass(self, connection: asyncpg.pool.PoolConnectionProxy) -> Staged:
        """Look at the next slice of the walk and, unless the walk has come to it, at what is fresh."""
        scanned, staged, last = await self._look(connection, self._cursor)
        if scanned < SLICE or last is None:
            self._cursor = _BEGINNING
            return Staged(staged, walk_is_complete=True)
        self._cursor = last
        now: datetime = await connection.fetchval("SELECT now()")
        fresh = (now - timedelta(seconds=FRESH_S), UUID(int=0))
        if self._cursor < fresh:
            _, more, _ = await self._look(connection, fresh)
            staged += more
        return Staged(staged, walk_is_complete=False)

    async def _look(
        self, connection: asyncpg.pool.PoolConnectionProxy, after: tuple[datetime, UUID]
    ) -> tuple[int, int, tuple[datetime, UUID] | None]:
        row = await self._query.fetchrow(
            connection,
            after_due_at=after[0],
            after_id=after[1],
            row_limit=SLICE,
            organizations=self._organizations,
        )
        assert row is not None  # noqa: S101 - the query always returns its one row
        last = None if row["last_id"] is None else (row["last_due_at"], row["last_id"])
        return row["scanned"], row["staged"], last
