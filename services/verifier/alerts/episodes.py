"""Episodes: which begin and which end, given how a session stands and what is open. Pure.

An episode that ends before it was raised never was: a flap inside the debounce raises nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What an alert is about."""

    SESSION_DOWN = "session_down"
    SESSION_SILENT = "session_silent"
    MESSAGES_WAITING = "messages_waiting"


class State(StrEnum):
    """The two ends of an episode."""

    RAISED = "raised"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Situation:
    """How a session stands at ``now``, and which episodes of it are open (the alert's id by kind).

    ``down_since`` is when a session that was up went down; one that was superseded, or whose disconnect an operator asked
    for, is not missed. ``waiting_since`` is the due time of its oldest message that waits too long: None where there is
    none, and where nobody has looked (``waiting_is_known``).
    """

    session_id: UUID
    now: datetime
    open: Mapping[Kind, UUID]
    down_since: datetime | None = None
    is_missed: bool = True
    silent_since: datetime | None = None
    waiting_since: datetime | None = None
    waiting_is_known: bool = False


@dataclass(frozen=True, slots=True)
class Raised:
    """An episode that is raised now."""

    kind: Kind
    session_id: UUID
    since: datetime


@dataclass(frozen=True, slots=True)
class Resolved:
    """An episode that is over."""

    kind: Kind
    session_id: UUID
    alert_id: UUID


def episodes(situation: Situation, *, debounce_s: float) -> list[Raised | Resolved]:
    """What begins and what ends. The same situation twice, with what was raised open, changes nothing."""
    going_on = _going_on(situation)
    changes: list[Raised | Resolved] = []
    for kind in Kind:
        since, alert_id = going_on.get(kind), situation.open.get(kind)
        if since is None and alert_id is not None and _can_be_told(kind, situation):
            changes.append(Resolved(kind, situation.session_id, alert_id))
        if since is not None and alert_id is None and situation.now - since >= _patience(kind, debounce_s):
            changes.append(Raised(kind, situation.session_id, since))
    return changes


def _going_on(situation: Situation) -> Mapping[Kind, datetime]:
    since = {
        Kind.SESSION_DOWN: situation.down_since if situation.is_missed else None,
        Kind.SESSION_SILENT: situation.silent_since,
        Kind.MESSAGES_WAITING: situation.waiting_since,
    }
    return {kind: at for kind, at in since.items() if at is not None}


def _can_be_told(kind: Kind, situation: Situation) -> bool:
    return kind is not Kind.MESSAGES_WAITING or situation.waiting_is_known


def _patience(kind: Kind, debounce_s: float) -> timedelta:
    """Silence and waiting have taken their time before they are told."""
    return timedelta(seconds=debounce_s if kind is Kind.SESSION_DOWN else 0)
