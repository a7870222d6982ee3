"""How far a batch is, and how long the rest takes by the pace of its sessions. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

HOUR_S = 3_600.0
DAY_S = 86_400.0
STATUSES = ("pending", "sending", "sent", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class WaitingAtSession:
    """What of a batch waits at one session. Times are seconds from now; ``held_for_s`` and ``last_due_in_s`` may be past.

    ``will_go`` is False where nobody knows when: the session is down, gone, or paused.
    """

    waiting: int
    will_go: bool
    interval_s: float
    last_due_in_s: float = 0.0
    held_for_s: float = 0.0
    hourly_cap: int | None = None
    daily_cap: int | None = None
    started_in_hour: int = 0
    started_on_day: int = 0


def seconds_left(sessions: Iterable[WaitingAtSession]) -> float | None:
    """How long until the last message has gone, at the earliest; None where nobody knows."""
    longest = 0.0
    for session in sessions:
        if not session.will_go:
            return None
        longest = max(longest, _of_one(session))
    return longest


def _of_one(session: WaitingAtSession) -> float:
    paced = max(session.held_for_s, 0.0) + (session.waiting - 1) * session.interval_s
    capped = max(
        _of_cap(session.waiting, session.hourly_cap, session.started_in_hour, HOUR_S),
        _of_cap(session.waiting, session.daily_cap, session.started_on_day, DAY_S),
    )
    return max(paced, capped, session.last_due_in_s, 0.0)


def _of_cap(waiting: int, cap: int | None, used: int, window_s: float) -> float:
    """Whole windows that the cap makes of it, beside the one that is running."""
    if cap is None:
        return 0.0
    beyond = waiting - max(cap - used, 0)
    return math.ceil(beyond / cap) * window_s if beyond > 0 else 0.0
