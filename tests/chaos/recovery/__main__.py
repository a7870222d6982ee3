"""Measures how long recovery takes, and prints it; ends with code 1 where a bound is missed.

Run as ``.venv/bin/python -m tests.chaos.recovery [names…]``.
"""

import sys
from collections.abc import Awaitable, Callable, Mapping

import uvloop

from tests.acceptance.conftest import Infrastructure
from tests.bench.figures import Figure
from tests.chaos.measuring import measured, wanted
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


async def take(name: str) -> Figure:
    """One, on servers of its own."""
    async with private_stack() as infrastructure:
        return await MEASUREMENTS[name](infrastructure)


if __name__ == "__main__":
    sys.exit(uvloop.run(measured(wanted("python -m tests.chaos.recovery", MEASUREMENTS), take)))
