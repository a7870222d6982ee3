"""What has come to no end: why, and that it is taken back. Only what the bench itself has posted is touched."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from truesend.cli.bench.journal import Journal
from truesend.cli.errors import CANNOT_REACH
from truesend.cli.operator.client import ApiClient, Json, Refused

AT_ONCE = 8
REASON = "truesend bench is over"


@dataclass(slots=True)
class Leftovers:
    """``why`` counts what was left by its reason; ``cancelled`` of it won't be sent; ``beyond_recall`` may be."""

    why: Counter[str] = field(default_factory=Counter)
    cancelled: int = 0
    beyond_recall: int = 0


def take_back(api: ApiClient, journal: Journal, strays: Sequence[str] = ()) -> Leftovers:
    """Look at each message that is open, and cancel it where it still waits. ``strays`` are more ids of ours."""
    left = Leftovers()
    with ThreadPoolExecutor(AT_ONCE) as several:
        wanted = list(dict.fromkeys([*journal.open_ones(), *strays]))
        for message_id, before, after in several.map(lambda each: _take_back(api, each), wanted):
            if message_id in journal.messages:
                journal.looked_up(message_id, after or before, datetime.now(UTC))
            if before["status"] in {"pending", "sending"}:
                left.why[_why(before)] += 1
                left.cancelled += after is not None and after["status"] == "cancelled"
                left.beyond_recall += after is None
    return left


def _take_back(api: ApiClient, message_id: str) -> tuple[str, Json, Json | None]:
    """Its row before, and after it was cancelled; None where it could not be."""
    before = api.get(f"/v1/messages/{message_id}")
    if before["status"] != "pending":
        return message_id, before, None
    try:
        return message_id, before, api.post(f"/v1/messages/{message_id}/cancel", {"reason": REASON})
    except Refused as error:
        if error.exit_code == CANNOT_REACH:
            raise
        return message_id, before, None


def _why(row: Json) -> str:
    if row["held_reason"] is not None:
        return f"held: {row['held_reason']}"
    if row["status"] == "sending":
        return "unconfirmed: it may have been sent" if row["unconfirmed_at"] else "at the gateway"
    return "its turn had not come"
