"""Runs a program and counts, between two signals, the calls that it makes and the memory blocks that it keeps.

Run as ``python -m tests.bench.counted RESULT.json -m MODULE ARGUMENT…``. SIGUSR1 begins; SIGUSR2 ends, and writes the file.
Calls are those of functions, Python's and C's: the same work makes as many of them on any machine.
"""

import asyncio
import cProfile
import gc
import os
import runpy
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import orjson

_PAUSE_S = 0.02
_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Counted:
    """Calls made, and blocks of memory that are held at the end and were not at the begin."""

    calls: int
    blocks: int


class Counting:
    """In the program: counts the thread that takes signals, which is the one of the event loop."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._profile = cProfile.Profile()
        self._blocks = 0
        signal.signal(signal.SIGUSR1, self._begin)
        signal.signal(signal.SIGUSR2, self._end)

    def _begin(self, _number: int, _frame: FrameType | None) -> None:
        gc.collect()
        self._blocks = sys.getallocatedblocks()
        self._profile.enable()

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._profile.disable()
        gc.collect()
        blocks = sys.getallocatedblocks() - self._blocks
        found = Counted(sum(entry.callcount for entry in self._profile.getstats()), blocks)
        whole = self._file.with_suffix(".whole")
        whole.write_bytes(orjson.dumps(asdict(found)))
        whole.rename(self._file)


class CountedProgram:
    """From outside: a program that is run with ``python``, as `ServiceProcess` takes it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / f"{name}-counted.json"
        self.python = (sys.executable, "-m", "tests.bench.counted", str(self._file))

    def begin(self, pid: int) -> None:
        """Count from now on."""
        os.kill(pid, signal.SIGUSR1)

    async def end(self, pid: int) -> Counted:
        """What was counted."""
        os.kill(pid, signal.SIGUSR2)
        async with asyncio.timeout(_WITHIN_S):
            while not self._file.exists():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(_PAUSE_S)
        return Counted(**orjson.loads(self._file.read_bytes()))


if __name__ == "__main__":
    Counting(Path(sys.argv[1]))
    module, sys.argv = sys.argv[3], [sys.argv[3], *sys.argv[4:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
