"""Watching processes from outside: CPU time, and the most memory they had."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.figures import MEGABYTE, Cost

_SAMPLE_S = 0.2
_OURSELVES = "benchmark"
_SERVERS = {
    "postgres": "Postgres",
    "java": "Kafka",
    "tansu": "Kafka",
    "valkey-server": "Redis",
    "redis-server": "Redis",
}


@dataclass(frozen=True, slots=True)
class Metered:
    """What was seen. ``others_s`` is the CPU time of everything that has nothing to do with the benchmark."""

    costs: dict[str, Cost]
    others_s: float


class Meter:
    """Begins with its creation. ``names`` are processes of ours by name; the run's own servers are found by themselves."""

    def __init__(self, names: Mapping[str, int]) -> None:
        """Call it within a running loop: memory is sampled by a task."""
        self._ours = {name: psutil.Process(pid) for name, pid in names.items()}
        self._before, self._all_before_s = self._cpu_s(), _machine_s()
        self._peaks = dict.fromkeys(self._before, 0)
        self._sampling = asyncio.create_task(self._sample())

    async def read(self) -> Metered:
        """What they took since, ours first. Ends the watching."""
        self._sampling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sampling
        self._look()
        after = self._cpu_s()
        spent = {name: after[name] - before for name, before in self._before.items()}
        costs = {name: Cost(spent[name], self._peaks[name] / MEGABYTE) for name in spent if name != _OURSELVES}
        return Metered(costs, max(0.0, _machine_s() - self._all_before_s - sum(spent.values())))

    async def _sample(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(_SAMPLE_S)

    def _look(self) -> None:
        for name, process in self._ours.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                self._peaks[name] = max(self._peaks[name], process.memory_info().rss)
        for name, group in _servers().items():
            self._peaks[name] = max(self._peaks.get(name, 0), _memory(group))

    def _cpu_s(self) -> dict[str, float]:
        ours = {name: _cpu(process) for name, process in self._ours.items()} | {_OURSELVES: time.process_time()}
        return ours | {name: sum(_cpu(each) for each in group) for name, group in _servers().items()}


def others_line(runs: Sequence[Metered]) -> str:
    """How much the machine did for others meanwhile: with much of it, a ratio says little."""
    return "CPU taken by others on this machine meanwhile: " + " ".join(f"{run.others_s:.1f}" for run in runs) + " s"


def proportional_mb(pid: int) -> float:
    """The process' memory with what it shares counted in part (PSS), where the system tells; else 0."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    if not rollup.exists():
        return 0.0
    line = next(line for line in rollup.read_text().splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024 / MEGABYTE


def _servers() -> dict[str, list[psutil.Process]]:
    """The servers that this run started, by name; those that were given are not ours to watch."""
    found: dict[str, list[psutil.Process]] = {}
    for child in psutil.Process(os.getpid()).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if server := _SERVERS.get(child.name()):
                found.setdefault(server, []).append(child)
    return found


def _machine_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system)


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _memory(processes: Iterable[psutil.Process]) -> int:
    """PSS would be right for Postgres' shared buffers; its largest process stands for it here."""
    sizes = [0]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            sizes.append(process.memory_info().rss)
    return max(sizes)
