"""W3C trace context."""

from hypothesis import given
from hypothesis import strategies as st

from truesend.observability.tracing import continued_traceparent, kept_traceparent, new_traceparent, trace_id


def test_a_callers_trace_goes_on_with_a_span_of_ours() -> None:
    theirs = new_traceparent()
    ours = continued_traceparent(theirs)
    assert trace_id(ours) == trace_id(theirs)
    assert ours != theirs


def test_a_callers_span_is_kept_where_none_of_ours_is_made() -> None:
    theirs = new_traceparent()
    assert kept_traceparent(theirs) == theirs
    assert trace_id(kept_traceparent(None)) is not None


@given(st.text(max_size=80))
def test_nonsense_starts_a_trace_of_its_own(text: str) -> None:
    assert trace_id(continued_traceparent(text)) is not None
    assert trace_id(kept_traceparent(text)) is not None


def test_an_all_zero_trace_is_nonsense() -> None:
    assert trace_id(f"00-{'0' * 32}-{'1' * 16}-01") is None
    assert trace_id(f"00-{'1' * 32}-{'0' * 16}-01") is None
