"""The figures of a bench (pure)."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from truesend.cli.bench.run import Result

LONGEST_TIMELINE = 20


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of so many values, in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sent between ``from_s`` and ``to_s`` after the first message was due, per second."""

    from_s: float
    to_s: float
    sent_per_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a bench found. ``sent_per_s`` is from the first due time to the last end, by the database's clock."""

    accepted: int
    refused: dict[str, int]
    accepted_per_s: float
    by_status: dict[str, int]
    sent_per_s: float
    timeline: list[Stretch]
    due_to_sent: Percentiles | None
    verified: Percentiles | None
    not_verified: int
    troubles: dict[str, int]
    left: dict[str, int]
    cancelled: int
    beyond_recall: int
    stopped: str | None

    @property
    def all_went_well(self) -> bool:
        """Whether every message was sent and every session verified."""
        is_all_sent = self.by_status.get("sent", 0) == self.accepted
        return is_all_sent and not (self.refused or self.left or self.not_verified or self.stopped)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


def figures_of(result: Result) -> Figures:
    """Count it up."""
    journal = result.journal
    times = [(each.due_at, each.ended_at) for each in journal.sent()]
    known = [(due_at, ended_at) for due_at, ended_at in times if due_at is not None and ended_at is not None]
    first = min((due_at for due_at, _ in known), default=None)
    ends_s = sorted((ended_at - first).total_seconds() for _, ended_at in known) if first else []
    return Figures(
        accepted=len(journal.messages),
        refused=dict(journal.refused.most_common()),
        accepted_per_s=round(len(journal.messages) / result.posting_s, 1) if result.posting_s else 0.0,
        by_status=dict(Counter(message.status for message in journal.messages.values())),
        sent_per_s=round(len(ends_s) / ends_s[-1], 1) if ends_s and ends_s[-1] > 0 else 0.0,
        timeline=timeline(ends_s),
        due_to_sent=percentiles([(ended_at - due_at).total_seconds() for due_at, ended_at in known]),
        verified=percentiles(result.verifications.took_s),
        not_verified=len(result.verifications.late),
        troubles=dict(journal.troubles.most_common()),
        left=dict(result.left.why.most_common()),
        cancelled=result.left.cancelled,
        beyond_recall=result.left.beyond_recall,
        stopped=result.stopped,
    )


def percentiles(values_s: Sequence[float]) -> Percentiles | None:
    """By nearest rank: each is a value that was measured. None of nothing."""
    if not values_s:
        return None
    ordered = sorted(values_s)

    def at(percent: int) -> float:
        return round(ordered[math.ceil(percent / 100 * len(ordered)) - 1] * 1000, 1)

    return Percentiles(len(ordered), at(50), at(95), at(99), at(100))


def timeline(ends_s: Sequence[float]) -> list[Stretch]:
    """Full seconds from 0 on, several in one stretch where there are many."""
    if not ends_s:
        return []
    seconds = max(1, math.ceil(ends_s[-1]))
    width = math.ceil(seconds / LONGEST_TIMELINE)
    sent = Counter(min(int(end), seconds - 1) // width for end in ends_s)
    return [
        Stretch(number * width, to_s, round(sent[number] / (to_s - number * width), 1))
        for number in range(math.ceil(seconds / width))
        for to_s in (min((number + 1) * width, seconds),)
    ]
