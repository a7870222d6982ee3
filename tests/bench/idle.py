"""`idle`: what the three services take together while nothing is to be done but the sweep, with one page open."""

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
from tests.bench.messages import insert_sessions
from tests.bench.meter import proportional_mb
from tests.bench.stack import Servers, Stack, stack
from tests.bench.statement_counts import StatementCounter, Statements
from tests.harness.services import ServiceProcess

GOAL_MB = 250
GOAL_PERCENT = 3.0
GOAL_QUERIES = 5.0
SESSIONS = 20
SETTLE_S, QUICK_SETTLE_S = 10.0, 3.0
WATCH_S, QUICK_WATCH_S = 20.0, 5.0
_SERVICES = ("api", "verifier", "sender")
_SHOWN = 8


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
            await insert_sessions(play, SESSIONS, organizations=[organization_id])
            services = {name: await play.start(name) for name in _SERVICES}
            headers = {"X-Organization-Id": str(organization_id)}
            async with aiohttp.ClientSession(services["api"].url, headers=headers) as client, watching(client):
                await asyncio.sleep(settle_s)
                seen, found = await _watch(play, services, watch_s)
    return _figure(seen, found, watch_s)


async def _watch(
    play: Stack, services: Mapping[str, ServiceProcess], watch_s: float
) -> tuple[dict[str, Idle], Statements | None]:
    processes = {name: psutil.Process(service.pid) for name, service in services.items()}
    counter = StatementCounter(play.connection)
    counts = await counter.can_count()
    if counts:
        await counter.begin()
    before_s, started = {name: _cpu_s(process) for name, process in processes.items()}, perf_counter()
    await asyncio.sleep(watch_s)
    elapsed_s = perf_counter() - started
    seen = {
        name: Idle(
            process.memory_info().rss / MEGABYTE,
            proportional_mb(process.pid),
            100 * (_cpu_s(process) - before_s[name]) / elapsed_s,
        )
        for name, process in processes.items()
    }
    return seen, await counter.read() if counts else None


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _figure(seen: Mapping[str, Idle], found: Statements | None, watch_s: float) -> Figure:
    rss, pss, cpu = (sum(values) for values in zip(*_numbers(seen), strict=True))
    queries = found.calls / watch_s if found else float("nan")
    return Figure(
        "idle",
        f"{rss:.0f} MB (PSS {pss:.0f} MB), {cpu:.1f} % of a core, {queries:.1f} statements/s",
        Goal(
            f"≤ {GOAL_MB} MB, ≤ {GOAL_PERCENT:g} %, ≤ {GOAL_QUERIES:g}/s",
            rss <= GOAL_MB and cpu <= GOAL_PERCENT and queries <= GOAL_QUERIES,
        ),
        (
            *(f"{name} {each}" for name, each in seen.items()),
            f"over {watch_s:g} s, {SESSIONS} sessions, one page open; statements as Postgres counts them, BEGIN too",
            *(f"{each}" for each in (found.kinds[:_SHOWN] if found else ())),
        ),
    )


def _numbers(seen: Mapping[str, Idle]) -> list[tuple[float, float, float]]:
    return [(each.rss_mb, each.pss_mb, each.cpu_percent) for each in seen.values()]
