"""Measures how long recovery takes, and prints it; ends with code 1 where a bound is missed.

Run as ``.venv/bin/python -m tests.chaos.recovery [names…]``.
"""

import argparse
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import uvloop

from tests.acceptance.conftest import Infrastructure
from tests.bench.figures import Figure
from tests.chaos.recovery.killed_api import killed_api, restarted_api
from tests.chaos.recovery.killed_sender import killed_sender
from tests.chaos.recovery.outages import broker_back, postgres_back
from tests.chaos.recovery.rolling import rolling_restart
from tests.chaos.recovery.stack import private_stack

MEASUREMENTS: Mapping[str, Callable[[Infrastructure], Awaitable[Figure]]] = {
    "broker_back": broker_back,
    "postgres_back": postgres_back,
    "killed_sender": killed_sender,
    "killed_api": killed_api,
    "restarted_api": restarted_api,
    "rolling_restart": rolling_restart,
}


async def run(names: list[str]) -> list[Figure]:
    """One after the other, each on servers of its own; each is said as soon as it is known."""
    _say(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    figures = []
    for name in names:
        async with private_stack() as infrastructure:
            figure = await MEASUREMENTS[name](infrastructure)
        figures.append(figure)
        _say("\n" + "\n".join(figure.lines()))
    _say(f"\nload {os.getloadavg()[0]:.1f} after")
    return figures


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.recovery")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(MEASUREMENTS)}; all by default")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: write {', '.join(MEASUREMENTS)}")
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    figures = uvloop.run(run(names))
    sys.exit(0 if all(figure.goal is None or figure.goal.is_met for figure in figures) else 1)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
