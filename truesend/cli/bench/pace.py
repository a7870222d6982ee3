"""When how many messages are posted."""

from dataclasses import dataclass

LARGEST_BATCH = 1_000
TICK_S = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """``messages`` in all, ``rate`` a second (None: as fast as they leave), ``most_open`` without an end at once."""

    messages: int
    rate: float | None
    most_open: int

    def now(self, elapsed_s: float, *, posted: int, still_open: int) -> int:
        """How many to post now, in one batch."""
        due = self.messages if self.rate is None else min(self.messages, int(elapsed_s * self.rate) + 1)
        return max(0, min(due - posted, self.most_open - still_open, LARGEST_BATCH))
