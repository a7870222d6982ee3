"""Verifications asked for one by one, and how long each verdict took to get here."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from truesend.cli.operator.client import ApiClient
from truesend.cli.operator.live import Follower
from truesend.cli.operator.verification import TOLD

AT_ONCE = 8


@dataclass(slots=True)
class Verifications:
    """``took_s`` has each verdict's time, from the question to the stream; ``late`` are the sessions without one."""

    took_s: list[float] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


def verify(
    api: ApiClient, follower: Follower, sessions: Sequence[UUID], number: int, *, within_s: float
) -> Verifications:
    """Have ``number`` verifications made, each session in its turn, a few at once; ``within_s`` is for each."""
    found = Verifications()
    waiting: dict[str, float] = {}
    turn = deque(str(sessions[count % len(sessions)]) for count in range(number))
    while turn or waiting:
        while turn and len(waiting) < AT_ONCE and turn[0] not in waiting:
            session_id = turn.popleft()
            waiting[session_id] = time.monotonic()
            api.post(f"/v1/sessions/{session_id}/verify")
        oldest = min(waiting.values())
        event = follower.take(oldest + within_s - time.monotonic())
        if event is not None and event.name == "session" and event.data.get("type") in TOLD:
            asked_at = waiting.pop(str(event.data.get("id")), None)
            if asked_at is not None:
                found.took_s.append(time.monotonic() - asked_at)
        elif event is None:
            late = [session_id for session_id, asked_at in waiting.items() if asked_at == oldest]
            found.late += late
            for session_id in late:
                del waiting[session_id]
    return found
