"""A child process with a log file of its own, which never outlives us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from truesend.cli.local import launch
from truesend.cli.local.accounts import Account, passage_capability
from truesend.cli.local.errors import LocalStackError

_POLL_S = 0.02

WhileWaiting = Callable[[], None]


def no_matter() -> None:
    """Wait, whatever comes."""


class Child:
    """One program that we start, watch and end.

    It dies with the thread that called `start`: by the kernel's hand on Linux, elsewhere when the next run reclaims
    its `pid_file`. It is in a session of its own, so that Ctrl-C in the terminal reaches us only.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log_file: Path,
        environment: Mapping[str, str] | None = None,
        working_folder: Path | None = None,
        account: Account | None = None,
        keep_passage: bool = False,
        death_signal: signal.Signals = signal.SIGKILL,
        pid_file: Path | None = None,
        while_waiting: WhileWaiting = no_matter,
    ) -> None:
        """`keep_passage` lets a child under another `account` through folders that are closed to that account.

        `while_waiting` is called at each look at a child that starts; what it raises ends the wait.
        """
        self.name = name
        self.log_file = log_file
        self._command = [
            *launcher(account=account, keep_passage=keep_passage, death_signal=death_signal),
            *command,
        ]
        self._environment = environment
        self._working_folder = working_folder
        self._pid_file = pid_file
        self._while_waiting = while_waiting
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the last start; None before it."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """The last start's exit code (a signal's number, negative, if it died of one); None while it runs or before."""
        return self._process.poll() if self._process else None

    def is_running(self) -> bool:
        """Say whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, appending to the log file. Ends what an earlier run of ours left under the same `pid_file`."""
        if self._pid_file:
            reclaim(self._pid_file)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self._environment) if self._environment is not None else None,
                cwd=self._working_folder,
                start_new_session=True,
            )
        if self._pid_file:
            _remember(self._pid_file, self._process.pid)

    def wait_until(self, ready: Callable[[], bool], *, within_s: float) -> None:
        """Wait for `ready()`; raises LocalStackError with the log's last line when the child ends or time is over."""
        deadline = time.monotonic() + within_s
        while not ready():
            if not self.is_running():
                raise LocalStackError(
                    f"The {self.name} ended at its start (exit code {self.exit_code}). {self._last_words()}"
                )
            if time.monotonic() > deadline:
                raise LocalStackError(f"The {self.name} is not ready after {within_s:g} s. {self._last_words()}")
            self._while_waiting()
            time.sleep(_POLL_S)

    def stop(self, *, grace_s: float = 10, by: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end with the signal `by`, and kill it after `grace_s`. Does nothing when it has ended already."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(by)
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._forget()

    def kill(self) -> None:
        """End it at once, with whatever it started in its own process group."""
        if self._process is None:
            return
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._forget()

    def log_tail(self, lines: int = 30) -> str:
        """Return the last lines of the log file."""
        return last_lines(self.log_file, lines)

    def _last_words(self) -> str:
        return f"Last line of {self.log_file}: {self.log_tail(1) or '(empty)'}"

    def _forget(self) -> None:
        if self._pid_file:
            self._pid_file.unlink(missing_ok=True)


def last_lines(log_file: Path, lines: int) -> str:
    """Return the end of a log file; nothing where there is none yet."""
    if not log_file.exists():
        return ""
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-lines:])


def launcher(
    *, account: Account | None, keep_passage: bool = False, death_signal: signal.Signals = signal.SIGKILL
) -> list[str]:
    """Return the command that, put before another one, runs it under `account` and ends it together with us."""
    options = [f"--parent={os.getpid()}", f"--death-signal={death_signal.value}"]
    if account:
        options += [f"--user-id={account.user_id}", f"--group-id={account.group_id}"]
        options += [f"--keep-capability={passage_capability()}"] if keep_passage else []
    return [sys.executable, "-I", "-S", str(Path(launch.__file__).absolute()), *options, "--"]


def reclaim(pid_file: Path, *, grace_s: float = 5) -> None:
    """End the process that an earlier run noted in `pid_file`, if it still is that very process."""
    orphan = _remembered(pid_file)
    if orphan is not None:
        end(orphan, grace_s=grace_s)
    pid_file.unlink(missing_ok=True)


def end(process: psutil.Process, *, grace_s: float, by: signal.Signals = signal.SIGTERM) -> None:
    """End a process that is not our child: by the signal, and by force after `grace_s`."""
    try:
        process.send_signal(by)
        process.wait(grace_s)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(grace_s)
    except psutil.NoSuchProcess:
        return


def _remember(pid_file: Path, pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        pid_file.parent.mkdir(parents=True, exist_ok=True)
        pid_file.write_text(f"{pid} {psutil.Process(pid).create_time()}\n")


def _remembered(pid_file: Path) -> psutil.Process | None:
    # Process ids are used again: only the same id with the same time of birth is the process we started.
    try:
        pid, born_at = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        return process if abs(process.create_time() - float(born_at)) < 1 else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
