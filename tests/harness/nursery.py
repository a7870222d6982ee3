"""Our services and commands as processes that start fast: forked from one that has imported what they stand on.

A Python process of ours spends over a second of a core on its imports, and a run of the tests starts hundreds. Each is a
process of its own nevertheless, with its own environment, log file and process group, and is killed like any other.

Threads may start and await such processes at the same time: multiprocessing, which may read an exit code only once, is
asked one at a time.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from truesend.cli.local.launch import die_with_parent
from truesend.cli.local.processes import last_lines

# Not the services themselves: each would have the others' metrics.
_IMPORTED = [
    "aiohttp.web",
    "aiokafka",
    "asyncpg",
    "fastapi",
    "faststream.kafka",
    "httptools",
    "jwt",
    "phonenumbers",
    "tests.harness.nursery",
    "truesend.cli.commands",
    "truesend.cli.main",
    "uvicorn",
    "uvloop",
]
_KILLED_WITHIN_S = 10.0
_ONE_AT_A_TIME = threading.Lock()


class NurseryChild:
    """One run of `truesend <arguments>`, with the surface of `Child`. It dies with the process of pytest."""

    def __init__(
        self, *arguments: str, log_file: Path, environment: Mapping[str, str], errors_file: Path | None = None
    ) -> None:
        """What it writes goes to ``log_file``; where there is an ``errors_file``, its standard error goes there."""
        self.log_file = log_file
        self._errors_file = errors_file or log_file
        self._arguments = arguments
        self._environment = dict(environment)
        self._process: ForkServerProcess | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the last start; None before it."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """The exit code (a signal's number, negative, if it died of one); None while it runs or before."""
        with _ONE_AT_A_TIME:
            return self._process.exitcode if self._process else None

    def is_running(self) -> bool:
        """Say whether it has been started and has not ended."""
        return self._process is not None and self.exit_code is None

    def start(self) -> None:
        """Start it, appending to the log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        files = (str(self.log_file), str(self._errors_file))
        with _ONE_AT_A_TIME:
            self._process = _nursery().Process(
                target=_run, args=(self._arguments, self._environment, *files), daemon=True
            )
            self._process.start()

    def wait(self, within_s: float) -> int | None:
        """Wait for its end, and return the exit code; None where it still runs."""
        if self._process is not None:
            wait([self._process.sentinel], within_s)
        return self.exit_code

    def stop(self, *, grace_s: float = 10) -> None:
        """Ask it to end, and kill it after `grace_s`. Does nothing when it has ended already."""
        pid = self.pid
        if pid is None or not self.is_running():
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        if self.wait(grace_s) is None:
            self.kill()

    def kill(self) -> None:
        """End it at once, with whatever it started in its own process group."""
        if self._process is None:
            return
        pid = self._process.pid
        if self.is_running() and pid is not None:
            with suppress(ProcessLookupError):
                # just after its start it has no group of its own yet
                end = os.killpg if os.getpgid(pid) == pid else os.kill
                end(pid, signal.SIGKILL)
        self.wait(_KILLED_WITHIN_S)

    def log_tail(self, lines: int = 30) -> str:
        """Return the last lines of the log file."""
        return last_lines(self.log_file, lines)


def _nursery() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    return context


def _run(arguments: tuple[str, ...], environment: Mapping[str, str], log_file: str, errors_file: str) -> None:
    """What the console script does, in a session, an environment and with a log of its own."""
    os.setsid()
    die_with_parent(os.getppid(), signal.SIGKILL)
    for descriptor, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT),
        (2, errors_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    ):
        opened = os.open(path, flags, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["truesend", *arguments]
    from truesend.cli.main import run

    run()
