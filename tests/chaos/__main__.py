"""Runs the chaos, and prints what the judge says of it.

Run as ``.venv/bin/python -m tests.chaos [--seed 7] [--minutes 10] [--messages 10000]``.
"""

import argparse
import logging
import secrets
import sys
import tempfile
from pathlib import Path

import orjson
import uvloop

from tests.chaos.processes import PROCESSES
from tests.chaos.report import Report
from tests.chaos.run import Plan, run
from tests.chaos.servers import NoApacheKafkaError, own_servers


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _play(plan: Plan, folder: Path) -> Report:
    async with own_servers(list(PROCESSES)) as servers:
        return await run(plan, servers, folder, _say)


def main() -> int:
    """The command. Returns 1 where a promise was broken, 2 where it can't be run here."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Breaks everything, and judges the rest."
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="which faults, and when")
    parser.add_argument("--minutes", type=float, default=10.0, help="of faults; the calm comes after")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--every", type=float, default=4.0, help="seconds from one fault to the next")
    parser.add_argument("--report", type=Path, default=Path("chaos-report.json"), help="where it is kept as JSON")
    options = parser.parse_args()
    plan = Plan(options.seed, options.minutes * 60, options.messages, options.sessions, options.every)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # connections that we cut ourselves
    folder = Path(tempfile.mkdtemp(prefix="truesend-chaos-logs-"))
    try:
        report = uvloop.run(_play(plan, folder))
    except NoApacheKafkaError:
        _say("This needs Apache Kafka from Maven: install Maven, and Java 17 or later.")
        return 2
    for line in report.lines():
        _say(line)
    options.report.write_bytes(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2))
    _say(f"{options.report}; logs in {folder}")
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
