"""What a look-up proves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sender.judge import (
    DoubtfulMessage,
    Judgement,
    LookupPolicy,
    ProvedAbsent,
    ProvedSent,
    StillInDoubt,
    judge,
)
from truesend.gateways.protocol import LookupResult, LookupVerdict
from truesend.settings import LookupAbsence

STARTED = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
NOW = STARTED + timedelta(minutes=5)
OPERATOR = LookupPolicy(LookupAbsence.OPERATOR, settle_s=60.0)
RESEND = LookupPolicy(LookupAbsence.RESEND, settle_s=60.0)
DOUBT = DoubtfulMessage(
    attempt_started_at=STARTED,
    gateway_message_id=None,
    last_absence_at=None,
    lookups=1,
    exclusive=True,
    is_known=False,
    is_ambiguous=False,
)
ABSENT = LookupResult(LookupVerdict.ABSENT)


def found(
    *, after_s: float | None = 1.0, gateway_message_id: str | None = "3EB0A", confirmed: bool = True
) -> LookupResult:
    sent_at = None if after_s is None else STARTED + timedelta(seconds=after_s)
    return LookupResult(LookupVerdict.FOUND, gateway_message_id, sent_at, confirmed)


def judged(message: DoubtfulMessage, result: LookupResult, policy: LookupPolicy = OPERATOR) -> Judgement:
    return judge(message, result, now=NOW, policy=policy)


def test_a_finding_newer_than_the_attempt_proves_sent() -> None:
    assert judged(DOUBT, found()) == ProvedSent("3EB0A")


@pytest.mark.parametrize(
    ("message", "result"),
    [
        (DOUBT, found(after_s=-1)),
        (DOUBT, found(after_s=None)),
        (DOUBT, found(confirmed=False)),
        (replace(DOUBT, is_known=True), found()),
        (replace(DOUBT, is_ambiguous=True), found()),
        (replace(DOUBT, exclusive=False), found()),
        (replace(DOUBT, gateway_message_id="3EB0B"), found(gateway_message_id="3EB0A")),
        (DOUBT, LookupResult(LookupVerdict.CANNOT_TELL)),
        (DOUBT, ABSENT),
    ],
    ids=[
        "older",
        "without a time",
        "not out yet by its own word",
        "known as another's",
        "could be another's",
        "others send too",
        "another id than ours",
        "the gateway cannot tell",
        "absent",
    ],
)
def test_anything_less_proves_nothing(message: DoubtfulMessage, result: LookupResult) -> None:
    assert isinstance(judged(message, result), StillInDoubt)


def test_a_finding_from_the_future_proves_nothing() -> None:
    assert isinstance(judged(DOUBT, found(after_s=360.0)), StillInDoubt)


def test_our_own_id_proves_sent_even_where_others_send_too() -> None:
    message = replace(DOUBT, gateway_message_id="3EB0A", exclusive=False, is_ambiguous=True)
    assert judged(message, found(after_s=None)) == ProvedSent("3EB0A")


def test_a_gateway_that_counts_whole_seconds_is_understood() -> None:
    assert isinstance(judged(DOUBT, found(after_s=-0.5)), ProvedSent)
    assert isinstance(judged(DOUBT, found(after_s=-0.4)), StillInDoubt)


def test_absence_is_believed_only_where_the_operator_says_so_and_only_twice_apart_by_the_settling_time() -> None:
    first = judged(DOUBT, ABSENT, RESEND)
    assert isinstance(first, StillInDoubt)
    assert (first.delay_s, first.absent) == (60.0, True)
    too_soon = replace(DOUBT, last_absence_at=NOW - timedelta(seconds=59))
    assert isinstance(judged(too_soon, ABSENT, RESEND), StillInDoubt)
    settled = replace(DOUBT, last_absence_at=NOW - timedelta(seconds=60))
    assert isinstance(judged(settled, ABSENT, RESEND), ProvedAbsent)
    assert isinstance(judged(settled, ABSENT, OPERATOR), StillInDoubt)


RESULTS = st.builds(
    LookupResult,
    verdict=st.sampled_from(LookupVerdict),
    gateway_message_id=st.sampled_from([None, "3EB0A", "3EB0B"]),
    sent_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    confirmed=st.booleans(),
)
DOUBTS = st.builds(
    DoubtfulMessage,
    attempt_started_at=st.just(STARTED),
    gateway_message_id=st.sampled_from([None, "3EB0A"]),
    last_absence_at=st.none() | st.datetimes(max_value=NOW.replace(tzinfo=None), timezones=st.just(UTC)),
    lookups=st.integers(0, 10**6),
    exclusive=st.booleans(),
    is_known=st.booleans(),
    is_ambiguous=st.booleans(),
)


@given(DOUBTS, RESULTS, st.sampled_from([OPERATOR, RESEND]))
def test_no_lookup_ever_proves_sent_without_a_confirmed_finding_of_ours(
    message: DoubtfulMessage, result: LookupResult, policy: LookupPolicy
) -> None:
    judgement = judged(message, result, policy)

    if isinstance(judgement, ProvedSent):
        assert result.verdict is LookupVerdict.FOUND
        assert result.confirmed
        is_our_id = message.gateway_message_id is not None and result.gateway_message_id == message.gateway_message_id
        assert is_our_id or (message.exclusive and not message.is_known and not message.is_ambiguous)
    if isinstance(judgement, ProvedAbsent):
        assert policy.absence is LookupAbsence.RESEND
        assert message.last_absence_at is not None
    if isinstance(judgement, StillInDoubt):
        assert judgement.delay_s >= 0
        assert judgement.error_message
