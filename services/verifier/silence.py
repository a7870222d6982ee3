"""The silent session: connected, says its gateway, while nothing that it sends shows a sign of arrival. Pure.

A gateway that never acknowledged anything proves nothing by its silence; nor does one whose webhooks we refuse, or a
session that sends little.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

AT_LEAST = 5
"""So many sends without an acknowledgement; fewer may be bad luck."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A session's silence: since its first send without a sign, how many there were, and when that was noticed."""

    since: datetime
    unacknowledged: int
    noted_at: datetime

    @property
    def words(self) -> str:
        """The session's ``last_error`` while it lasts."""
        return (
            f"connected, but nothing gets through: {self.unacknowledged} messages since "
            f"{self.since:%Y-%m-%d %H:%M} UTC without a sign of arrival; reconnect the session if it goes on"
        )


@dataclass(frozen=True, slots=True)
class SilencePolicy:
    """How long sends may go without a sign (0: for ever), and whether a silent session's messages wait."""

    silence_s: float
    holds: bool


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is known of one session at ``now``. ``sent_ats`` are its sends that no acknowledgement has followed and that are
    younger than its gateway's first one, oldest first; ``gateway_acknowledges`` and ``is_deaf`` are about its gateway."""

    session_id: UUID
    now: datetime
    is_connected: bool
    gateway_acknowledges: bool
    is_deaf: bool
    sent_ats: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class KnownSilence:
    """A silence that was noted. ``chance_at`` is when the session was last reconnected, ``sent_again_ats`` are its sends
    since ``tried_again_at``; ``is_over_otherwise``: it is gone, or superseded."""

    session_id: UUID
    now: datetime
    silence: Silence
    last_ack_at: datetime | None
    is_over_otherwise: bool
    chance_at: datetime | None
    tried_again_at: datetime | None
    sent_again_ats: tuple[datetime, ...]


class Hold(StrEnum):
    """What becomes of a silent session's messages."""

    WAIT = "wait"
    TRY_AGAIN = "try_again"  # it was reconnected: from now on they may go again
    GO = "go"


def falls_silent(hearing: Hearing, policy: SilencePolicy) -> Silence | None:
    """The silence that has come over a session, if any."""
    if policy.silence_s <= 0 or not hearing.is_connected or not hearing.gateway_acknowledges or hearing.is_deaf:
        return None
    unanswered = _old(hearing.sent_ats, hearing.now, policy)
    if len(unanswered) < AT_LEAST:
        return None
    return Silence(unanswered[0], len(unanswered), hearing.now)


def is_over(known: KnownSilence, policy: SilencePolicy) -> bool:
    """Whether a silence has ended: at the first acknowledgement after it began."""
    heard = known.last_ack_at is not None and known.last_ack_at > known.silence.since
    return heard or known.is_over_otherwise or policy.silence_s <= 0


def hold(known: KnownSilence, policy: SilencePolicy) -> Hold:
    """Whether a session that is silent still may send. A reconnected one may, until as many go unanswered again."""
    if not policy.holds:
        return Hold.GO
    last_chance = known.tried_again_at or known.silence.noted_at
    if known.chance_at is not None and known.chance_at > last_chance:
        return Hold.TRY_AGAIN
    if known.tried_again_at is None:
        return Hold.WAIT
    return Hold.WAIT if len(_old(known.sent_again_ats, known.now, policy)) >= AT_LEAST else Hold.GO


def _old(sent_ats: tuple[datetime, ...], now: datetime, policy: SilencePolicy) -> tuple[datetime, ...]:
    return tuple(at for at in sent_ats if now - at >= timedelta(seconds=policy.silence_s))
