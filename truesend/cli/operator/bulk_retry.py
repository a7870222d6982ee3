"""Retrying all messages that a filter matches: counted first, then, page by page, done."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from truesend.cli.errors import WRONG_SETTING, CommandError
from truesend.cli.operator.client import ApiClient, Json
from truesend.cli.operator.message_rows import MessageStatus

FILTER_FIELDS = (
    "status",
    "session_id",
    "recipient",
    "created_from",
    "created_to",
    "scheduled_from",
    "scheduled_to",
)
_SHORT = {"session": "session_id"}


@dataclass(slots=True)
class Tally:
    """What one run came to."""

    matched: int = 0
    retried: int = 0
    refused: int = 0
    refused_by: Counter[str] = field(default_factory=Counter)

    @property
    def free(self) -> int:
        """How many of the counted ones would be retried."""
        return self.matched - self.refused

    def as_json(self, *, dry_run: bool) -> Json:
        """As the API answers for one page of it."""
        return {
            "matched": self.matched,
            "retried": self.retried,
            "refused": self.refused,
            "refused_by": dict(sorted(self.refused_by.items())),
            "dry_run": dry_run,
        }

    def reasons(self) -> str:
        """Why the refused ones were, in words."""
        return ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in sorted(self.refused_by.items()))


def read_filter(pairs: Sequence[str]) -> Json:
    """``name=value`` pairs as the API takes them. Raises CommandError for a name it does not know."""
    wanted: Json = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = _SHORT.get(name.strip(), name.strip())
        if not equals or name not in FILTER_FIELDS or name in wanted:
            raise CommandError(
                f"--filter: write name=value, each name once, with a name of {', '.join(FILTER_FIELDS)}", WRONG_SETTING
            )
        wanted[name] = value.strip()
    return wanted


def filter_values(incomplete: str) -> list[str]:
    """What a shell may complete a filter to."""
    names = [f"{name}=" for name in FILTER_FIELDS]
    statuses = [f"status={status}" for status in MessageStatus]
    return [each for each in [*statuses, *names] if each.startswith(incomplete)]


def retry_all(
    api: ApiClient,
    wanted: Json,
    *,
    session_id: UUID | None,
    force: bool,
    reason: str | None,
    dry_run: bool,
    moved: Callable[[int], None] = lambda _steps: None,
) -> Tally:
    """Retry, or only count, what the filter matches; ``moved`` hears how many more were gone through."""
    tally, cursor = Tally(), None
    while True:
        answer = api.post(
            "/v1/messages/retry",
            {
                "filter": wanted,
                "session_id": str(session_id) if session_id else None,
                "force": force,
                "reason": reason,
                "dry_run": dry_run,
                "cursor": cursor,
            },
        )
        tally.matched += answer["matched"]
        tally.retried += answer["retried"]
        tally.refused += answer["refused"]
        tally.refused_by.update(answer["refused_by"])
        moved(answer["matched"])
        cursor = answer["next_cursor"]
        if cursor is None:
            return tally
