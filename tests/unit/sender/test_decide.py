"""What each outcome leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sender.decide import Accept, Action, Doubt, Fail, Hold, Policy, Retry, Send, backoff_s, decide
from truesend.gateways.protocol import Outcome, OutcomeKind

POLICY = Policy(max_attempts=3, backoff_base_s=2.0, backoff_max_s=60.0)

OUTCOMES = st.builds(
    Outcome,
    kind=st.sampled_from(OutcomeKind),
    gateway_words=st.text(max_size=20),
    http_status=st.none() | st.integers(100, 599),
    gateway_message_id=st.none() | st.text(max_size=10),
    retry_after_s=st.none() | st.floats(allow_nan=False),
)
POLICIES = st.builds(
    Policy,
    max_attempts=st.integers(1, 10),
    backoff_base_s=st.floats(0.001, 100),
    backoff_max_s=st.floats(0.001, 10_000),
)
DICE = st.floats(0, 1, exclude_max=True)


def decided(kind: OutcomeKind, failed_attempts: int = 0, retry_after_s: float | None = None) -> Action:
    return decide(
        Outcome(kind, retry_after_s=retry_after_s), failed_attempts=failed_attempts, policy=POLICY, random=lambda: 0.5
    )


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (OutcomeKind.SENT, Send),
        (OutcomeKind.ACCEPTED, Accept),
        (OutcomeKind.UNCONFIRMED, Doubt),
        (OutcomeKind.SESSION_DOWN, Hold),
        (OutcomeKind.CONFIG_ERROR, Hold),
        (OutcomeKind.PERMANENT, Fail),
        (OutcomeKind.RESTRICTED, Fail),
        (OutcomeKind.TRANSIENT, Retry),
        (OutcomeKind.NEVER_TRANSMITTED, Retry),
    ],
)
def test_every_outcome_has_its_action(kind: OutcomeKind, action: type[Action]) -> None:
    assert isinstance(decided(kind), action)


@pytest.mark.parametrize("kind", [OutcomeKind.TRANSIENT, OutcomeKind.NEVER_TRANSMITTED])
def test_the_last_attempt_of_the_budget_fails(kind: OutcomeKind) -> None:
    assert isinstance(decided(kind, failed_attempts=1), Retry)
    assert isinstance(decided(kind, failed_attempts=2), Fail)


def test_a_gateways_wish_to_wait_is_honoured_within_bounds() -> None:
    wished, endless, backwards = (decided(OutcomeKind.TRANSIENT, retry_after_s=s) for s in (30.0, 1e9, -5.0))
    assert isinstance(wished, Retry)
    assert isinstance(endless, Retry)
    assert isinstance(backwards, Retry)
    assert wished.delay_s == 30.0
    assert endless.delay_s == POLICY.backoff_max_s
    assert backwards.delay_s == 1.0


def test_a_restriction_holds_the_session() -> None:
    action = decided(OutcomeKind.RESTRICTED)
    assert isinstance(action, Fail)
    assert action.restricted_s == POLICY.restriction_hold_s


@given(OUTCOMES, st.integers(0, 10**6), POLICIES, DICE)
def test_only_a_confirmation_ever_leads_to_sent_and_a_doubt_never_to_another_send(
    outcome: Outcome, failed_attempts: int, policy: Policy, roll: float
) -> None:
    action = decide(outcome, failed_attempts=failed_attempts, policy=policy, random=lambda: roll)

    assert isinstance(action, Send) == (outcome.kind is OutcomeKind.SENT)
    if outcome.kind in {OutcomeKind.UNCONFIRMED, OutcomeKind.ACCEPTED}:
        assert not isinstance(action, Retry | Fail | Hold)
    if isinstance(action, Retry):
        assert failed_attempts + 1 < policy.max_attempts
        assert 0 <= action.delay_s <= policy.backoff_max_s


@given(st.integers(0, 10**6), POLICIES, DICE)
def test_backoff_is_never_negative_and_never_beyond_its_bound(failures: int, policy: Policy, roll: float) -> None:
    assert 0 <= backoff_s(failures, policy, lambda: roll) <= policy.backoff_max_s
