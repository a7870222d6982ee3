"""DESIGN's table of observations, line by line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.verifier.reconcile import (
    LAST_ERROR_LIMIT,
    QR_LIFE,
    FactType,
    ReconcilePolicy,
    SessionRow,
    Transition,
    reconcile,
)
from truesend.gateways.protocol import Observation, ObservedState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = ReconcilePolicy(connecting_max_s=120)
SUCCESSOR = UUID(int=7)

PAIRED = SessionRow(
    id=UUID(int=1),
    organization_id=UUID(int=2),
    status="connected",
    gateway="default",
    gateway_session_id="wa_1",
    phone_number="+91 98123 45678",
    connected_at=NOON - timedelta(days=9),
    last_verified_at=NOON - timedelta(minutes=1),
)
DOWN = replace(PAIRED, status="disconnected", last_error="Logged out", last_error_at=NOON - timedelta(minutes=1))
NEVER_PAIRED = replace(PAIRED, status="disconnected", phone_number=None, connected_at=None, last_verified_at=None)


def seen(row: SessionRow, state: ObservedState, detail: str = "", *, at_s: float = 0, **more: Any) -> Transition:
    return reconcile(row, Observation(state, detail, **more), NOON + timedelta(seconds=at_s), POLICY)


def test_a_connected_session_that_is_connected_only_moves_its_time() -> None:
    transition = seen(PAIRED, ObservedState.CONNECTED, phone_number="919812345678")

    assert transition == Transition(replace(PAIRED, last_verified_at=NOON, seen_connected=True))


def test_a_session_that_comes_back_is_connected_since_then_and_without_an_error() -> None:
    transition = seen(DOWN, ObservedState.CONNECTED, phone_number="919812345678")

    after = transition.row
    assert (after.status, after.last_error, after.last_error_at) == ("connected", None, None)
    assert (after.connected_at, after.last_active_at, after.last_verified_at) == (NOON, NOON, NOON)
    assert (transition.fact, transition.takes_number) == (FactType.CONNECTED, "919812345678")


def test_a_number_keeps_the_spelling_of_its_row() -> None:
    transition = seen(DOWN, ObservedState.CONNECTED, phone_number="919812345678")

    assert transition.row.phone_number == "+91 98123 45678"


def test_another_number_is_taken_over() -> None:
    transition = seen(PAIRED, ObservedState.CONNECTED, phone_number="4915112345678")

    assert (transition.row.phone_number, transition.takes_number) == ("4915112345678", "4915112345678")
    assert (transition.fact, transition.row.connected_at) == (FactType.CONNECTED, PAIRED.connected_at)


def test_a_number_that_the_crm_emptied_comes_back() -> None:
    transition = seen(replace(PAIRED, phone_number=None), ObservedState.CONNECTED, phone_number="919812345678")

    assert (transition.row.phone_number, transition.fact) == ("919812345678", FactType.CONNECTED)


def test_a_gateway_without_the_number_does_not_empty_it() -> None:
    assert seen(DOWN, ObservedState.CONNECTED).row.phone_number == PAIRED.phone_number


def test_connected_ends_the_error_of_a_gateway_that_could_not_tell() -> None:
    transition = seen(replace(PAIRED, last_error="timed out", last_error_at=NOON), ObservedState.CONNECTED)

    assert (transition.row.last_error, transition.fact) == (None, FactType.CONNECTED)


@pytest.mark.parametrize(
    ("detail", "words"), [("Connection Closed", "Connection Closed"), ("", "the gateway says that it is disconnected")]
)
def test_a_session_that_dropped_is_disconnected_in_the_gateways_words_or_in_ours(detail: str, words: str) -> None:
    transition = seen(PAIRED, ObservedState.DISCONNECTED, detail)

    after = transition.row
    assert (after.status, after.last_error, after.last_error_at) == ("disconnected", words, NOON)
    assert (transition.fact, after.last_verified_at) == (FactType.DISCONNECTED, NOON)


def test_a_session_that_is_still_down_for_the_same_reason_makes_no_history() -> None:
    transition = seen(DOWN, ObservedState.DISCONNECTED, "Logged out")

    assert transition == Transition(replace(DOWN, last_error_at=NOON, last_verified_at=NOON))


def test_a_new_reason_to_be_down_makes_history() -> None:
    assert seen(DOWN, ObservedState.DISCONNECTED, "Connection Closed").fact is FactType.DISCONNECTED


def test_a_never_paired_session_that_is_down_raises_no_alarm() -> None:
    transition = seen(NEVER_PAIRED, ObservedState.DISCONNECTED)

    assert transition == Transition(replace(NEVER_PAIRED, last_verified_at=NOON))


@pytest.mark.parametrize("state", [ObservedState.DISCONNECTED, ObservedState.CANNOT_TELL])
def test_a_never_paired_session_keeps_the_gateways_words_without_an_alarm(state: ObservedState) -> None:
    transition = seen(NEVER_PAIRED, state, "no answer")

    assert (transition.row.status, transition.row.last_error) == ("disconnected", "no answer")
    assert transition.fact is None


def test_a_pairing_that_ended_without_a_word_is_told_without_an_error() -> None:
    transition = seen(replace(NEVER_PAIRED, status="qr_pending", qr_code="data:"), ObservedState.DISCONNECTED)

    after = transition.row
    assert (after.status, after.last_error, after.qr_code) == ("disconnected", None, None)
    assert transition.fact is FactType.DISCONNECTED


def test_a_wanted_qr_code_is_kept_for_a_minute() -> None:
    transition = seen(DOWN, ObservedState.QR_WANTED, qr="data:image/png;base64,AA==")

    after = transition.row
    assert (after.status, after.qr_code) == ("qr_pending", "data:image/png;base64,AA==")
    assert (after.qr_expires_at, after.last_error) == (NOON + QR_LIFE, None)
    assert transition.fact is FactType.QR_PENDING


def test_a_fresh_qr_code_makes_no_history() -> None:
    waiting = seen(DOWN, ObservedState.QR_WANTED, qr="first").row

    transition = seen(waiting, ObservedState.QR_WANTED, qr="second", at_s=20)

    assert (transition.row.qr_code, transition.fact) == ("second", None)


def test_a_state_that_nobody_knows_is_a_disconnect_that_names_it() -> None:
    transition = seen(PAIRED, ObservedState.UNKNOWN_STATE, "unknown state “PASSKEY_REQUIRED”")

    assert (transition.row.status, transition.row.last_error) == ("disconnected", "unknown state “PASSKEY_REQUIRED”")
    assert transition.fact is FactType.DISCONNECTED


@pytest.mark.parametrize("status", ["connected", "disconnected", "connecting", "qr_pending"])
def test_a_gateway_that_cannot_tell_changes_no_status_and_verifies_nothing(status: str) -> None:
    row = replace(PAIRED, status=status)

    transition = seen(row, ObservedState.CANNOT_TELL, "can't reach the gateway: timed out")

    expected = replace(row, last_error="can't reach the gateway: timed out", last_error_at=NOON)
    assert transition == Transition(expected, FactType.CANNOT_VERIFY)


def test_a_gateway_that_still_cannot_tell_makes_no_history() -> None:
    row = replace(PAIRED, last_error="timed out", last_error_at=NOON)

    transition = seen(row, ObservedState.CANNOT_TELL, "timed out", at_s=60)

    assert (transition.row.last_error_at, transition.fact) == (NOON + timedelta(seconds=60), None)


@pytest.mark.parametrize("state", list(ObservedState))
def test_an_observation_that_was_asked_for_before_the_last_one_changes_nothing(state: ObservedState) -> None:
    assert seen(PAIRED, state, "late", at_s=-61) == Transition(PAIRED)


def test_connecting_is_connecting_for_a_while() -> None:
    transition = seen(DOWN, ObservedState.CONNECTING)

    after = transition.row
    assert (after.status, after.last_error, after.connecting_since) == ("connecting", None, NOON)
    assert transition.fact is FactType.CONNECTING


def test_connecting_for_too_long_is_a_disconnect_that_says_for_how_long() -> None:
    row = PAIRED
    for at_s in (0, 60, 120):
        row = seen(row, ObservedState.CONNECTING, at_s=at_s).row
        assert row.status == "connecting"

    transition = seen(row, ObservedState.CONNECTING, at_s=121)

    assert transition.row.status == "disconnected"
    assert transition.row.last_error == "connecting since 2026-03-01 12:00:00 UTC, for more than 120 s"
    assert transition.fact is FactType.DISCONNECTED


def test_a_gateway_that_says_closed_and_connecting_in_turn_ages_out_and_stays_out_without_further_history() -> None:
    row = PAIRED
    facts_after_aging = []
    for number, at_s in enumerate(range(0, 600, 10)):
        state = (ObservedState.CONNECTING, ObservedState.DISCONNECTED)[number % 2]
        transition = seen(row, state, "closed" if number % 2 else "", at_s=at_s)
        row = transition.row
        if at_s > 140:
            facts_after_aging.append(transition.fact)
            assert row.status == "disconnected"

    assert row.last_error == "connecting since 2026-03-01 12:00:00 UTC, for more than 120 s"
    assert set(facts_after_aging) == {None}


@pytest.mark.parametrize("between", [ObservedState.CONNECTED, ObservedState.QR_WANTED])
def test_connecting_begins_anew_after_something_better(between: ObservedState) -> None:
    row = seen(PAIRED, ObservedState.CONNECTING).row
    row = seen(row, between, at_s=100).row

    assert seen(row, ObservedState.CONNECTING, at_s=130).row.status == "connecting"


def test_connecting_that_was_not_seen_for_long_begins_anew() -> None:
    row = seen(PAIRED, ObservedState.CONNECTING).row

    assert seen(row, ObservedState.CONNECTING, at_s=500).row.connecting_since == NOON + timedelta(seconds=500)


@pytest.mark.parametrize("state", [ObservedState.DISCONNECTED, ObservedState.CANNOT_TELL])
def test_a_superseded_session_keeps_its_reason(state: ObservedState) -> None:
    row = replace(DOWN, superseded_by=SUCCESSOR, last_error="superseded by another", phone_number=None)

    transition = seen(row, state, "Logged out")

    assert (transition.row.last_error, transition.row.superseded_by) == ("superseded by another", SUCCESSOR)
    assert transition.fact is None


def test_a_superseded_session_that_is_paired_anew_is_no_longer_superseded() -> None:
    row = replace(DOWN, superseded_by=SUCCESSOR)

    assert seen(row, ObservedState.QR_WANTED).row.superseded_by is None


def test_words_are_bounded_and_fit_for_postgres() -> None:
    after = seen(PAIRED, ObservedState.DISCONNECTED, "\x00\ud800" + "x" * 5000).row

    assert after.last_error is not None
    assert len(after.last_error) <= LAST_ERROR_LIMIT
    assert "\x00" not in after.last_error
    after.last_error.encode()
