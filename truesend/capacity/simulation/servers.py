"""Processes and cores that serve in turn: first come, first served, each one thing at a time."""

from heapq import heapreplace


class Servers:
    """``number`` of them behind one queue. ``busy_s`` has the work that began in each stretch of ``bucket_s``."""

    def __init__(self, name: str, number: int, *, bucket_s: float, buckets: int) -> None:
        self.name = name
        self.number = number
        self.busy_s = [0.0] * buckets
        self._bucket_s = bucket_s
        self._free_at = [0.0] * number

    def serve(self, now: float, takes_s: float) -> float:
        """When work that comes ``now`` is done. A Lindley recursion: as long as times do not go back, it is exact."""
        begins = max(now, self._free_at[0])
        ends = begins + takes_s
        heapreplace(self._free_at, ends)
        bucket = min(int(begins / self._bucket_s), len(self.busy_s) - 1)
        self.busy_s[bucket] += takes_s
        return ends

    def utilisations(self) -> list[float]:
        """Of each stretch the share that was work."""
        return [busy_s / (self.number * self._bucket_s) for busy_s in self.busy_s]
