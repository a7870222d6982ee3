"""Runs the benchmarks and prints what they found.

Run as ``.venv/bin/python -m tests.bench [--quick] [names…]``, or with ``--guard`` alone.
"""

import argparse
import logging
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Protocol

import uvloop

from tests.bench.big import big
from tests.bench.capacity import capacity
from tests.bench.clients.comparison import clients
from tests.bench.dispatch import dispatch
from tests.bench.figures import Figure
from tests.bench.guard import guard
from tests.bench.hanging import hanging
from tests.bench.idle import idle
from tests.bench.latency import latency
from tests.bench.live import live
from tests.bench.page import page
from tests.bench.peers.comparison import peers
from tests.bench.reconnect import reconnect
from tests.bench.scaling import scaling
from tests.bench.stack import Servers, running_servers
from tests.bench.statements import statements
from tests.bench.verify import verify, verify_list
from tests.bench.verify_one import verify_one
from tests.bench.webhooks import webhooks


class Benchmark(Protocol):
    """Measures one figure; ``quick`` does it with fewer and smaller repetitions."""

    def __call__(self, servers: Servers, *, quick: bool) -> Awaitable[Figure]: ...


BENCHMARKS: Mapping[str, Benchmark] = {
    "dispatch": dispatch,
    "peers": peers,
    "clients": clients,
    "verify": verify,
    "verify_list": verify_list,
    "verify_one": verify_one,
    "webhooks": webhooks,
    "page": page,
    "hanging": hanging,
    "live": live,
    "scaling": scaling,
    "latency": latency,
    "reconnect": reconnect,
    "idle": idle,
    "capacity": capacity,
    "statements": statements,
    "big": big,
}
_LIBRARIES = ("faststream", "aiokafka", "asyncpg", "aiohttp", "httpx", "httpx-aiohttp", "uvloop")


async def run(servers: Servers, names: list[str], *, quick: bool, say: Callable[[str], None]) -> None:
    """Measure one after another; each is said as soon as it is known."""
    say(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}")
    say(await servers.described())
    say(", ".join(f"{name} {version(name)}" for name in _LIBRARIES))
    for name in names:
        figure = await BENCHMARKS[name](servers, quick=quick)
        say("")
        for line in figure.lines():
            say(line)


async def check(servers: Servers, *, say: Callable[[str], None]) -> bool:
    """Whether every bound holds; each is said."""
    bounds = await guard(servers)
    for bound in bounds:
        say(str(bound))
    return bool(bounds) and all(bound.holds for bound in bounds)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Benchmarks, as ratios within one run.")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller repetitions: a look, no measurement")
    parser.add_argument("--guard", action="store_true", help="only what may not get worse; ends with 1 where it has")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(BENCHMARKS)}; all by default")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    # Kafka elects leaders for new topics while its clients already ask: they say so, and ask again.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    with running_servers() as servers:
        if arguments.guard:
            sys.exit(0 if uvloop.run(check(servers, say=_say)) else 1)
        uvloop.run(run(servers, arguments.names or list(BENCHMARKS), quick=arguments.quick, say=_say))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
