"""Times of calls to gateways are told up to where calls are given up: a histogram knows nothing beyond its last bucket."""

import pytest
from prometheus_client import Histogram

from services.sender.consumer import SEND_SECONDS
from services.verifier.lane import STATUS_SECONDS
from truesend.settings import Settings


@pytest.mark.parametrize(
    ("seconds", "timeout"), [(SEND_SECONDS, "send_timeout_s"), (STATUS_SECONDS, "status_timeout_s")]
)
def test_a_call_that_hangs_until_it_is_given_up_is_seen_to(seconds: Histogram, timeout: str) -> None:
    longest_s = sum(float(Settings.model_fields[name].default) for name in (timeout, "gateway_connect_timeout_s"))

    assert max(bound for bound in _bounds(seconds) if bound != float("inf")) >= longest_s


def _bounds(histogram: Histogram) -> list[float]:
    histogram.labels("a gateway")
    try:
        return [
            float(sample.labels["le"])
            for metric in histogram.collect()
            for sample in metric.samples
            if "le" in sample.labels
        ]
    finally:
        histogram.remove("a gateway")
