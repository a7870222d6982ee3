"""Queries by name, from the files in ``db/queries``.

aiosql reads the files and turns their ``:names`` into asyncpg's ``$1, $2 …``; this module gives them types. A query
that is missing, or called with other parameters than it has, fails at once with its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiosql
import asyncpg
from aiosql.adapters.asyncpg import AsyncPGAdapter

from truesend.store.files import database_folder

Executor = asyncpg.Pool | asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Query:
    """One statement. Its parameters are given by name; ``db`` is a pool or a connection."""

    name: str
    text: str
    parameters: tuple[str, ...]

    async def fetch(self, db: Executor, /, **values: object) -> list[asyncpg.Record]:
        """All rows."""
        return await db.fetch(self.text, *self._arguments(values))

    async def fetchrow(self, db: Executor, /, **values: object) -> asyncpg.Record | None:
        """The first row, or None."""
        return await db.fetchrow(self.text, *self._arguments(values))

    async def fetchval(self, db: Executor, /, **values: object) -> Any:
        """The first column of the first row, or None."""
        return await db.fetchval(self.text, *self._arguments(values))

    async def execute(self, db: Executor, /, **values: object) -> str:
        """Run it; returns Postgres' command tag."""
        return await db.execute(self.text, *self._arguments(values))

    def _arguments(self, values: Mapping[str, object]) -> list[object]:
        if values.keys() != set(self.parameters):
            raise TypeError(f"query {self.name} takes {sorted(self.parameters)}, was given {sorted(values)}")
        return [values[name] for name in self.parameters]


@cache
def load_queries(folder: str) -> Mapping[str, Query]:
    """Every query of ``db/queries/<folder>``, by name. Raises KeyError for a folder without any."""
    adapter = AsyncPGAdapter()  # type: ignore[no-untyped-call]
    path = database_folder() / "queries" / folder
    loaded = aiosql.from_path(path, lambda: adapter, mandatory_parameters=False)
    queries = {
        name: Query(f"{folder}/{name}", getattr(loaded, name).sql, tuple(adapter.var_sorted[name]))
        for name in loaded.available_queries
        if not name.endswith("_cursor")
    }
    if not queries:
        raise KeyError(f"no queries in {folder}")
    return queries
