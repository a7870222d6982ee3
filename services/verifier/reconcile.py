"""What an observation makes of a session: DESIGN's table as one pure function. No clock and no database of its own."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.verifier.silence import Silence
from truesend.gateways.protocol import Observation, ObservedState

LAST_ERROR_LIMIT = 500
_NO_DIGITS = re.compile("[^0-9]+")
QR_LIFE = timedelta(seconds=60)

CONNECTED = "connected"
DISCONNECTED = "disconnected"
CONNECTING = "connecting"
QR_PENDING = "qr_pending"


class FactType(StrEnum):
    """What a transition is called in the history of a session."""

    CONNECTED = "session.connected"
    DISCONNECTED = "session.disconnected"
    CONNECTING = "session.connecting"
    QR_PENDING = "session.qr_pending"
    CANNOT_VERIFY = "session.cannot_verify"
    SUPERSEDED = "session.superseded"
    SILENT = "session.silent"
    HEARD = "session.heard"


_FACT_OF_STATUS = {
    CONNECTED: FactType.CONNECTED,
    DISCONNECTED: FactType.DISCONNECTED,
    CONNECTING: FactType.CONNECTING,
    QR_PENDING: FactType.QR_PENDING,
}
_STATUS_OF_STATE = {
    ObservedState.CONNECTED: CONNECTED,
    ObservedState.CONNECTING: CONNECTING,
    ObservedState.QR_WANTED: QR_PENDING,
    ObservedState.DISCONNECTED: DISCONNECTED,
    ObservedState.UNKNOWN_STATE: DISCONNECTED,
}


@dataclass(frozen=True, slots=True)
class SessionRow:
    """What is written about a session: the CRM's row, and what its checks remember beside it.

    ``status`` is the table's word. ``connecting_since`` and ``connecting_seen_at`` are the first and the last time in a
    row of sightings at which the gateway said connecting; ``superseded_by`` is the session that took its number over;
    ``webhook_at`` the gateway's time of the newest webhook. ``down_since`` is when the gateway first said otherwise of a
    session that had been up; ``is_ours`` says that its row is younger than Truesend here.
    """

    id: UUID
    organization_id: UUID
    status: str
    gateway: str
    gateway_session_id: str
    version: int = 0
    phone_number: str | None = None
    qr_code: str | None = None
    qr_expires_at: datetime | None = None
    connected_at: datetime | None = None
    last_active_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    last_verified_at: datetime | None = None
    connecting_since: datetime | None = None
    connecting_seen_at: datetime | None = None
    superseded_by: UUID | None = None
    webhook_at: datetime | None = None
    seen_connected: bool = False
    down_since: datetime | None = None
    is_ours: bool = False
    silence: Silence | None = None

    @property
    def was_up(self) -> bool:
        """Whether its end is a drop: its gateway told us connected, or its row said so since Truesend is here. Rows that
        said so before are often wrong for months."""
        return self.seen_connected or (self.is_ours and self.status == CONNECTED and self.was_paired)

    @property
    def was_paired(self) -> bool:
        """Whether it was ever connected. A missing number alone proves nothing: CRMs empty it on a drop."""
        return self.connected_at is not None or self.phone_number is not None


@dataclass(frozen=True, slots=True)
class ReconcilePolicy:
    """How long a session may go on connecting before it counts as down."""

    connecting_max_s: float


@dataclass(frozen=True, slots=True)
class Transition:
    """What to write. ``fact`` is None when nothing changed that history should hold; then only times move.

    ``takes_number`` is the phone number, as digits, that this session now holds and every other session of its
    organisation loses.
    """

    row: SessionRow
    fact: FactType | None = None
    takes_number: str | None = None


def status_of(state: ObservedState) -> str | None:
    """The table's word for what was seen; None where nothing was."""
    return _STATUS_OF_STATE.get(state)


def digits(phone_number: str | None) -> str:
    """A phone number without its spelling: ``+91 98…`` and ``9198…`` are the same number."""
    return _NO_DIGITS.sub("", phone_number or "")


def reconcile(row: SessionRow, observation: Observation, asked_at: datetime, policy: ReconcilePolicy) -> Transition:
    """What the observation, asked for at ``asked_at`` (the database's clock), makes of the row.

    An observation asked for before the last one that told anything changes nothing. Never raises.
    """
    if row.last_verified_at is not None and asked_at < row.last_verified_at:
        return Transition(row)
    if observation.state is ObservedState.CANNOT_TELL:
        return _cannot_tell(row, observation, asked_at)
    seen = _remembered(row, observation.state, asked_at)
    match observation.state:
        case ObservedState.CONNECTED:
            return _connected(row, seen, observation, asked_at)
        case ObservedState.CONNECTING:
            return _connecting(row, seen, observation, asked_at, policy)
        case ObservedState.QR_WANTED:
            return _qr_wanted(row, seen, observation, asked_at)
        case ObservedState.UNKNOWN_STATE:
            words = observation.detail or "the gateway names a state that nobody knows"
            return _told(row, _down(seen, words, asked_at))
        case _:
            return _disconnected(row, seen, observation, asked_at, policy)


def superseded(row: SessionRow, successor: SessionRow, at: datetime) -> Transition:
    """What becomes of a session whose phone number another one holds now."""
    words = f"superseded by session {successor.id}, which holds the phone number now"
    after = replace(
        _down(row, words, at), phone_number=None, superseded_by=successor.id, seen_connected=False, down_since=None
    )
    unchanged = (row.status, row.last_error, row.phone_number) == (DISCONNECTED, words, None)
    return Transition(after, None if unchanged else FactType.SUPERSEDED)


