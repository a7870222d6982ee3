"""What a batch of findings makes of the locked rows: transitions, and phone numbers that change hands. Pure.

Two sessions of an organisation never hold the same number. The one that connected last holds it; a session that was
superseded takes it back only when its successor is down, or when it was paired anew: otherwise two sessions that a
phone is truly linked to would take the number from each other for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.verifier.check import Finding
from services.verifier.reconcile import (
    CONNECTED,
    FactType,
    ReconcilePolicy,
    SessionRow,
    Transition,
    digits,
    reconcile,
    superseded,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of history: the row as it stood after it."""

    type: FactType
    row: SessionRow
    previous_status: str
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """Undelivered messages of ``old`` go to ``new``."""

    old: UUID
    new: UUID
    organization_id: UUID


@dataclass(slots=True)
class Plan:
    """What to write. ``rows`` is how every locked row stands in the end, changed or not.

    ``unchanged`` holds the findings that made no history; ``recovered`` the sessions that can send again; ``wanted_numbers``
    the numbers that change hands: their holders must have been among the locked rows.
    """

    rows: dict[UUID, SessionRow]
    facts: list[Fact] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    unchanged: list[Finding] = field(default_factory=list)
    recovered: list[UUID] = field(default_factory=list)
    wanted_numbers: set[tuple[UUID, str]] = field(default_factory=set)

    def apply(self, transition: Transition, traceparent: str | None) -> SessionRow:
        """Let a row become what the transition says, with a version of its own for each fact."""
        before, after = self.rows[transition.row.id], transition.row
        if transition.fact is not None:
            after = replace(after, version=before.version + 1)
            self.facts.append(Fact(transition.fact, after, before.status, traceparent))
        self.rows[after.id] = after
        return after


def plan(locked: Mapping[UUID, SessionRow], findings: Sequence[Finding], policy: ReconcilePolicy) -> Plan:
    """Apply the findings in the order in which they were asked for. Sessions that are gone are left out."""
    planned = Plan(dict(locked))
    for finding in sorted(findings, key=lambda each: each.asked_at):
        if finding.check.session_id in planned.rows:
            _apply(planned, finding, policy)
    return planned


def _apply(planned: Plan, finding: Finding, policy: ReconcilePolicy) -> None:
    before = planned.rows[finding.check.session_id]
    transition = reconcile(before, finding.observation, finding.asked_at, policy)
    holder = None
    if transition.takes_number is not None:
        planned.wanted_numbers.add((before.organization_id, transition.takes_number))
        others = list(_holders(planned.rows.values(), before, transition.takes_number))
        holder = next((other for other in others if _keeps_its_number(other, before)), None)
        transition = transition if holder is None else _lost(before, holder, finding)
        for other in others if holder is None else []:
            _supersede(planned, other, before, finding)
    after = planned.apply(transition, finding.check.traceparent)
    if transition.fact is None:
        planned.unchanged.append(finding)
    elif holder is not None:
        planned.moves.append(Move(after.id, holder.id, after.organization_id))
    elif after.status == CONNECTED and (before.status != CONNECTED or before.last_error is not None):
        planned.recovered.append(after.id)


def _holders(rows: Iterable[SessionRow], taker: SessionRow, number: str) -> Iterable[SessionRow]:
    for row in rows:
        if row.phone_number is None or row.id == taker.id or row.organization_id != taker.organization_id:
            continue
        if digits(row.phone_number) == number:
            yield row


def _keeps_its_number(holder: SessionRow, taker: SessionRow) -> bool:
    """``taker`` is as it was before it was seen connected."""
    if holder.status != CONNECTED:
        return False
    if taker.superseded_by is not None:
        return True
    if taker.status != CONNECTED or taker.connected_at is None or holder.connected_at is None:
        return False
    return taker.connected_at < holder.connected_at


def _lost(taker: SessionRow, holder: SessionRow, finding: Finding) -> Transition:
    verified = replace(taker, last_verified_at=finding.asked_at, connecting_since=None, connecting_seen_at=None)
    return superseded(verified, holder, finding.asked_at)


def _supersede(planned: Plan, loser: SessionRow, winner: SessionRow, finding: Finding) -> None:
    planned.apply(superseded(loser, winner, finding.asked_at), finding.check.traceparent)
    planned.moves.append(Move(loser.id, winner.id, loser.organization_id))
