"""How fast a fixed number of messages in flight go round: mean value analysis of a closed network of queues.

Sources: Reiser and Lavenberg 1980 for the exact recursion over the number of customers; Seidmann, Schweitzer and
Shalev-Oren 1987 for several servers at one station (one that is so many times as fast, and a delay for the rest).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_FULL: Final = 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Station:
    """Takes ``demand_s`` of each message, on ``servers`` cores."""

    name: str
    demand_s: float
    servers: int = 1

    @property
    def most_per_s(self) -> float:
        """What it can do at all."""
        return self.servers / self.demand_s if self.demand_s else float("inf")


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes through, and which station is nearest to its limit, by how much of it."""

    per_s: float
    busiest: str
    utilisation: float


def flow(in_flight: int, away_s: float, stations: Sequence[Station]) -> Flow:
    """``in_flight`` messages, each ``away_s`` at its gateway and between, and then at every station.

    Raises ValueError for fewer than one in flight, or for nothing that takes time.
    """
    if in_flight < 1 or not (away_s or any(station.demand_s for station in stations)):
        raise ValueError("a flow needs something in flight, and something that takes time")
    away_s += sum(each.demand_s * (each.servers - 1) / each.servers for each in stations)
    demands = [each.demand_s / each.servers for each in stations]
    longest_s = max(demands, default=0.0)
    queues = [0.0] * len(stations)
    per_s = 0.0
    for number in range(1, in_flight + 1):
        waits = [demand * (1 + queue) for demand, queue in zip(demands, queues, strict=True)]
        per_s = number / (away_s + sum(waits))
        queues = [per_s * wait for wait in waits]
        if per_s * longest_s > _FULL:
            break  # more in flight would only wait
    if not stations:
        return Flow(per_s, "gateway", 1.0)
    shares = {each.name: per_s * demand for each, demand in zip(stations, demands, strict=True)}
    busiest = max(shares, key=lambda name: shares[name])
    return Flow(per_s, busiest, shares[busiest])
