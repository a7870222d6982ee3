"""Whatever gateways say, in whatever order it arrives, a session's row stays true."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.verifier.reconcile import ReconcilePolicy, SessionRow, reconcile
from truesend.gateways.protocol import Observation, ObservedState

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATUSES = ["connected", "disconnected", "connecting", "qr_pending"]
NUMBERS = st.sampled_from([None, "919812345678", "4915112345678", ""])

observations = st.builds(
    Observation,
    state=st.sampled_from(list(ObservedState)),
    detail=st.text(max_size=12),
    phone_number=NUMBERS,
    qr=st.sampled_from([None, "data:image/png;base64,AA=="]),
)
asked = st.integers(0, 1000).map(lambda seconds: START + timedelta(seconds=seconds))
looks = st.lists(st.tuples(observations, asked), max_size=25)
rows = st.builds(
    SessionRow,
    id=st.just(UUID(int=1)),
    organization_id=st.just(UUID(int=2)),
    status=st.sampled_from(STATUSES),
    gateway=st.just("default"),
    gateway_session_id=st.just("wa_1"),
    phone_number=NUMBERS,
    connected_at=st.sampled_from([None, START - timedelta(days=1)]),
)
policies = st.builds(ReconcilePolicy, connecting_max_s=st.sampled_from([0.5, 120.0, 700.0]))


@settings(max_examples=300)
@given(rows, looks, policies)
def test_no_order_of_looks_makes_a_row_lie(
    row: SessionRow, looks: list[tuple[Observation, datetime]], policy: ReconcilePolicy
) -> None:
    newest: tuple[ObservedState, datetime] | None = None
    for observation, asked_at in looks:
        before = row
        row = reconcile(row, observation, asked_at, policy).row

        if observation.state is not ObservedState.CANNOT_TELL and (newest is None or asked_at >= newest[1]):
            newest = (observation.state, asked_at)
        assert row.status in STATUSES
        if newest is not None:
            assert (row.status == "connected") == (newest[0] is ObservedState.CONNECTED)
            assert row.last_verified_at == newest[1]
        else:
            assert row.status == before.status
        if row.status == "disconnected" and row.was_paired and newest is not None:
            assert row.last_error
        assert row.last_error is None or len(row.last_error) <= 500


@settings(max_examples=200)
@given(rows, observations, asked, policies)
def test_the_same_look_twice_makes_history_once(
    row: SessionRow, observation: Observation, asked_at: datetime, policy: ReconcilePolicy
) -> None:
    once = reconcile(row, observation, asked_at, policy)

    twice = reconcile(once.row, observation, asked_at, policy)

    assert twice.fact is None
    assert replace(twice.row, qr_expires_at=None) == replace(once.row, qr_expires_at=None)


@settings(max_examples=200)
@given(rows, observations, asked, policies)
def test_a_changed_status_always_makes_history(
    row: SessionRow, observation: Observation, asked_at: datetime, policy: ReconcilePolicy
) -> None:
    transition = reconcile(row, observation, asked_at, policy)

    if transition.row.status != row.status:
        assert transition.fact is not None
