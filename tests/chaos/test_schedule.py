"""The same seed breaks the same things; nothing is broken twice at once."""

from collections import Counter, defaultdict
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos.faults import FAULTS, KINDS
from tests.chaos.schedule import schedule

seeds = st.integers(0, 2**32)
_FAMILIES = {kind.name: kind.family for kind in KINDS}


@given(seed=seeds)
@settings(max_examples=50, deadline=None)
def test_the_same_seed_gives_the_same_faults(seed: int) -> None:
    assert schedule(seed, 120, KINDS, every_s=2) == schedule(seed, 120, KINDS, every_s=2)


@given(seed=seeds, duration_s=st.floats(1, 300), every_s=st.floats(0.5, 10))
@settings(max_examples=100, deadline=None)
def test_faults_end_in_time_and_never_overlap_on_one_target(seed: int, duration_s: float, every_s: float) -> None:
    ends: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for fault in schedule(seed, duration_s, KINDS, every_s=every_s):
        ends[_FAMILIES[fault.kind], fault.target].append((fault.at_s, fault.at_s + fault.length_s))

    for spans in ends.values():
        assert all(0 <= begin <= end < duration_s for begin, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


@given(seed=seeds)
@settings(max_examples=50, deadline=None)
def test_a_long_run_has_a_hundred_faults_and_more_and_every_kind_of_them(seed: int) -> None:
    counts = Counter(fault.kind for fault in schedule(seed, 600, KINDS, every_s=4))

    assert counts.total() >= 100
    assert set(counts) == set(FAULTS)


def test_another_seed_gives_other_faults() -> None:
    assert schedule(1, 120, KINDS, every_s=2) != schedule(2, 120, KINDS, every_s=2)
