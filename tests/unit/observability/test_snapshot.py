"""Gauges that are looked up together."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from truesend.observability.snapshot import Described, Snapshot


def snapshot(registry: CollectorRegistry) -> Snapshot:
    return Snapshot(
        Described("truesend_geese", "Geese.", ("colour",)), Described("truesend_ponds", "Ponds."), registry=registry
    )


def test_nothing_is_told_before_the_first_look_and_after_one_that_failed() -> None:
    registry = CollectorRegistry()
    looked = snapshot(registry)
    assert generate_latest(registry) == b""

    looked.tell({"truesend_ponds": {(): 1}})
    looked.forget()

    assert generate_latest(registry) == b""


def test_a_look_takes_the_place_of_the_one_before_with_all_its_lines() -> None:
    registry = CollectorRegistry()
    looked = snapshot(registry)

    looked.tell({"truesend_geese": {("grey",): 3, ("white",): 1}, "truesend_ponds": {(): 2}})
    looked.tell({"truesend_geese": {("grey",): 2}})

    assert generate_latest(registry).decode().splitlines() == [
        "# HELP truesend_geese Geese.",
        "# TYPE truesend_geese gauge",
        'truesend_geese{colour="grey"} 2.0',
    ]


def test_a_figure_of_a_gauge_that_nobody_described_is_refused() -> None:
    with pytest.raises(KeyError, match="truesend_swans"):
        snapshot(CollectorRegistry()).tell({"truesend_swans": {(): 1}})
