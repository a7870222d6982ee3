"""The soak, short: `make soak` is the hour."""

import pytest

from tests.bench.stack import Servers
from tests.harness.shared import SharedKafka, SharedPostgres
from tests.soak.plan import SHORT, Plan
from tests.soak.run import soak


def _unsaid(_line: str) -> None:
    """Pytest shows the report where it fails."""


@pytest.mark.timeout(300)
async def test_a_minute_of_steady_load_is_sent_whole_and_nothing_swells(
    kafka: SharedKafka, postgres: SharedPostgres
) -> None:
    plan = Plan(seconds=60, rate=25, sessions=20, pages=5, drop_every_s=8, dropped_for_s=3, sample_every_s=2)

    report = await soak(plan, Servers(kafka, postgres), SHORT, _unsaid)

    assert report.passed, "\n".join(report.lines())
    assert report.counts.written >= plan.messages * 0.9
    assert report.counts.drops >= 3
    assert report.counts.facts_seen > report.counts.written
    assert {"memory MB: api", "memory MB: sender", "size MB: event_log", "p99 ms"} <= set(report.series)
