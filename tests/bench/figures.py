"""What a benchmark found, and how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: CPU seconds (user and system), and the most memory it had (resident set)."""

    cpu_s: float
    peak_rss_mb: float

    def __str__(self) -> str:
        """As it is printed beside a figure."""
        return f"{self.cpu_s:.2f} s CPU, {self.peak_rss_mb:.0f} MB"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be."""

    text: str
    is_met: bool

    def __str__(self) -> str:
        """The goal, and whether it is met."""
        return f"goal {self.text}: {'met' if self.is_met else 'MISSED'}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result, with what belongs beside it."""

    name: str
    result: str
    goal: Goal | None = None
    beside: Sequence[str] = field(default_factory=tuple)

    def lines(self) -> list[str]:
        """The lines to print."""
        goal = f"   [{self.goal}]" if self.goal else ""
        return [f"{self.name}: {self.result}{goal}", *(f"    {line}" for line in self.beside)]


def at_least(value: float, least: float) -> Goal:
    """A goal that wants no less."""
    return Goal(f"≥ {least:g}", value >= least)


def at_most(value: float, most: float, unit: str = "") -> Goal:
    """A goal that wants no more."""
    return Goal(f"≤ {most:g}{unit}", value <= most)


def typical_costs(repetitions: Sequence[Mapping[str, Cost]]) -> str:
    """Of each process the median CPU time and the highest peak, over repetitions that name the same processes."""
    return " · ".join(f"{name} {_typical([costs[name] for costs in repetitions])}" for name in repetitions[0])


def _typical(costs: Sequence[Cost]) -> Cost:
    return Cost(median(cost.cpu_s for cost in costs), max(cost.peak_rss_mb for cost in costs))


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which ``percent`` of the values lie. Needs two values at least."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
