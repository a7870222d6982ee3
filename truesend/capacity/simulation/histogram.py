"""Delays by the million, kept as counts: percentiles within two percent."""

from math import ceil, log

_FINEST_S = 0.001
_STEP = log(1.02)


class Histogram:
    """Of delays in seconds."""

    def __init__(self) -> None:
        self.count = 0
        self.most_s = 0.0
        self._counts: dict[int, int] = {}

    def add(self, delay_s: float) -> None:
        """One more."""
        self.count += 1
        self.most_s = max(self.most_s, delay_s)
        bucket = 0 if delay_s <= _FINEST_S else ceil(log(delay_s / _FINEST_S) / _STEP)
        self._counts[bucket] = self._counts.get(bucket, 0) + 1

    def percentile_s(self, percent: float) -> float:
        """At most so much had ``percent`` of them. 0 of nothing."""
        wanted, seen = percent / 100 * self.count, 0
        for bucket in sorted(self._counts):
            seen += self._counts[bucket]
            if seen >= wanted:
                return float(min(_FINEST_S * 1.02**bucket, self.most_s))
        return 0.0
