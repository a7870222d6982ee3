"""`idle`: what each service takes while nothing is to be done but the sweep, with one page open."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from uuid import uuid4

import aiohttp
import psutil

from tests.bench.figures import MEGABYTE, Figure, Goal
from tests.bench.lean_gateway import lean_gateway
from tests.bench.live_stream import watching
from tests.bench.meter import proportional_mb
from tests.bench.stack import Servers, Stack, stack
from tests.harness.rows import insert_session
from tests.harness.services import ServiceProcess

GOAL_MB = 120
GOAL_PERCENT = 2.0
SESSIONS = 20
SETTLE_S, QUICK_SETTLE_S = 10.0, 3.0
WATCH_S, QUICK_WATCH_S = 20.0, 5.0
_SERVICES = ("api", "verifier", "sender")
_COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Idle:
    """One service at rest."""

    rss_mb: float
    pss_mb: float
    cpu_percent: float

    def __str__(self) -> str:
        """As it is printed."""
        return f"{self.rss_mb:.0f} MB (PSS {self.pss_mb:.0f} MB), {self.cpu_percent:.1f} % of a core"


async def idle(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    settle_s, watch_s = (QUICK_SETTLE_S, QUICK_WATCH_S) if quick else (SETTLE_S, WATCH_S)
    with lean_gateway() as gateway:
        async with stack(servers, gateway_url=gateway.url) as play:
            organization_id = uuid4()
            for number in range(SESSIONS):
                await insert_session(play.connection, organization_id=organization_id, vps_session_id=f"wa_{number}")
            services = {name: await play.start(name) for name in _SERVICES}
            headers = {"X-Organization-Id": str(organization_id)}
            async with aiohttp.ClientSession(services["api"].url, headers=headers) as client, watching(client):
                await asyncio.sleep(settle_s)
                seen, transactions = await _watch(play, services, watch_s)
    return _figure(seen, transactions, watch_s)


async def _watch(play: Stack, services: Mapping[str, ServiceProcess], watch_s: float) -> tuple[dict[str, Idle], float]:
    processes = {name: psutil.Process(service.pid) for name, service in services.items()}
    before_s = {name: _cpu_s(process) for name, process in processes.items()}
    commits, started = await play.connection.fetchval(_COMMITS), perf_counter()
    await asyncio.sleep(watch_s)
    elapsed_s = perf_counter() - started
    more_commits = await play.connection.fetchval(_COMMITS) - commits
    seen = {
        name: Idle(
            process.memory_info().rss / MEGABYTE,
            proportional_mb(process.pid),
            100 * (_cpu_s(process) - before_s[name]) / elapsed_s,
        )
        for name, process in processes.items()
    }
    return seen, more_commits / elapsed_s


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _figure(seen: Mapping[str, Idle], transactions: float, watch_s: float) -> Figure:
    memory, cpu = max(each.rss_mb for each in seen.values()), max(each.cpu_percent for each in seen.values())
    return Figure(
        "idle",
        f"at most {memory:.0f} MB and {cpu:.1f} % of a core per service",
        Goal(f"< {GOAL_MB} MB, < {GOAL_PERCENT:g} %", memory < GOAL_MB and cpu < GOAL_PERCENT),
        (
            *(f"{name} {each}" for name, each in seen.items()),
            f"over {watch_s:g} s, {SESSIONS} sessions, one page open; Postgres: {transactions:.1f} transactions/s",
        ),
    )
