"""Overloads the services, and prints what came of it; ends with code 1 where a bound is missed.

Run as ``.venv/bin/python -m tests.chaos.overload [names…]``.
"""

import sys

import uvloop

from tests.bench.figures import Figure
from tests.bench.stack import Servers, running_servers
from tests.chaos.measuring import measured, wanted
from tests.chaos.overload.scenarios import ALL
from tests.chaos.overload.stage import Size, set_stage

SCENARIOS = {scenario.__name__: scenario for scenario in ALL}


async def run(servers: Servers, names: list[str]) -> int:
    """One after the other, each on a stage of its own. Returns the exit code."""

    async def take(name: str) -> Figure:
        async with set_stage(servers, Size()) as stage:
            return await SCENARIOS[name](stage)

    return await measured(names, take, beside=await servers.described())


def main() -> int:
    """The command. Returns the exit code."""
    names = wanted("python -m tests.chaos.overload", SCENARIOS)
    with running_servers() as servers:
        return uvloop.run(run(servers, names))


if __name__ == "__main__":
    sys.exit(main())
