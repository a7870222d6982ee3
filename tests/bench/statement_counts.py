"""What Postgres did for others than the benchmark, by its own count (pg_stat_statements)."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

_HAS_IT = "SELECT 'pg_stat_statements' = ANY (string_to_array(current_setting('shared_preload_libraries'), ','))"
_OURS = "(SELECT oid FROM pg_database WHERE datname = current_database())"
_READ = f"""
    SELECT query, calls, rows, wal_bytes::bigint AS wal_bytes FROM pg_stat_statements WHERE dbid = {_OURS} ORDER BY calls DESC
"""
_LONGEST_QUERY = 60


@dataclass(frozen=True, slots=True)
class Statement:
    """One kind of statement: how often it ran, how many rows it returned or changed, and what it wrote to the log."""

    query: str
    calls: int
    rows: int
    wal_bytes: int

    def __str__(self) -> str:
        """As it is printed: what it begins with, without the comments before."""
        lines = [line.strip() for line in self.query.splitlines() if line.strip() and not line.strip().startswith("--")]
        return f"{self.calls} times {' '.join(lines)[:_LONGEST_QUERY]}"


@dataclass(frozen=True, slots=True)
class Statements:
    """All of one time, the most frequent first. BEGIN and COMMIT count like any other; the benchmark's own don't."""

    kinds: Sequence[Statement]

    @property
    def calls(self) -> int:
        """Round trips, near enough: what is prepared once and sent often counts as often as it is sent."""
        return sum(each.calls for each in self.kinds)

    @property
    def wal_bytes(self) -> int:
        """What all of them wrote to the write-ahead log."""
        return sum(each.wal_bytes for each in self.kinds)

    def smallest_batch(self, messages: int) -> float:
        """Rows per call of that statement which does least at once among those that touch half the messages or more."""
        batches = [each.rows / each.calls for each in self.kinds if each.rows >= messages / 2]
        return min(batches, default=0.0)


class StatementCounter:
    """Counts in the connection's database. The connection's own statements don't count from the first `begin` on."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def can_count(self) -> bool:
        """Whether the server was started with what counts."""
        return bool(await self._connection.fetchval(_HAS_IT))

    async def begin(self) -> None:
        """From now on."""
        await self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await self._connection.execute("SET pg_stat_statements.track = 'none'")
        await self._connection.execute(f"SELECT pg_stat_statements_reset(0, {_OURS}, 0)")

    async def read(self) -> Statements:
        """All since `begin`."""
        rows = await self._connection.fetch(_READ)
        return Statements([Statement(*row) for row in rows if row["calls"]])
