"""Asking a live CRM's database so that nobody notices: read-only, one short transaction for each question."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from truesend.store.queries import load_queries

LONGEST_MS: Final = 3_000
QUERIES: Final = load_queries("adoption_check")
# What a question may end with without ending the others: no right to read, a relation that is no longer there, a table that
# is too large to be counted in time, or locked.
_UNANSWERED = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.SyntaxOrAccessError,
    asyncpg.DataError,
)
# SET LOCAL, since a pooler between us and Postgres may refuse settings of a session, or leave them to the next client. One
# worker, since a check takes no more of a busy server than it must.
_LIMITS = (
    f"SET LOCAL statement_timeout = {LONGEST_MS};"
    " SET LOCAL lock_timeout = 300;"
    " SET LOCAL max_parallel_workers_per_gather = 0;"
    " SET LOCAL jit = off"
)


class Asking:
    """Questions on one connection. What could not be answered is kept by name, with the reason."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.unanswered: dict[str, str] = {}

    async def rows(self, name: str) -> Sequence[asyncpg.Record] | None:
        """The rows of the query of this name; None where they can't be had."""
        return await self.rows_of(name, QUERIES[name].text)

    async def row(self, name: str) -> asyncpg.Record | None:
        """The first row of the query of this name; None where there is none, or it can't be had."""
        rows = await self.rows(name)
        return rows[0] if rows else None

    async def rows_of(self, name: str, statement: str) -> Sequence[asyncpg.Record] | None:
        """The rows of a statement; ``name`` says what it asks."""
        try:
            async with self._connection.transaction(readonly=True):
                await self._connection.execute(_LIMITS)
                return await self._connection.fetch(statement)
        except _UNANSWERED as error:
            self.unanswered[name] = _why(error)
            return None


def _why(error: Exception) -> str:
    match error:
        case asyncpg.InsufficientPrivilegeError():
            return "this role may not read it"
        case asyncpg.QueryCanceledError():
            return f"not within {LONGEST_MS / 1000:g} s"
        case asyncpg.LockNotAvailableError():
            return "somebody has it locked"
        case _:
            return type(error).__name__
