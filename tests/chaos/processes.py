"""Two of each service, as a supervisor keeps them: whatever ends is started again, and what ends by itself is noted."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.harness.services import ServiceProcess

SERVICES: Final = ("api", "verifier", "sender")
WORKERS: Final = ("verifier-1", "verifier-2", "sender-1", "sender-2")
PROCESSES: Final = tuple(f"{service}-{number}" for service in SERVICES for number in (1, 2))
GRACE_S: Final = 5.0
_LOOK_S: Final = 0.1
_OVERTIME_S: Final = 25.0  # 30 s in all, as Kubernetes waits
_FAKETIME: Final = "libfaketime.so.1"
_AT_THE_START: Final = frozenset({"LD_PRELOAD", "PYTHONPATH"})  # nothing but a start of its own heeds them


@dataclass(slots=True)
class Member:
    """One process of the crew. ``expected`` are the exit codes that what was done to it explains."""

    name: str
    process: ServiceProcess
    clock: "Clock | None"
    expected: set[int] = field(default_factory=set)
    is_frozen: bool = False
    terminated_at: float | None = None


class Clock:
    """The clock of one process, which can be put forward and back; what it measures time with goes on evenly."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self._library = library
        self.set(0)

    def set(self, ahead_s: int) -> None:
        """So many seconds ahead of the machine's; takes effect within a second."""
        self._file.write_text(f"{ahead_s:+d}\n")

    def environment(self) -> dict[str, str]:
        """What makes a process look at this clock."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


def faketime_library() -> Path | None:
    """Where Debian's package ``faketime`` puts it; None where it is not installed."""
    folders = [*Path("/usr/lib").glob("*/faketime"), Path("/usr/lib/faketime"), Path("/usr/local/lib/faketime")]
    return next((folder / _FAKETIME for folder in folders if (folder / _FAKETIME).exists()), None)


class Crew:
    """The services' processes."""

    def __init__(self, environments: Mapping[str, Mapping[str, str]], folder: Path) -> None:
        """The second of each service has a clock of its own, where this machine can give it one."""
        self.complaints: list[str] = []
        self.starts = 0
        self._members = {name: _member(name, environment, folder) for name, environment in environments.items()}
        self._supervising: asyncio.Task[None] | None = None

    @property
    def names(self) -> list[str]:
        """Its processes."""
        return list(self._members)

    async def start(self) -> None:
        """Start all, wait until they are ready, and supervise them from then on."""
        for member in self._members.values():
            self._launch(member)
        await asyncio.gather(*(member.process.until_ready(within_s=90) for member in self._members.values()))
        self._supervising = asyncio.create_task(self._supervise())

    async def until_ready(self, within_s: float) -> None:
        """Wait until every process is ready. Notes those that are not."""
        for member in self._members.values():
            try:
                await member.process.until_ready(within_s=within_s)
            except AssertionError as error:
                self.complaints.append(f"{member.name} was not ready {within_s:g} s after the calm: {error}")

    async def stop(self) -> None:
        """End all."""
        if self._supervising is not None:
            self._supervising.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervising
        for member in self._members.values():
            self.thaw(member.name)
            member.process.kill()

    def addresses(self, service: str) -> list[tuple[str, int]]:
        """Where a service's processes listen."""
        members = [member for name, member in self._members.items() if name.startswith(f"{service}-")]
        return [("127.0.0.1", member.process.port) for member in members]

    def clock(self, name: str) -> Clock | None:
        """A process' own clock."""
        return self._members[name].clock

    def kill(self, name: str) -> None:
        """As a crash would, now."""
        member = self._members[name]
        if member.process.is_running():
            member.expected.add(-signal.SIGKILL)
            os.kill(member.process.pid, signal.SIGKILL)
            member.is_frozen = False

    def terminate(self, name: str) -> None:
        """As an operator would."""
        member = self._members[name]
        if member.process.is_running() and member.terminated_at is None:
            member.expected |= {0, -signal.SIGTERM}  # by the signal itself where it was still starting
            member.terminated_at = asyncio.get_running_loop().time()
            os.kill(member.process.pid, signal.SIGTERM)

    def freeze(self, name: str) -> None:
        """Stop it where it is."""
        member = self._members[name]
        if member.process.is_running():
            member.is_frozen = True
            member.process.freeze()

    def thaw(self, name: str) -> None:
        """Let it go on."""
        member = self._members[name]
        if member.is_frozen and member.process.is_running():
            member.process.thaw()
        member.is_frozen = False

    async def _supervise(self) -> None:
        while True:
            for member in self._members.values():
                self._look_at(member)
            await asyncio.sleep(_LOOK_S)

    def _look_at(self, member: Member) -> None:
        if member.process.is_running():
            self._hurry(member)
            return
        code = member.process.exit_code
        if code not in member.expected:
            self.complaints.append(f"{member.name} ended by itself: exit code {code}\n{member.process.log_tail(12)}")
        self._launch(member)

    def _hurry(self, member: Member) -> None:
        """What was asked to end has to."""
        if member.terminated_at is None or member.is_frozen:
            return
        if asyncio.get_running_loop().time() - member.terminated_at > GRACE_S + _OVERTIME_S:
            self.complaints.append(f"{member.name} did not end within {GRACE_S + _OVERTIME_S:g} s of SIGTERM")
            self.kill(member.name)

    def _launch(self, member: Member) -> None:
        member.expected.clear()
        member.terminated_at = None
        member.is_frozen = False
        self.starts += 1
        member.process.launch()


def _member(name: str, environment: Mapping[str, str], folder: Path) -> Member:
    service, number = name.split("-")
    library = faketime_library() if number == "2" else None
    clock = None if library is None else Clock(folder / f"{name}.clock", library)
    own = dict(environment) | ({} if clock is None else clock.environment())
    from_nursery = not own.keys() & _AT_THE_START
    process = ServiceProcess(service, own, folder=folder, number=int(number), from_nursery=from_nursery)
    return Member(name, process, clock)
