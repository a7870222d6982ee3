"""What the overview makes of what it read."""

from datetime import UTC, datetime, timedelta

from services.api.overview import (
    FACTS_PER_SESSION,
    hours_between,
    known_changes,
    outcomes_by_hour,
    time_to_confirm,
    totals,
)

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
FOUND = {
    "type": "session.connected",
    "status": "connected",
    "paired": True,
    "phone_number": "4915112345678",
    "silent_since": None,
    "last_error": None,
    "last_error_at": None,
    "last_verified_at": NINE,
    "previous_status": "connected",
    "previously_verified_at": NINE,
}
WATCHED_SINCE = NINE - timedelta(hours=1)
SWEEPS = timedelta(hours=12)


def test_every_hour_of_the_window_has_a_line_also_where_nothing_happened() -> None:
    hours = hours_between(NINE, ELEVEN + timedelta(minutes=5))
    assert hours == [NINE, TEN, ELEVEN]

    outcomes = outcomes_by_hour(
        [
            {"hour": NINE, "type": "message.sent", "messages": 3},
            {"hour": NINE, "type": "message.failed", "messages": 1},
            {"hour": ELEVEN, "type": "message.unconfirmed", "messages": 2},
        ],
        hours,
    )

    assert outcomes == [
        {"hour": NINE, "sent": 3, "failed": 1, "cancelled": 0, "unconfirmed": 0},
        {"hour": TEN, "sent": 0, "failed": 0, "cancelled": 0, "unconfirmed": 0},
        {"hour": ELEVEN, "sent": 0, "failed": 0, "cancelled": 0, "unconfirmed": 2},
    ]
    assert totals(outcomes) == {"sent": 3, "failed": 1, "cancelled": 0}
    assert time_to_confirm([{"hour": NINE, "median_s": 0.5, "p95_s": 2.0}], outcomes) == [
        {"hour": NINE, "confirmed": 3, "median_s": 0.5, "p95_s": 2.0},
        {"hour": TEN, "confirmed": 0, "median_s": None, "p95_s": None},
        {"hour": ELEVEN, "confirmed": 0, "median_s": None, "p95_s": None},
    ]


def test_the_state_before_is_not_joined_over_facts_that_were_left_out() -> None:
    session = {"watched_since": WATCHED_SINCE}

    def known_since(facts: list[dict[str, object]]) -> datetime:
        return known_changes(session, facts, TEN, SWEEPS)[0].at

    def facts(count: int) -> list[dict[str, object]]:
        return [FOUND | {"created_at": ELEVEN + timedelta(seconds=number)} for number in range(count)]

    before = FOUND | {"created_at": NINE}

    assert known_since(facts(3)) == known_since([before, *facts(3)]) == WATCHED_SINCE
    assert known_since(facts(FACTS_PER_SESSION)) == ELEVEN
    assert known_since([before, *facts(FACTS_PER_SESSION)]) == ELEVEN
