"""The chaos run, short: `make chaos` is the long one."""

from pathlib import Path

import pytest

from tests.chaos.run import Plan, run
from tests.chaos.servers import Servers

SEED = 20_262_585  # kills in a POST, after it and at its write; Kafka and Postgres killed; time-outs, repeated records
BESIDE_OTHER_TESTS_S = 120.0  # by itself, a minute


def _unsaid(_line: str) -> None:
    """Pytest shows the report where it fails."""


@pytest.mark.timeout(300)
async def test_whatever_breaks_nothing_is_lost_or_sent_twice_and_no_status_lies(
    breakable_servers: Servers, tmp_path: Path
) -> None:
    plan = Plan(SEED, faults_s=25, messages=400, sessions=30, every_s=1.8, quiet_within_s=BESIDE_OTHER_TESTS_S)

    report = await run(plan, breakable_servers, tmp_path, _unsaid)

    assert report.passed, "\n".join(report.lines())
    assert sum(report.faults_done.values()) >= 8
    assert len(report.findings.rows) == plan.messages
