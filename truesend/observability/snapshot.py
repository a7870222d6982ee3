"""Gauges that are looked up together: all of one look, or none, since an old figure would pass for a new one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Values = Mapping[tuple[str, ...], float]
"""Figures by their labels' values, in the order of the labels; ``()`` where there are none."""


@dataclass(frozen=True, slots=True)
class Described:
    """A gauge's name, what it tells, and its labels."""

    name: str
    tells: str
    labels: tuple[str, ...] = ()


class Snapshot(Collector):
    """What the last look has found. Before the first one, and after one that failed, nothing is told."""

    def __init__(self, *gauges: Described, registry: CollectorRegistry = REGISTRY) -> None:
        """Register them: once in a process."""
        self._gauges = gauges
        self._found: Mapping[str, Values] = {}
        registry.register(self)

    def tell(self, found: Mapping[str, Values]) -> None:
        """Put this look in the place of the last one. Raises KeyError for a gauge that is not described."""
        unknown = found.keys() - {gauge.name for gauge in self._gauges}
        if unknown:
            raise KeyError(f"not described: {', '.join(sorted(unknown))}")
        self._found = found

    def forget(self) -> None:
        """The look failed: nothing is known."""
        self._found = {}

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The names, for the registry."""
        return [GaugeMetricFamily(gauge.name, gauge.tells, labels=gauge.labels) for gauge in self._gauges]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The figures, for whoever scrapes."""
        found, families = self._found, self.describe()
        for family in families:
            for labels, value in found.get(family.name, {}).items():
                family.add_metric(labels, value)
        return [family for family in families if family.samples]
