"""When messages become due in a day, and whose they are."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Final

HOUR_S: Final = 3_600.0

OFFICE_HOURS: Final = (1, 1, 1, 1, 1, 2, 6, 20, 55, 100, 95, 80, 55, 60, 70, 75, 85, 100, 95, 70, 45, 25, 8, 3)
"""Weights of the day's hours: reminders and campaigns, with a peak in the morning and one in the evening."""


@dataclass(frozen=True, slots=True)
class Day:
    """``messages`` over the hours by weight. ``burst`` of each hour's are due at the full hour itself, as CRMs schedule them.

    Sessions differ: their shares are lognormal with ``spread``, so that with 1.0 the busiest tenth has over a third.
    """

    messages: int
    sessions: int
    burst: float = 0.3
    spread: float = 1.0
    weights: Sequence[float] = field(default=OFFICE_HOURS)

    def arrivals(self, random: Random) -> Iterator[tuple[float, int]]:
        """Due time in seconds and session, in order of time."""
        shares = list(accumulate(random.lognormvariate(0.0, self.spread) for _ in range(self.sessions)))
        total = shares[-1]
        for hour, number in enumerate(self.per_hour()):
            begins_s = hour * HOUR_S
            at_once = round(number * self.burst)
            for due_s in [begins_s] * at_once:
                yield due_s, bisect_right(shares, random.random() * total)
            for due_s in sorted(begins_s + random.random() * HOUR_S for _ in range(number - at_once)):
                yield due_s, bisect_right(shares, random.random() * total)

    def per_hour(self) -> list[int]:
        """How many in each, together exactly ``messages``."""
        ends = [round(self.messages * each / sum(self.weights)) for each in accumulate(self.weights)]
        return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
