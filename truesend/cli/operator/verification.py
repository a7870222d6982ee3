"""Having sessions verified, and waiting until they are."""

import time
from collections.abc import Iterable
from uuid import UUID

from truesend.cli.operator.client import ApiClient, Json
from truesend.cli.operator.live import JOINED, Event, Follower, LiveStream
from truesend.contracts.record_types import SessionType

# what a verification can end with
TOLD = frozenset(
    {
        SessionType.VERIFIED,
        SessionType.CONNECTED,
        SessionType.DISCONNECTED,
        SessionType.CONNECTING,
        SessionType.QR_PENDING,
        SessionType.CANNOT_VERIFY,
    }
)
JOIN_WITHIN_S = 15.0


def ask(api: ApiClient, session_ids: Iterable[UUID]) -> Json:
    """Have these sessions verified now, or, without any, all that say connected or connecting and are not fresh."""
    verifying: list[str] = []
    fresh: list[str] = []
    named = list(dict.fromkeys(session_ids))
    if not named:
        return api.post("/v1/sessions/verify")
    for session_id in named:
        answer = api.post(f"/v1/sessions/{session_id}/verify")
        verifying += answer["verifying"]
        fresh += answer["fresh"]
    return {"verifying": verifying, "fresh": fresh}


def ask_and_wait(api: ApiClient, session_ids: Iterable[UUID], *, within_s: float) -> tuple[Json, list[str]]:
    """As ``ask``, and wait until each was verified. Returns the answer, and who was not verified in time."""
    deadline = time.monotonic() + within_s
    follower = Follower(LiveStream(api))
    try:
        # joined before anything is asked, or an answer that comes at once would be missed
        join(follower, min(within_s, JOIN_WITHIN_S))
        before = {row["id"]: _stamp(row) for row in api.pages("/v1/sessions", limit=None)}
        answer = ask(api, session_ids)
        waiting = set(answer["verifying"])
        while waiting and (left_s := deadline - time.monotonic()) > 0:
            event = follower.take(left_s)
            if event is not None:
                waiting -= _verified_by(api, event, waiting, before)
        waiting -= _verified_meanwhile(api, waiting, before)
        return answer, [session_id for session_id in answer["verifying"] if session_id in waiting]
    finally:
        follower.stop()


def join(follower: Follower, within_s: float) -> None:
    """Wait until nothing of the stream is passed over any more; no longer than ``within_s``."""
    deadline = time.monotonic() + within_s
    while (left_s := deadline - time.monotonic()) > 0:
        event = follower.take(left_s)
        if event is not None and event.name == JOINED:
            return


def _verified_by(api: ApiClient, event: Event, waiting: set[str], before: dict[str, object]) -> set[str]:
    """A stream that broke off has lost its notices: the rows are looked at instead."""
    if event.name in {JOINED, "reset"}:
        return _verified_meanwhile(api, waiting, before)
    if event.name == "session" and event.data.get("type") in TOLD:
        return {str(event.data.get("id"))}
    return set()


def _verified_meanwhile(api: ApiClient, waiting: set[str], before: dict[str, object]) -> set[str]:
    rows = [api.get(f"/v1/sessions/{session_id}") for session_id in sorted(waiting)]
    return {row["id"] for row in rows if _stamp(row) != before.get(row["id"])}


def _stamp(row: Json) -> object:
    return row["last_verified_at"], row["last_error_at"]
