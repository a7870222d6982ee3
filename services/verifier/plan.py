"""What a batch of findings makes of the locked rows: transitions, and phone numbers that change hands. Pure.

Two sessions of an organisation never hold the same number. The one that connected last holds it; a session that was
superseded takes it back only when its successor is down, or when it was paired anew: otherwise two sessions that a
phone is truly linked to would take the number from each other for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.verifier.check import Sighting, Told
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
    """A line of history: the row as it stood after it, and before."""

    type: FactType
    row: SessionRow
    before: SessionRow
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

    ``unchanged`` holds the sightings that made no history; ``doubted`` the webhooks that came too late to be believed and
    say something else than the row; ``recovered`` the sessions that can send again; ``wanted_numbers`` the numbers that
    change hands: their holders must have been among the locked rows.
    """

    rows: dict[UUID, SessionRow]
    facts: list[Fact] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    unchanged: list[Sighting] = field(default_factory=list)
    doubted: list[Told] = field(default_factory=list)
    recovered: list[UUID] = field(default_factory=list)
    wanted_numbers: set[tuple[UUID, str]] = field(default_factory=set)

    def apply(self, transition: Transition, traceparent: str | None) -> SessionRow:
        """Let a row become what the transition says, with a version of its own for each fact."""
        before, after = self.rows[transition.row.id], transition.row
        if transition.fact is not None:
            after = replace(after, version=before.version + 1)
            self.facts.append(Fact(transition.fact, after, before, traceparent))
        self.rows[after.id] = after
        return after


def plan(locked: Mapping[UUID, SessionRow], sightings: Sequence[Sighting], policy: ReconcilePolicy) -> Plan:
    """Apply what was seen in the order in which it was asked for or told. Sessions that are gone are left out."""
    planned = Plan(dict(locked))
    for sighting in sorted(sightings, key=lambda each: each.asked_at):
        if sighting.session_id in planned.rows and not _is_outdated(planned, sighting):
            _apply(planned, sighting, policy)
    return planned


def _is_outdated(planned: Plan, sighting: Sighting) -> bool:
    """A webhook that is older than what is known changes nothing; where it says otherwise, clocks may be wrong."""
    row = planned.rows[sighting.session_id]
    if not isinstance(sighting, Told) or not sighting.is_outdated(row):
        return False
    if sighting.contradicts(row):
        planned.doubted.append(sighting)
    return True


def _apply(planned: Plan, sighting: Sighting, policy: ReconcilePolicy) -> None:
    before = planned.rows[sighting.session_id]
    transition = _transition(before, sighting, policy)
    holder = None
    if transition.takes_number is not None:
        planned.wanted_numbers.add((before.organization_id, transition.takes_number))
        others = list(_holders(planned.rows.values(), before, transition.takes_number))
        holder = next((other for other in others if _keeps_its_number(other, before)), None)
        transition = transition if holder is None else _lost(before, holder, sighting)
        for other in others if holder is None else []:
            _supersede(planned, other, before, sighting)
    after = planned.apply(transition, sighting.traceparent)
    if transition.fact is None:
        planned.unchanged.append(sighting)
    elif holder is not None:
        planned.moves.append(Move(after.id, holder.id, after.organization_id))
    elif after.status == CONNECTED and (before.status != CONNECTED or before.last_error is not None):
        planned.recovered.append(after.id)


def _transition(before: SessionRow, sighting: Sighting, policy: ReconcilePolicy) -> Transition:
    transition = reconcile(before, sighting.observation, sighting.asked_at, policy)
    if isinstance(sighting, Told) and sighting.occurred_at is not None:
        return replace(transition, row=replace(transition.row, webhook_at=sighting.occurred_at))
    return transition


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


def _lost(taker: SessionRow, holder: SessionRow, finding: Sighting) -> Transition:
    webhook_at = finding.occurred_at if isinstance(finding, Told) else None
    verified = replace(
        taker,
        last_verified_at=finding.asked_at,
        connecting_since=None,
        connecting_seen_at=None,
        webhook_at=webhook_at or taker.webhook_at,
    )
    return superseded(verified, holder, finding.asked_at)


def _supersede(planned: Plan, loser: SessionRow, winner: SessionRow, finding: Sighting) -> None:
    planned.apply(superseded(loser, winner, finding.asked_at), finding.traceparent)
    planned.moves.append(Move(loser.id, winner.id, loser.organization_id))
