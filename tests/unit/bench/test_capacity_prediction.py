"""What the benchmark of the model predicts for a sender on a machine that everything shares."""

from dataclasses import replace

import pytest

from tests.bench.capacity import Load, predicted_per_s
from truesend.capacity.costs import MEASURED

FREE = replace(MEASURED, sender_message_s=1e-9, postgres_message_s=0.0, kafka_message_s=0.0)
TOGETHER_S = MEASURED.sender_message_s + MEASURED.postgres_message_s + MEASURED.kafka_message_s


def test_a_slow_gateway_is_the_bound_by_what_is_in_flight() -> None:
    assert predicted_per_s(FREE, Load(100.0, 8), 0.0, cores=2) == pytest.approx(80.0)
    assert predicted_per_s(FREE, Load(100.0, 8), 0.060, cores=2) == pytest.approx(50.0)


def test_with_a_fast_gateway_the_cores_are() -> None:
    assert predicted_per_s(MEASURED, Load(0.0, 1_000), 0.0, cores=1) == pytest.approx(1 / TOGETHER_S, rel=0.01)
    assert predicted_per_s(MEASURED, Load(0.0, 1_000), 0.0, cores=64) == pytest.approx(
        1 / MEASURED.sender_message_s, rel=0.05
    )
