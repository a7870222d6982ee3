"""Our services as processes that start fast: forked from one that has imported what they stand on.

A Python process of ours spends over a second of a core on its imports, and a run of the tests starts hundreds. Each is a
process of its own nevertheless, with its own environment, log file and process group, and is killed like any other.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
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
    "truesend.cli.commands",
    "truesend.cli.main",
    "uvicorn",
    "uvloop",
]
_KILLED_WITHIN_S = 10.0


class NurseryChild:
    """One run of `truesend <name>`, with the surface of `Child`. It dies with the process of pytest."""

    def __init__(self, name: str, *, log_file: Path, environment: Mapping[str, str]) -> None:
        self.log_file = log_file
        self._name = name
        self._environment = dict(environment)
        self._process: ForkServerProcess | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the last start; None before it."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """The exit code (a signal's number, negative, if it died of one); None while it runs or before."""
        return self._process.exitcode if self._process else None

    def is_running(self) -> bool:
        """Say whether it has been started and has not ended."""
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        """Start it, appending to the log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self._process = _nursery().Process(
            target=_run, args=(self._name, self._environment, str(self.log_file)), daemon=True
        )
        self._process.start()

    def stop(self, *, grace_s: float = 10) -> None:
        """Ask it to end, and kill it after `grace_s`. Does nothing when it has ended already."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.join(grace_s)
        if self._process.is_alive():
            self.kill()

    def kill(self) -> None:
        """End it at once, with whatever it started in its own process group."""
        if self._process is None:
            return
        pid = self._process.pid
        if self._process.is_alive() and pid is not None:
            with suppress(ProcessLookupError):
                # just after its start it has no group of its own yet
                end = os.killpg if os.getpgid(pid) == pid else os.kill
                end(pid, signal.SIGKILL)
        self._process.join(_KILLED_WITHIN_S)

    def log_tail(self, lines: int = 30) -> str:
        """Return the last lines of the log file."""
        return last_lines(self.log_file, lines)


def _nursery() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    return context


def _run(name: str, environment: Mapping[str, str], log_file: str) -> None:
    """What the console script does, in a session, an environment and with a log of its own."""
    os.setsid()
    die_with_parent(os.getppid(), signal.SIGKILL)
    for descriptor, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    ):
        opened = os.open(path, flags, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.dup2(1, 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["truesend", name]
    from truesend.cli.main import run

    run()
