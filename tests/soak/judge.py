"""Whether a series grows (pure): the Theil-Sen slope of its last half, beyond doubt and beyond what it may.

The half is first cut into stretches of equal length, of each the median: teeth shorter than those (a vacuum, a collection of
garbage) rise slowly and fall at once, and would look like a slope to pairs of points.

Sources: Theil 1950 and Sen 1968 for the slope, the median over all pairs, which outliers and saw-teeth hardly move; Sen's
confidence interval of it by Kendall's variance (Hollander and Wolfe, Nonparametric Statistical Methods, section 9.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import floor, sqrt
from statistics import median
from typing import Final

LEAST_POINTS: Final = 6
BINS: Final = 15
_Z: Final = 2.326  # 99 of 100, to one side

Point = tuple[float, float]
"""Seconds since the start, and the value."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How much a series may grow over the last half: ``absolute`` in its unit, or ``share`` of its level, if that is more."""

    absolute: float
    share: float = 0.05

    def allows(self, level: float) -> float:
        """In the series' unit."""
        return max(self.absolute, self.share * abs(level))


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through points: per second, the least that it may be in truth, and the median value."""

    per_s: float
    least_per_s: float
    level: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a series: over its last half of ``length_s`` it grew by ``growth``, and ``allowed`` was so much."""

    name: str
    level: float
    growth: float
    allowed: float
    length_s: float
    grows: bool

    def line(self) -> str:
        """For people."""
        verdict = "GROWS" if self.grows else "steady"
        return (
            f"{verdict:6} {self.name}: {self.growth:+,.3g} over the last {self.length_s / 60:.1f} min"
            f" at {self.level:,.4g}; {self.allowed:,.3g} allowed"
        )


def judge(series: Mapping[str, Sequence[Point]], bounds: Mapping[str, Bound]) -> list[Finding]:
    """A finding for each series that has a bound. One with too few points to tell grows: silence is no proof.

    A bound's name is the series' own, or what it begins with, up to a colon.
    """
    return [_finding(name, points, bound) for name, points in series.items() if (bound := _bound(name, bounds))]


def trend(points: Sequence[Point]) -> Trend:
    """The Theil-Sen line. Needs two points of different times."""
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if b[0] != a[0])
    number = len(points)
    doubt = _Z * sqrt(number * (number - 1) * (2 * number + 5) / 18)
    least = slopes[max(0, floor((len(slopes) - doubt) / 2))]
    return Trend(median(slopes), least, median(value for _, value in points))


def last_half(points: Sequence[Point]) -> list[Point]:
    """What was measured in the second half of the time: of each of ``BINS`` stretches the middle and the median value."""
    if not points:
        return []
    end_s = points[-1][0]
    middle_s = (points[0][0] + end_s) / 2
    stretches: dict[int, list[Point]] = {}
    for at_s, value in points:
        if at_s >= middle_s:
            share = (at_s - middle_s) / (end_s - middle_s) if end_s > middle_s else 0.0
            stretches.setdefault(min(int(share * BINS), BINS - 1), []).append((at_s, value))
    return [(median(at for at, _ in each), median(value for _, value in each)) for each in stretches.values()]


def _finding(name: str, points: Sequence[Point], bound: Bound) -> Finding:
    half = last_half(points)
    if len(half) < LEAST_POINTS:
        return Finding(name, 0.0, 0.0, 0.0, 0.0, grows=True)
    length_s = half[-1][0] - half[0][0]
    found = trend(half)
    allowed = bound.allows(found.level)
    growth = found.per_s * length_s
    return Finding(name, found.level, growth, allowed, length_s, grows=growth > allowed and found.least_per_s > 0)


def _bound(name: str, bounds: Mapping[str, Bound]) -> Bound | None:
    return bounds.get(name) or bounds.get(name.partition(":")[0])
