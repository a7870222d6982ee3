"""The measurement: each statement in turn on both databases, taken back each time; medians, and how much they grow."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg

from tests.bench.big.statements import Statement, statements
from tests.bench.big.tables import PENDING_SHARE, fill
from tests.bench.figures import Figure, at_most
from tests.bench.stack import Servers
from tests.harness.databases import create_database
from tests.harness.postgres import postgres_binaries, with_database
from truesend.cli.local.postgres import PostgresServer
from truesend.store.migrations import migrate_async

GOAL = 1.5
SMALL, LARGE, QUICK_LARGE = 10_000, 10_000_000, 300_000
EXECUTIONS, QUICK_EXECUTIONS = 41, 11
WARM_UP = 6  # after five executions Postgres chooses between a general plan and one for the arguments
_SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    # what is put into a table in the transaction that empties it is not logged
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # it would come by in the middle
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class Growth:
    """One statement's medians."""

    statement: Statement
    small_s: float
    large_s: float

    @property
    def ratio(self) -> float:
        """How many times as long over the large tables."""
        return self.large_s / self.small_s

    def __str__(self) -> str:
        """As it is printed beside the figure."""
        times = f"{self.large_s * 1e3:.2f} ms ÷ {self.small_s * 1e3:.2f} ms"
        return f"{self.statement.group}: {self.statement.name}: {times} = {self.ratio:.2f}"


async def big(servers: Servers, *, quick: bool) -> Figure:
    """Measure it, on a server of its own whose data lie on the disk: they are too many for a folder in memory."""
    del servers
    rows, executions = (QUICK_LARGE, QUICK_EXECUTIONS) if quick else (LARGE, EXECUTIONS)
    async with _two_databases(rows) as (small, large):
        pairs = zip(await statements(small), await statements(large), strict=True)
        found = [await _growth(small, large, pair, executions) for pair in pairs]
    return _figure(found, rows, executions)


@asynccontextmanager
async def _two_databases(rows: int) -> AsyncIterator[tuple[asyncpg.Connection, asyncpg.Connection]]:
    async with contextlib.AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="truesend-bench-", dir="/var/tmp")))
        server = PostgresServer(
            folder,
            binaries=min(postgres_binaries().items())[1],
            log_file=folder / "postgres.log",
            durable=False,
            settings=_SETTINGS,
        )
        closing.callback(server.kill)
        server.start()
        connections = []
        for name, size in (("small", SMALL), ("large", rows)):
            await create_database(server.url("postgres"), name)
            url = with_database(server.url("postgres"), name)
            await migrate_async(url)
            connection = await asyncpg.connect(url, command_timeout=1800)
            closing.push_async_callback(connection.close)
            await fill(connection, size)
            connections.append(connection)
        yield connections[0], connections[1]


async def _growth(
    small: asyncpg.Connection, large: asyncpg.Connection, pair: tuple[Statement, Statement], executions: int
) -> Growth:
    of_small, of_large = pair
    times = [(await _once(small, of_small), await _once(large, of_large)) for _ in range(WARM_UP + executions)]
    counted = times[WARM_UP:]
    return Growth(of_large, median(small_s for small_s, _ in counted), median(large_s for _, large_s in counted))


async def _once(connection: asyncpg.Connection, statement: Statement) -> float:
    transaction = connection.transaction()
    await transaction.start()
    if statement.group == "list":
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    for first in statement.before:
        await connection.execute(first)
    began = perf_counter()
    await statement.run(connection)
    elapsed_s = perf_counter() - began
    await transaction.rollback()
    return elapsed_s


def _figure(found: Sequence[Growth], rows: int, executions: int) -> Figure:
    groups = list(dict.fromkeys(each.statement.group for each in found))
    worst = {group: max(each.ratio for each in found if each.statement.group == group) for group in groups}
    text = ", ".join(f"{group} {ratio:.2f}" for group, ratio in worst.items())
    return Figure(
        "big",
        f"with {rows:,} messages and facts, {rows // PENDING_SHARE:,} of them pending, ÷ with {SMALL:,}: {text}",
        at_most(max(worst.values()), GOAL),
        (f"the slowest to grow of each kind; medians of {executions} executions, warm", *map(str, found)),
    )