def _remembered(row: SessionRow, state: ObservedState, asked_at: datetime) -> SessionRow:
    """When a session that was up has gone down is known from what its gateway said: others write its status, too."""
    if state is ObservedState.CONNECTED:
        return replace(row, last_verified_at=asked_at, seen_connected=True, down_since=None)
    return replace(row, last_verified_at=asked_at, down_since=row.down_since or (asked_at if row.was_up else None))


def _connected(row: SessionRow, seen: SessionRow, observation: Observation, asked_at: datetime) -> Transition:
    number = digits(observation.phone_number)
    takes_over = bool(number) and (row.status != CONNECTED or number != digits(row.phone_number))
    after = replace(
        _not_connecting(seen),
        status=CONNECTED,
        phone_number=number if number and number != digits(row.phone_number) else row.phone_number,
        qr_code=None,
        qr_expires_at=None,
        connected_at=asked_at if row.status != CONNECTED else row.connected_at or asked_at,
        last_error=row.silence.words if row.silence else None,
        last_error_at=row.silence.noted_at if row.silence else None,
        superseded_by=None if number else row.superseded_by,
    )
    transition = _told(row, after)
    if transition.fact is not None:
        after = replace(after, last_active_at=asked_at)
    return Transition(after, transition.fact, number if takes_over else None)


def _disconnected(
    row: SessionRow, seen: SessionRow, observation: Observation, asked_at: datetime, policy: ReconcilePolicy
) -> Transition:
    if not _seen_lately(row, asked_at, policy):
        seen = _not_connecting(seen)
    keeps_its_reason = row.superseded_by is not None or _has_aged_out(row, asked_at, policy)
    if keeps_its_reason and row.status == DISCONNECTED and row.last_error:
        return _told(row, _down(seen, row.last_error, asked_at))
    if observation.detail or row.was_paired:
        return _told(row, _down(seen, observation.detail or "the gateway says that it is disconnected", asked_at))
    return _told(row, replace(_without_qr(seen), status=DISCONNECTED, last_error=None, last_error_at=None))


def _connecting(
    row: SessionRow, seen: SessionRow, observation: Observation, asked_at: datetime, policy: ReconcilePolicy
) -> Transition:
    since = asked_at
    if row.connecting_since is not None and _seen_lately(row, asked_at, policy):
        since = min(row.connecting_since, asked_at)
    seen = replace(seen, connecting_since=since, connecting_seen_at=asked_at)
    if asked_at - since > timedelta(seconds=policy.connecting_max_s):
        words = f"connecting since {since:%Y-%m-%d %H:%M:%S} UTC, for more than {policy.connecting_max_s:g} s"
        return _told(row, _down(seen, words, asked_at))
    return _told(row, _with_words(replace(_without_qr(seen), status=CONNECTING), observation.detail, asked_at))


def _qr_wanted(row: SessionRow, seen: SessionRow, observation: Observation, asked_at: datetime) -> Transition:
    after = replace(_not_connecting(seen), status=QR_PENDING, superseded_by=None)
    if observation.qr is not None:
        after = replace(after, qr_code=observation.qr, qr_expires_at=asked_at + QR_LIFE)
    return _told(row, _with_words(after, observation.detail, asked_at))


def _cannot_tell(row: SessionRow, observation: Observation, asked_at: datetime) -> Transition:
    """The status stays as it is: nobody has said otherwise."""
    words = _bounded(observation.detail or "the gateway could not be asked, and gave no reason")
    after = replace(row, last_error=words, last_error_at=asked_at)
    if row.superseded_by is not None and row.last_error:
        after = replace(after, last_error=row.last_error)
    is_news = row.last_error != after.last_error and (row.was_paired or row.status != DISCONNECTED)
    return Transition(after, FactType.CANNOT_VERIFY if is_news else None)


def _told(row: SessionRow, after: SessionRow) -> Transition:
    """A fact where the status, the error or the number changed; no alarm about the error of one never paired."""
    changed = row.status != after.status or row.phone_number != after.phone_number
    if row.last_error != after.last_error:
        changed = changed or after.was_paired or after.status != DISCONNECTED
    return Transition(after, _FACT_OF_STATUS[after.status] if changed else None)


def _has_aged_out(row: SessionRow, asked_at: datetime, policy: ReconcilePolicy) -> bool:
    """Some gateways say closed and connecting in turn: their closed says no more than what is known already."""
    if row.connecting_since is None or not _seen_lately(row, asked_at, policy):
        return False
    return asked_at - row.connecting_since > timedelta(seconds=policy.connecting_max_s)


def _seen_lately(row: SessionRow, asked_at: datetime, policy: ReconcilePolicy) -> bool:
    seen_at = row.connecting_seen_at
    return seen_at is not None and asked_at - seen_at <= timedelta(seconds=policy.connecting_max_s)


def _down(row: SessionRow, words: str, at: datetime) -> SessionRow:
    return replace(_without_qr(row), status=DISCONNECTED, last_error=_bounded(words), last_error_at=at)


def _with_words(row: SessionRow, words: str, at: datetime) -> SessionRow:
    return replace(row, last_error=_bounded(words) if words else None, last_error_at=at if words else None)


def _without_qr(row: SessionRow) -> SessionRow:
    return replace(row, qr_code=None, qr_expires_at=None)


def _not_connecting(row: SessionRow) -> SessionRow:
    return replace(row, connecting_since=None, connecting_seen_at=None)


def _bounded(words: str) -> str:
    """As much of it as a row holds, without what Postgres refuses."""
    return words.replace("\x00", "")[:LAST_ERROR_LIMIT].encode("utf-8", "replace").decode()
