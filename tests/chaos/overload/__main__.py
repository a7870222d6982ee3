"""Overloads the services, and prints what came of it; ends with code 1 where a bound is missed.

Run as ``.venv/bin/python -m tests.chaos.overload [names…]``.
"""

import argparse
import logging
import os
import sys
from datetime import UTC, datetime

import uvloop

from tests.bench.figures import Figure
from tests.bench.stack import Servers, running_servers
from tests.chaos.overload.scenarios import ALL
from tests.chaos.overload.stage import Size, set_stage

SCENARIOS = {scenario.__name__: scenario for scenario in ALL}


async def run(servers: Servers, names: list[str]) -> list[Figure]:
    """One after the other, each on a stage of its own; each is said as soon as it is known."""
    _say(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    _say(await servers.described())
    figures = []
    for name in names:
        async with set_stage(servers, Size()) as stage:
            figure = await SCENARIOS[name](stage)
        figures.append(figure)
        _say("\n" + "\n".join(figure.lines()))
    return figures


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.overload")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(SCENARIOS)}; all by default")
    names = parser.parse_args().names or list(SCENARIOS)
    if unknown := set(names) - set(SCENARIOS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: write {', '.join(SCENARIOS)}")
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    with running_servers() as servers:
        figures = uvloop.run(run(servers, names))
    sys.exit(0 if all(figure.goal is None or figure.goal.is_met for figure in figures) else 1)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
