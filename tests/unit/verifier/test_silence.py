"""The silent session: when it is one, and when it must not be taken for one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verifier.reconcile import ReconcilePolicy, SessionRow, reconcile
from services.verifier.silence import (
    Hearing,
    Hold,
    KnownSilence,
    Silence,
    SilencePolicy,
    falls_silent,
    hold,
    is_over,
)
from truesend.gateways.protocol import Observation, ObservedState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = SilencePolicy(silence_s=600, holds=True)


def ago(seconds: float) -> datetime:
    return NOON - timedelta(seconds=seconds)


UNHEARD = Hearing(
    session_id=UUID(int=1),
    now=NOON,
    is_connected=True,
    gateway_acknowledges=True,
    is_deaf=False,
    sent_ats=tuple(ago(seconds) for seconds in (1500, 1200, 900, 700, 600)),
)
SILENCE = Silence(ago(1500), 5, ago(60))
SILENT = KnownSilence(
    session_id=UUID(int=1),
    now=NOON,
    silence=SILENCE,
    last_ack_at=None,
    is_over_otherwise=False,
    chance_at=None,
    tried_again_at=None,
    sent_again_ats=(),
)


def test_five_sends_without_a_sign_for_long_enough_are_a_silence_since_the_first() -> None:
    assert falls_silent(UNHEARD, POLICY) == Silence(ago(1500), 5, NOON)
    assert Silence(ago(1500), 5, NOON).words.startswith(
        "connected, but nothing gets through: 5 messages since 2026-03-01 11:35 UTC without a sign"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"is_connected": False},
        {"gateway_acknowledges": False},
        {"is_deaf": True},
        {"sent_ats": ()},
        {"sent_ats": UNHEARD.sent_ats[1:]},
        {"sent_ats": (*UNHEARD.sent_ats[1:], ago(599.9))},
        {"sent_ats": tuple(ago(seconds) for seconds in range(500))},
    ],
)
def test_what_can_be_explained_otherwise_is_no_silence(changes: dict[str, Any]) -> None:
    assert falls_silent(replace(UNHEARD, **changes), POLICY) is None


def test_zero_switches_it_off_and_ends_what_was_noted() -> None:
    off = replace(POLICY, silence_s=0)

    assert falls_silent(UNHEARD, off) is None
    assert is_over(SILENT, off)


@given(
    st.lists(st.integers(0, 3000), max_size=40).map(sorted),
    st.integers(0, 1000),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_a_silence_is_exactly_five_old_sends_of_a_connected_session_on_a_gateway_that_is_heard(
    ages: list[int], silence_s: int, is_connected: bool, acknowledges: bool, is_deaf: bool
) -> None:
    sent_ats = tuple(sorted(ago(age) for age in ages))
    hearing = Hearing(UUID(int=1), NOON, is_connected, acknowledges, is_deaf, sent_ats)

    found = falls_silent(hearing, SilencePolicy(silence_s, holds=False))

    old = [age for age in ages if age >= silence_s]
    expected = silence_s > 0 and is_connected and acknowledges and not is_deaf and len(old) >= 5
    assert (found is not None) == expected
    if found is not None:
        assert (found.since, found.unacknowledged) == (ago(max(old)), len(old))


def test_it_ends_with_the_first_acknowledgement_after_it_began() -> None:
    assert not is_over(SILENT, POLICY)
    assert not is_over(replace(SILENT, last_ack_at=ago(1600)), POLICY)
    assert is_over(replace(SILENT, last_ack_at=ago(30)), POLICY)
    assert is_over(replace(SILENT, is_over_otherwise=True), POLICY)


def test_a_silent_sessions_messages_wait_until_it_is_reconnected_and_again_when_that_did_not_help() -> None:
    reconnected = replace(SILENT, chance_at=ago(30))
    trying = replace(reconnected, tried_again_at=ago(29))
    in_vain = replace(trying, now=NOON + timedelta(hours=1), sent_again_ats=tuple(ago(n) for n in range(5)))

    assert hold(SILENT, POLICY) is Hold.WAIT
    assert hold(reconnected, POLICY) is Hold.TRY_AGAIN
    assert hold(trying, POLICY) is Hold.GO
    assert hold(in_vain, POLICY) is Hold.WAIT
    assert hold(SILENT, replace(POLICY, holds=False)) is Hold.GO


def test_a_connected_answer_keeps_the_words_of_the_silence_and_is_no_news() -> None:
    row = SessionRow(
        id=UUID(int=1),
        organization_id=UUID(int=2),
        status="connected",
        gateway="default",
        gateway_session_id="wa_1",
        connected_at=ago(9000),
        last_error=SILENCE.words,
        last_error_at=SILENCE.noted_at,
        silence=SILENCE,
    )

    transition = reconcile(row, Observation(ObservedState.CONNECTED), NOON, ReconcilePolicy(120))

    assert transition.fact is None
    assert (transition.row.last_error, transition.row.last_error_at) == (SILENCE.words, SILENCE.noted_at)
