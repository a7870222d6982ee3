"""A connection to a pooler that lends a connection of the database's for one transaction, and then to somebody else.

Nothing may be left in a session there, or be expected of it: no setting, no prepared statement, no lock, no LISTEN. So
every statement runs inside a transaction, which begins with the settings that it needs.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import asyncpg

_LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class ByTransaction(asyncpg.Connection):
    """What asyncpg's own connection does, with a transaction around each statement that stands by itself.

    A statement without parameters goes out in one piece, which a pooler keeps together by itself; it has no settings of
    ours. To be opened with ``statement_cache_size=0``: a statement is then prepared in the transaction that runs it.
    """

    settings: ClassVar[Mapping[str, str]] = {}
    """What each transaction begins with. Its own ``SET LOCAL`` come later, and win."""

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        """Run it; returns Postgres' command tag. One that begins a transaction gives it our settings."""
        if not args:
            return await super().execute(self._with_settings(query), timeout=timeout)
        async with self._transaction_around():
            return await super().execute(query, *args, timeout=timeout)

    async def fetch(self, query: str, *args: object, **options: Any) -> Any:
        """All rows."""
        async with self._transaction_around():
            return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: object, **options: Any) -> Any:
        """The first row, or None."""
        async with self._transaction_around():
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: object, **options: Any) -> Any:
        """One column of the first row, or None."""
        async with self._transaction_around():
            return await super().fetchval(query, *args, **options)

    @contextlib.asynccontextmanager
    async def _transaction_around(self) -> AsyncIterator[None]:
        if self.is_in_transaction():
            yield
            return
        await self.execute("BEGIN;")
        try:
            yield
        except BaseException:
            with contextlib.suppress(*_LOST):
                await super().execute("ROLLBACK")
            raise
        await super().execute("COMMIT")

    def _with_settings(self, query: str) -> str:
        if not query.startswith("BEGIN") or self.is_in_transaction():
            return query
        begin, _, rest = query.partition(";")
        settings = "".join(f" SET LOCAL {name} = '{value}';" for name, value in self.settings.items())
        return f"{begin};{settings}{rest}"


def by_transaction(settings: Mapping[str, str]) -> type[ByTransaction]:
    """The class of connections whose transactions begin with these settings: our own words, never anybody's input."""
    return type("ByTransaction", (ByTransaction,), {"settings": dict(settings)})
