"""Soaks, and prints what the judge says of it.

Run as ``.venv/bin/python -m tests.soak [--minutes 60] [--rate 50]``.
"""

import argparse
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import uvloop

from tests.bench.stack import running_servers
from tests.soak.plan import HOUR, SHORT, Plan
from tests.soak.run import soak

LONG_ENOUGH_S = 600.0


def _say(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S}  {line}\n")
    sys.stdout.flush()


def main() -> int:
    """The command. Returns 1 where something grows or went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="A steady load, and what grows under it.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second")
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--pages", type=int, default=20, help="clients of the live stream")
    parser.add_argument("--sample", type=float, default=10.0, help="seconds from one look at everything to the next")
    parser.add_argument("--report", type=Path, default=Path("soak-report.json"), help="where every sample is kept")
    options = parser.parse_args()
    plan = Plan(options.minutes * 60, options.rate, options.sessions, options.pages, sample_every_s=options.sample)
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    _say(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with running_servers() as servers:
        report = uvloop.run(soak(plan, servers, HOUR if plan.seconds >= LONG_ENOUGH_S else SHORT, _say))
    for line in report.lines():
        _say(line)
    options.report.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))
    _say(f"every sample is in {options.report}")
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
