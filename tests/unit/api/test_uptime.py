"""Up-time strips, from the facts of a session."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.uptime import (
    FINDINGS,
    Change,
    State,
    Window,
    change_of_fact,
    changes_before,
    changes_without_facts,
    strip,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STALE_AFTER = timedelta(minutes=3)
WINDOW = Window(NOON - timedelta(hours=24), NOON, NOON - STALE_AFTER)
UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN


def ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


def drawn(*changes: tuple[float, State], verified_ago: float | None = 0) -> list[tuple[float, State]]:
    """The strip as the hours ago at which each stretch begins."""
    segments = strip(
        [Change(ago(hours), state) for hours, state in changes],
        None if verified_ago is None else ago(verified_ago),
        WINDOW,
    )
    return [((NOON - segment.begin) / timedelta(hours=1), segment.state) for segment in segments]


def a_fact(fact_type: str, status: str, **columns: Any) -> Change:
    fact = {
        "type": fact_type,
        "created_at": NOON,
        "status": status,
        "paired": True,
        "phone_number": "4915112345678",
        "last_error": None,
        "last_error_at": None,
        "last_verified_at": NOON,
        "silent_since": None,
    }
    return change_of_fact(fact | columns)


def test_a_session_stays_as_it_was_before_the_window_until_a_fact_says_otherwise() -> None:
    assert drawn((100, UP)) == [(24, UP)]
    assert drawn((100, UP), (6, DOWN), (5, UP)) == [(24, UP), (6, DOWN), (5, UP)]


def test_before_the_first_fact_nobody_knows() -> None:
    assert drawn((6, DOWN), (5, UP)) == [(24, UNKNOWN), (6, DOWN), (5, UP)]


def test_without_any_fact_nobody_knows() -> None:
    assert drawn() == [(24, UNKNOWN)]
    assert drawn(verified_ago=None) == [(24, UNKNOWN)]


def test_what_is_not_verified_any_more_is_not_called_up() -> None:
    assert drawn((100, UP), verified_ago=2) == [(24, UP), (2, UNKNOWN)]
    assert drawn((100, UP), (1, DOWN), verified_ago=2) == [(24, UP), (1, UNKNOWN)]
    assert drawn((100, UP), verified_ago=0.01) == [(24, UP)]


def test_facts_that_say_the_same_make_one_stretch() -> None:
    assert drawn((30, DOWN), (20, DOWN), (10, DOWN), (9, UP), (8, UP)) == [(24, DOWN), (9, UP)]


@pytest.mark.parametrize(
    ("fact_type", "status", "columns", "state"),
    [
        ("session.connected", "connected", {}, UP),
        ("session.heard", "connected", {}, UP),
        ("session.disconnected", "disconnected", {"last_error": "logged out", "last_error_at": NOON}, DOWN),
        ("session.connecting", "connecting", {}, DOWN),
        ("session.qr_pending", "qr_pending", {}, DOWN),
        ("session.silent", "connected", {"silent_since": NOON, "last_error": "nothing gets through"}, DOWN),
        ("session.cannot_verify", "connected", {"last_error": "timed out", "last_error_at": NOON}, UNKNOWN),
        (
            "session.cannot_verify",
            "disconnected",
            {"last_error": "timed out", "last_error_at": NOON + timedelta(seconds=5)},
            UNKNOWN,
        ),
        (
            "session.superseded",
            "disconnected",
            {
                "phone_number": None,
                "last_error": "superseded",
                "last_error_at": NOON,
                "last_verified_at": None,
            },
            DOWN,
        ),
        ("session.disconnected", "disconnected", {"paired": False, "phone_number": None}, UNKNOWN),
    ],
)
def test_a_fact_means_what_the_badge_would_show(
    fact_type: str, status: str, columns: dict[str, Any], state: State
) -> None:
    assert a_fact(fact_type, status, **columns) == Change(NOON, state)


def test_a_verified_session_without_facts_has_been_as_it_is_since_it_is_watched() -> None:
    session = {
        "status": "connected",
        "connected_at": ago(500),
        "phone_number": "4915112345678",
        "last_error": None,
        "last_error_at": None,
        "last_verified_at": NOON,
        "superseded_by": None,
        "silent_since": None,
        "watched_since": ago(7),
    }

    assert changes_without_facts(session) == [Change(ago(7), UP)]
    assert changes_without_facts(session | {"last_verified_at": None}) == []


def before(fact_type: str = "session.disconnected", verified_ago: float | None = 6, **columns: Any) -> list[Change]:
    """What is known before a first fact of six hours ago."""
    fact = {
        "type": fact_type,
        "created_at": ago(6),
        "paired": True,
        "previous_status": "connected",
        "previously_verified_at": None if verified_ago is None else ago(verified_ago),
    }
    return changes_before(fact | columns, ago(20), STALE_AFTER)


def test_before_its_first_fact_a_session_was_what_that_fact_found_it_since_it_is_watched() -> None:
    assert before() == [Change(ago(20), UP)]
    assert before("session.connected", previous_status="disconnected") == [Change(ago(20), DOWN)]
    assert before("session.heard") == [Change(ago(20), DOWN)]
    assert before("session.qr_pending", previous_status="disconnected", paired=False) == [Change(ago(20), UNKNOWN)]


def test_before_its_first_fact_nobody_knows_of_a_session_that_was_never_verified() -> None:
    assert before(verified_ago=None) == []


def test_what_was_verified_long_before_its_first_fact_is_unknown_from_then_on() -> None:
    assert before(verified_ago=9) == [Change(ago(20), UP), Change(ago(9), UNKNOWN)]
    assert before(verified_ago=21)[-1] == Change(ago(20), UNKNOWN)


def test_a_fact_from_before_a_session_was_watched_tells_nothing_of_the_time_before() -> None:
    assert before(created_at=ago(30)) == []


moments = st.floats(min_value=0, max_value=60, allow_nan=False).map(ago)


@given(
    st.lists(st.tuples(moments, st.sampled_from(State)), max_size=30).map(sorted),
    st.none() | moments,
)
def test_a_strip_fills_its_window_without_gaps_and_every_neighbour_differs(
    found: list[tuple[datetime, State]], verified_at: datetime | None
) -> None:
    segments = strip([Change(at, state) for at, state in found], verified_at, WINDOW)

    assert segments[0].begin == WINDOW.begin
    assert segments[-1].end == WINDOW.end
    assert all(segment.begin < segment.end for segment in segments)
    for one, next_one in pairwise(segments):
        assert one.end == next_one.begin
        assert one.state is not next_one.state


@given(
    st.lists(st.tuples(moments, st.sampled_from(State)), max_size=30).map(sorted),
    st.none() | moments,
    moments,
)
def test_nothing_is_called_up_that_no_fact_has_called_up(
    found: list[tuple[datetime, State]], verified_at: datetime | None, moment: datetime
) -> None:
    segments = strip([Change(at, state) for at, state in found], verified_at, WINDOW)

    for segment in segments:
        if segment.begin <= moment < segment.end and segment.state is UP:
            assert [state for at, state in found if at <= moment][-1:] == [UP]


@given(
    st.sampled_from(FINDINGS),
    st.sampled_from(["connected", "disconnected", "connecting", "qr_pending"]),
    st.booleans(),
    moments,
    st.none() | moments,
    moments,
    moments,
)
def test_before_a_first_fact_nothing_is_called_up_but_what_was_verified_as_connected_while_it_was_watched(
    fact_type: str,
    previous_status: str,
    paired: bool,
    at: datetime,
    verified_at: datetime | None,
    watched_since: datetime,
    moment: datetime,
) -> None:
    fact = {
        "type": fact_type,
        "created_at": at,
        "paired": paired,
        "previous_status": previous_status,
        "previously_verified_at": verified_at,
    }

    changes = changes_before(fact, watched_since, STALE_AFTER)

    assert changes == sorted(changes, key=lambda change: change.at)
    assert all(watched_since <= change.at < at for change in changes)
    if [change.state for change in changes if change.at <= moment < at][-1:] == [UP]:
        assert previous_status == "connected"
        assert verified_at is not None
        assert moment < verified_at or verified_at >= at - STALE_AFTER
