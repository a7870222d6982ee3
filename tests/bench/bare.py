"""What ours is compared with: a bare loop in one process, nothing but the calls.

Run as ``python -m tests.bench.bare asyncio|uvloop URL IN_FLIGHT REQUESTS.json``.

httpx on httpx-aiohttp's transport, with as many calls in flight as ours may have. Prints what it took as JSON.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import httpx
import orjson
import uvloop
from httpx_aiohttp import HttpxAiohttpClient

from tests.bench.figures import MEGABYTE

API_KEY = "gateway-key-of-the-benchmarks"
_WARM_UP = 200
_JSON = {"Content-Type": "application/json"}

EventLoop = Literal["asyncio", "uvloop"]


@dataclass(frozen=True, slots=True)
class Request:
    """One call: a GET where there is no body."""

    path: str
    body: bytes | None


@dataclass(frozen=True, slots=True)
class BareResult:
    """What the loop took. ``latencies_s`` are those of the single calls."""

    elapsed_s: float
    cpu_s: float
    peak_rss_mb: float
    latencies_s: list[float]


async def calls(url: str, in_flight: int, requests: list[Request]) -> BareResult:
    """Make every call once, ``in_flight`` at a time, after a few to warm up. Raises where one is not answered by 200."""
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    headers = {"X-API-Key": API_KEY}
    async with HttpxAiohttpClient(base_url=url, limits=limits, headers=headers, timeout=30) as client:
        await _all_of(client, in_flight, requests[:_WARM_UP])
        cpu_before_s, started = time.process_time(), time.perf_counter()
        latencies_s = await _all_of(client, in_flight, requests)
        elapsed_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu_before_s
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
    return BareResult(elapsed_s, cpu_s, peak, latencies_s)


async def _all_of(client: httpx.AsyncClient, in_flight: int, requests: list[Request]) -> list[float]:
    waiting, latencies_s = iter(requests), list[float]()
    await asyncio.gather(*(_one_after_another(client, waiting, latencies_s) for _ in range(in_flight)))
    return latencies_s


async def _one_after_another(client: httpx.AsyncClient, waiting: Iterator[Request], latencies_s: list[float]) -> None:
    for request in waiting:
        started = time.perf_counter()
        if request.body is None:
            response = await client.get(request.path)
        else:
            response = await client.post(request.path, content=request.body, headers=_JSON)
        response.raise_for_status()
        latencies_s.append(time.perf_counter() - started)


async def bare_loop(
    url: str, in_flight: int, requests: list[Request], folder: Path, *, loop: EventLoop = "uvloop"
) -> BareResult:
    """Run it in a process of its own. Raises RuntimeError with what it wrote when it fails."""
    file = folder / "requests.json"
    file.write_bytes(orjson.dumps([[each.path, each.body and each.body.decode()] for each in requests]))
    command = [sys.executable, "-m", "tests.bench.bare", loop, url, str(in_flight), str(file)]
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"the bare loop failed: {errors.decode()[-2000:]}")
    return BareResult(**json.loads(output))


def _requests(file: Path) -> list[Request]:
    return [Request(path, None if body is None else body.encode()) for path, body in orjson.loads(file.read_bytes())]


if __name__ == "__main__":
    work = calls(sys.argv[2], int(sys.argv[3]), _requests(Path(sys.argv[4])))
    result = uvloop.run(work) if sys.argv[1] == "uvloop" else asyncio.run(work)
    sys.stdout.write(json.dumps(asdict(result)))
