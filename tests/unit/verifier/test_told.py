"""What a gateway says by itself, in whatever order it comes and beside whatever is asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.verifier.check import Check, Finding, Sighting, Told
from services.verifier.plan import Plan, plan
from services.verifier.reconcile import FactType, ReconcilePolicy, SessionRow, status_of
from truesend.gateways.protocol import Observation, ObservedState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = ReconcilePolicy(connecting_max_s=1e6)
ROW = SessionRow(
    id=UUID(int=1),
    organization_id=UUID(int=2),
    status="connected",
    gateway="default",
    gateway_session_id="wa_1",
    phone_number="919812345678",
    connected_at=NOON - timedelta(days=1),
    last_verified_at=NOON - timedelta(minutes=1),
)
UP, DOWN = ObservedState.CONNECTED, ObservedState.DISCONNECTED


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def told(state: ObservedState, *, received_s: float, occurred_s: float | None = None) -> Told:
    occurred_at = None if occurred_s is None else at(occurred_s)
    return Told(ROW, Observation(state), at(received_s), occurred_at, None)


def found(state: ObservedState, *, asked_s: float) -> Finding:
    check = Check(ROW, UUID(int=9), NOON, 0.0, is_news=False, traceparent=None)
    return Finding(check, Observation(state), at(asked_s))


def after(*sightings: Sighting, row: SessionRow = ROW) -> Plan:
    return plan({row.id: row}, sightings, POLICY)


def test_a_webhook_is_an_observation_like_any_other() -> None:
    planned = after(told(DOWN, received_s=1, occurred_s=0.5))

    row = planned.rows[ROW.id]
    assert (row.status, row.last_verified_at, row.webhook_at) == ("disconnected", at(1), at(0.5))
    assert [fact.type for fact in planned.facts] == [FactType.DISCONNECTED]


def test_an_answer_asked_for_before_the_webhook_came_changes_nothing() -> None:
    planned = after(told(DOWN, received_s=5), found(UP, asked_s=4))

    assert planned.rows[ROW.id].status == "disconnected"
    later = after(found(UP, asked_s=4), row=planned.rows[ROW.id])
    assert later.rows[ROW.id].status == "disconnected"


def test_a_webhook_received_before_the_gateway_was_asked_changes_nothing_but_is_looked_into() -> None:
    planned = after(found(UP, asked_s=5))

    late = after(told(DOWN, received_s=4), row=planned.rows[ROW.id])

    assert late.rows == planned.rows
    assert [each.session_id for each in late.doubted] == [ROW.id]


def test_an_older_webhook_that_comes_later_changes_nothing_but_is_looked_into() -> None:
    planned = after(told(UP, received_s=1, occurred_s=10), told(DOWN, received_s=2, occurred_s=9))

    assert planned.rows[ROW.id].status == "connected"
    assert len(planned.doubted) == 1


def test_a_repeat_of_old_news_changes_nothing() -> None:
    down = told(DOWN, received_s=1, occurred_s=0)
    row = after(down, found(UP, asked_s=3)).rows[ROW.id]

    again = after(replace(down, asked_at=at(7)), row=row)

    assert again.rows[ROW.id].status == "connected"
    assert again.facts == []


def test_a_late_webhook_that_says_what_the_row_says_costs_no_question() -> None:
    planned = after(told(UP, received_s=-70))

    assert (planned.doubted, planned.facts, planned.rows) == ([], [], {ROW.id: ROW})


def test_a_gateways_wrong_clock_orders_only_its_own_words() -> None:
    years_off = -1e8
    planned = after(
        found(UP, asked_s=0),
        told(DOWN, received_s=1, occurred_s=years_off),
        told(UP, received_s=2, occurred_s=years_off + 1),
    )

    assert planned.rows[ROW.id].status == "connected"
    assert [fact.type for fact in planned.facts] == [FactType.DISCONNECTED, FactType.CONNECTED]


def test_a_drop_is_dated_from_the_first_word_of_it_and_ends_with_the_connection() -> None:
    dropped = after(told(DOWN, received_s=1), told(DOWN, received_s=2), found(DOWN, asked_s=3)).rows[ROW.id]
    assert dropped.down_since is None, "nobody ever saw it up"

    seen = after(found(UP, asked_s=0)).rows[ROW.id]
    dropped = after(told(DOWN, received_s=1), found(DOWN, asked_s=3), row=seen).rows[ROW.id]
    assert dropped.down_since == at(1)
    assert after(told(UP, received_s=4), row=dropped).rows[ROW.id].down_since is None


def test_a_row_that_said_connected_since_truesend_is_here_was_up() -> None:
    ours = replace(ROW, is_ours=True, last_verified_at=None)

    assert after(found(DOWN, asked_s=1), row=ours).rows[ROW.id].down_since == at(1)
    never_paired = replace(ours, connected_at=None, phone_number=None)
    assert after(found(DOWN, asked_s=1), row=never_paired).rows[ROW.id].down_since is None


webhooks = st.lists(
    st.tuples(st.sampled_from([UP, DOWN, ObservedState.CONNECTING, ObservedState.QR_WANTED]), st.integers(0, 50)),
    min_size=1,
    max_size=12,
    unique_by=lambda each: each[1],
)


@settings(max_examples=300)
@given(webhooks, st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_webhooks_of_a_session_come_to_the_same_in_any_order_and_number(
    said: Sequence[tuple[ObservedState, int]], chance: object, batch_size: int
) -> None:
    arriving = list(said) * 2
    chance.shuffle(arriving)  # type: ignore[attr-defined]
    row = ROW
    for start in range(0, len(arriving), batch_size):
        batch = [
            told(state, received_s=100 + start + number, occurred_s=occurred_s)
            for number, (state, occurred_s) in enumerate(arriving[start : start + batch_size])
        ]
        row = after(*batch, row=row).rows[ROW.id]

    newest_state, newest_s = max(said, key=lambda each: each[1])
    assert (row.status, row.webhook_at) == (status_of(newest_state), at(newest_s))
