"""Phone numbers that change hands."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.verifier.check import Check, Finding
from services.verifier.plan import Move, Plan, plan
from services.verifier.reconcile import FactType, ReconcilePolicy, SessionRow, digits
from truesend.gateways.protocol import Observation, ObservedState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = ReconcilePolicy(connecting_max_s=120)
NUMBER = "919812345678"
ORGANIZATION = UUID(int=100)


def session(number: int, **values: Any) -> SessionRow:
    row = SessionRow(
        id=UUID(int=number),
        organization_id=ORGANIZATION,
        status="disconnected",
        gateway="default",
        gateway_session_id=f"wa_{number}",
    )
    return replace(row, **values)


def holder(number: int) -> SessionRow:
    return session(number, status="connected", phone_number="+91 98123 45678", connected_at=NOON - timedelta(days=1))


def finding(row: SessionRow, state: ObservedState, *, at_s: float = 0, number: str | None = None) -> Finding:
    check = Check(row, UUID(int=9), NOON, 0.0, is_news=False, traceparent=None)
    return Finding(check, Observation(state, phone_number=number), NOON + timedelta(seconds=at_s))


def plan_for(rows: list[SessionRow], *findings: Finding) -> Plan:
    return plan({row.id: row for row in rows}, findings, POLICY)


def test_a_session_that_connects_takes_its_number_and_the_messages_from_the_older_one() -> None:
    old, new = holder(1), session(2)

    planned = plan_for([old, new], finding(new, ObservedState.CONNECTED, number=NUMBER))

    before, after = planned.rows[old.id], planned.rows[new.id]
    assert (after.status, after.phone_number) == ("connected", NUMBER)
    assert (before.status, before.phone_number, before.superseded_by) == ("disconnected", None, new.id)
    assert before.last_error == f"superseded by session {new.id}, which holds the phone number now"
    assert [(fact.row.id, fact.type) for fact in planned.facts] == [
        (old.id, FactType.SUPERSEDED),
        (new.id, FactType.CONNECTED),
    ]
    assert planned.moves == [Move(old.id, new.id, ORGANIZATION)]
    assert planned.recovered == [new.id]


def test_another_organisations_session_keeps_the_same_number() -> None:
    theirs, new = replace(holder(1), organization_id=UUID(int=101)), session(2)

    planned = plan_for([theirs, new], finding(new, ObservedState.CONNECTED, number=NUMBER))

    assert planned.rows[theirs.id] == theirs
    assert planned.moves == []


def test_two_sessions_that_a_phone_is_linked_to_do_not_take_the_number_from_each_other_for_ever() -> None:
    rows = {row.id: row for row in (holder(1), session(2))}
    first, second = rows
    facts: Counter[FactType] = Counter()
    for at_s in range(0, 600, 60):
        for session_id in (second, first):
            look = finding(rows[session_id], ObservedState.CONNECTED, at_s=at_s, number=NUMBER)
            planned = plan(rows, [look], POLICY)
            facts.update(fact.type for fact in planned.facts)
            rows = planned.rows

    assert facts == {FactType.CONNECTED: 1, FactType.SUPERSEDED: 1}
    assert (rows[first].status, rows[second].status) == ("disconnected", "connected")
    assert rows[first].last_verified_at == NOON + timedelta(seconds=540)


def test_a_superseded_session_takes_over_when_its_successor_is_down() -> None:
    old = session(1, superseded_by=UUID(int=2), last_error="superseded", connected_at=NOON)
    new = replace(holder(2), status="disconnected")

    planned = plan_for([old, new], finding(old, ObservedState.CONNECTED, number=NUMBER))

    assert (planned.rows[old.id].status, planned.rows[old.id].superseded_by) == ("connected", None)
    assert (planned.rows[new.id].phone_number, planned.rows[new.id].superseded_by) == (None, old.id)
    assert planned.moves == [Move(new.id, old.id, ORGANIZATION)]


def test_a_superseded_session_that_was_paired_anew_takes_over() -> None:
    old, new = session(1, superseded_by=UUID(int=2), last_error="superseded"), holder(2)

    planned = plan_for(
        [old, new],
        finding(old, ObservedState.QR_WANTED),
        finding(old, ObservedState.CONNECTED, at_s=20, number=NUMBER),
    )

    assert planned.rows[old.id].status == "connected"
    assert planned.rows[new.id].superseded_by == old.id


def test_of_two_connected_sessions_the_one_that_connected_last_holds_the_number() -> None:
    older = session(1, status="connected", connected_at=NOON - timedelta(days=2))
    newer = holder(2)

    planned = plan_for([older, newer], finding(older, ObservedState.CONNECTED, number=NUMBER))

    assert planned.rows[newer.id] == newer
    assert planned.rows[older.id].superseded_by == newer.id
    assert planned.moves == [Move(older.id, newer.id, ORGANIZATION)]


def test_a_session_that_is_gone_is_no_error() -> None:
    assert plan_for([], finding(session(1), ObservedState.CONNECTED)).rows == {}


def test_findings_count_in_the_order_in_which_they_were_asked_for() -> None:
    row = session(1, connected_at=NOON)

    planned = plan_for(
        [row],
        finding(row, ObservedState.DISCONNECTED, at_s=2),
        finding(row, ObservedState.CONNECTED, at_s=1),
    )

    assert planned.rows[row.id].status == "disconnected"
    assert planned.rows[row.id].version == row.version + 2


looks = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(list(ObservedState)),
        st.sampled_from([None, NUMBER, "4915112345678"]),
        st.integers(0, 500),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(looks, st.integers(1, 5))
def test_no_order_of_looks_gives_a_number_to_two_sessions(
    looks: list[tuple[int, ObservedState, str | None, int]], batch_size: int
) -> None:
    rows = {row.id: row for row in (session(number) for number in range(1, 5))}
    for start in range(0, len(looks), batch_size):
        batch = [
            finding(rows[UUID(int=number)], state, at_s=at_s, number=phone)
            for number, state, phone, at_s in looks[start : start + batch_size]
        ]
        before = rows
        planned = plan(rows, batch, POLICY)
        rows = planned.rows

        held = [digits(row.phone_number) for row in rows.values() if row.phone_number]
        assert len(held) == len(set(held))
        changed = {row.id for row in rows.values() if row.status != before[row.id].status}
        assert changed <= {fact.row.id for fact in planned.facts}
        for row in rows.values():
            facts = [fact for fact in planned.facts if fact.row.id == row.id]
            assert row.version == before[row.id].version + len(facts)
