"""`clients`: the raw rate of HTTP clients to one gateway, each in a process of its own, with a sender's calls in flight."""

import asyncio
import json
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.bench.dispatch import IN_FLIGHT
from tests.bench.figures import Cost, Figure, typical_costs
from tests.bench.lean_gateway import RunningGateway, lean_gateway
from tests.bench.peers import environment
from tests.bench.stack import Servers

CLIENTS: Final = ("httpx", "httpx-aiohttp", "aiohttp", "pyreqwest")
CALLS, QUICK_CALLS = 5_000, 1_000
REPETITIONS, QUICK_REPETITIONS = 3, 1


@dataclass(frozen=True, slots=True)
class Calls:
    """What so many calls took."""

    number: int
    elapsed_s: float
    cpu_s: float
    peak_rss_mb: float

    @property
    def rate(self) -> float:
        """In calls per second."""
        return self.number / self.elapsed_s

    @property
    def cpu_ms(self) -> float:
        """Of each call, in the client's process."""
        return self.cpu_s * 1000 / self.number


async def clients(servers: Servers, *, quick: bool) -> Figure:
    """Measure it: figures to choose by, and no goal. Without the peers' environment, the figure says so."""
    if not environment.are_installed():
        return Figure("clients", f"not measured: {environment.MISSING}")
    number, repetitions = (QUICK_CALLS, QUICK_REPETITIONS) if quick else (CALLS, REPETITIONS)
    found: dict[str, list[Calls]] = {client: [] for client in CLIENTS}
    with lean_gateway() as gateway:
        for _ in range(repetitions):
            for client, runs in found.items():
                runs.append(await _calls(client, gateway, number))
    return _figure(found)


async def _calls(client: str, gateway: RunningGateway, number: int) -> Calls:
    child = await asyncio.create_subprocess_exec(
        environment.PYTHON,
        *("-m", "tests.bench.clients.posting", client, gateway.url, str(number), str(IN_FLIGHT)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"{client} failed: {errors.decode()[-2000:]}")
    return Calls(number, **json.loads(output))


def _figure(found: dict[str, list[Calls]]) -> Figure:
    rates = {client: median(run.rate for run in runs) for client, runs in found.items()}
    runs = next(iter(found.values()))
    return Figure(
        "clients",
        " · ".join(f"{client} {rate:,.0f}/s" for client, rate in rates.items()),
        beside=(
            f"{len(runs)} runs of {runs[0].number:,} calls, {IN_FLIGHT} in flight, on uvloop",
            *(_described(client, runs) for client, runs in found.items()),
        ),
    )


def _described(client: str, runs: list[Calls]) -> str:
    costs = typical_costs([{"process": Cost(run.cpu_s, run.peak_rss_mb)} for run in runs])
    cpu_ms = median(run.cpu_ms for run in runs)
    return f"{client} {environment.installed_version(client)}: {cpu_ms:.3f} ms of CPU a call · {costs}"
