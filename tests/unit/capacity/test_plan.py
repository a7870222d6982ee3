"""What is needed for how much."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truesend.capacity.costs import MEASURED
from truesend.capacity.plan import Demand, Plan, Resource, plan

USUAL = Demand()


def numbers(found: Plan) -> dict[str, Resource]:
    return {each.name: each for each in found.resources}


@settings(deadline=None)
@given(st.integers(1, 1_000_000), st.integers(1, 50_000_000), st.floats(1, 20))
def test_what_can_be_added_is_added_until_it_has_headroom(sessions: int, messages: int, peak: float) -> None:
    demand = Demand(sessions=sessions, messages_per_day=messages, peak=peak)

    found = plan(demand, MEASURED)

    for each in found.resources:
        if each.grows_by in {"processes", "cores", "gateways"}:
            assert each.utilisation <= demand.headroom * 1.000001, each


@settings(deadline=None)
@given(st.integers(1, 100_000), st.integers(1, 5_000_000), st.sampled_from([1, 2, 3, 10]))
def test_more_messages_never_need_less(sessions: int, messages: int, times: int) -> None:
    little = numbers(plan(Demand(sessions=sessions, messages_per_day=messages), MEASURED))
    much = numbers(plan(Demand(sessions=sessions, messages_per_day=messages * times), MEASURED))

    assert all(much[name].number >= each.number and much[name].load >= each.load for name, each in little.items())


def test_two_of_each_service_even_for_next_to_nothing() -> None:
    found = numbers(plan(Demand(sessions=1, messages_per_day=1), MEASURED))

    assert [found[name].number for name in ("senders", "verifiers", "APIs")] == [2, 2, 2]


def test_partitions_leave_every_reader_its_share_and_are_a_power_of_two() -> None:
    found = plan(Demand(sessions=1_000_000, messages_per_day=50_000_000, sweep_s=10), MEASURED)
    readers = max(numbers(found)[name].number for name in ("senders", "verifiers"))

    assert found.partitions >= 2 * readers
    assert found.partitions & (found.partitions - 1) == 0


def test_a_wall_is_what_no_process_more_mends_and_what_ends_first_is_nearest_of_all() -> None:
    found = plan(Demand(sessions=100_000, messages_per_day=10_000_000), MEASURED)

    assert found.wall.grows_by == "none"
    assert found.first.stretches <= min(each.stretches for each in found.resources)


def test_a_longer_sweep_spares_verifiers_and_a_shorter_history_disk() -> None:
    often = plan(replace(USUAL, sessions=100_000, sweep_s=30), MEASURED)
    seldom = plan(replace(USUAL, sessions=100_000, sweep_s=600, facts_kept_days=7), MEASURED)

    assert numbers(often)["verifiers"].load == pytest.approx(20 * numbers(seldom)["verifiers"].load)
    assert seldom.postgres_disk_gb < often.postgres_disk_gb
    assert seldom.postgres_disk_gb_per_day == often.postgres_disk_gb_per_day
