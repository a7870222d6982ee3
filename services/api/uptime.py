"""Up-time strips: what was known of a session through a window of time, drawn from its facts. Pure.

A strip shows what the badge would have shown: up is Connected, down is any other answer of the gateway, and unknown is what
nobody could tell. A verification that changes nothing leaves no fact, so a state lasts until the next fact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.api.badge import Badge, SessionRow, badge

# what the verifier finds; the facts of an operator's actions say nothing about the gateway
FINDINGS = (
    "session.connected",
    "session.disconnected",
    "session.connecting",
    "session.qr_pending",
    "session.cannot_verify",
    "session.superseded",
    "session.silent",
    "session.heard",
)


class State(StrEnum):
    """One stretch of a strip."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


_STATE_OF_BADGE = {
    Badge.CONNECTED: State.UP,
    Badge.CANNOT_VERIFY: State.UNKNOWN,
    Badge.NEVER_PAIRED: State.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, and since when Truesend has to have asked to know the state at the end: who has not been verified
    since ``verified_after`` may be anything by now."""

    begin: datetime
    end: datetime
    verified_after: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at`` on it was so."""

    at: datetime
    state: State


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one state."""

    begin: datetime
    end: datetime
    state: State

    def answer(self) -> dict[str, Any]:
        """As the API tells it."""
        return {"from": self.begin, "to": self.end, "state": self.state}


def change_of_fact(fact: Mapping[str, Any]) -> Change:
    """What a finding of the verifier made of the session: the badge of the row as the fact has it."""
    at = fact["created_at"]
    superseded = fact["type"] == "session.superseded"
    return Change(
        at, state_of({**fact, "connected_at": at if fact["paired"] else None, "superseded_by": superseded or None})
    )


def changes_before(fact: Mapping[str, Any], watched_since: datetime, stale_after: timedelta) -> list[Change]:
    """What a session was before its first known fact: as that fact found it, if it had been verified before.

    A doubt whose own fact is gone shows in that its last verification was long before.
    """
    at, verified_at = fact["created_at"], fact["previously_verified_at"]
    if verified_at is None or watched_since >= at:
        return []
    changes = [Change(watched_since, _state_before(fact))]
    if verified_at < at - stale_after:
        changes.append(Change(max(verified_at, watched_since), State.UNKNOWN))
    return changes


def _state_before(fact: Mapping[str, Any]) -> State:
    """Only a silent session is heard again."""
    return state_of(
        {
            "status": fact["previous_status"],
            "connected_at": fact["created_at"] if fact["paired"] else None,
            "phone_number": None,
            "last_error": None,
            "last_error_at": None,
            "last_verified_at": fact["previously_verified_at"],
            "superseded_by": None,
            "silent_since": fact["created_at"] if fact["type"] == "session.heard" else None,
        }
    )


def changes_without_facts(session: SessionRow) -> list[Change]:
    """What is known of a session that has no facts: once it was verified, it has been as it is since somebody watches."""
    if session["last_verified_at"] is None:
        return []
    return [Change(session["watched_since"], state_of(session))]


def state_of(session: SessionRow) -> State:
    """What the badge of this row means for the strip."""
    return _STATE_OF_BADGE.get(badge(session), State.DOWN)


def strip(changes: Sequence[Change], last_verified_at: datetime | None, window: Window) -> list[Segment]:
    """The window without gaps, earliest first; neighbours differ. ``changes`` are in order and may begin before it."""
    return list(_joined(_cut(_stretches(changes, last_verified_at, window), window)))


def _stretches(changes: Sequence[Change], last_verified_at: datetime | None, window: Window) -> list[Change]:
    """With what comes before the first change, and after the last verification where that is too long ago."""
    first = min([window.begin, *(change.at for change in changes)])
    known = [Change(first, State.UNKNOWN), *changes]
    if last_verified_at is not None and last_verified_at < window.verified_after:
        known.append(Change(max(last_verified_at, known[-1].at), State.UNKNOWN))
    return known


def _cut(changes: Sequence[Change], window: Window) -> Iterator[Segment]:
    ends = [change.at for change in changes[1:]] + [window.end]
    for change, next_at in zip(changes, ends, strict=True):
        begin, end = max(change.at, window.begin), min(next_at, window.end)
        if begin < end:
            yield Segment(begin, end, change.state)


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    last: Segment | None = None
    for segment in segments:
        if last is not None and last.state is segment.state:
            last = Segment(last.begin, segment.end, last.state)
            continue
        if last is not None:
            yield last
        last = segment
    if last is not None:
        yield last


def stale_after(sweep_s: float) -> timedelta:
    """A session that the sweep has missed three times is not watched by anybody."""
    return timedelta(seconds=3 * sweep_s)
