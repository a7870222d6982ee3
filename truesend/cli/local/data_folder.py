"""The folder that one local stack owns: its database, its logs, and the lock that keeps a second copy out."""

import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from truesend.cli.local.errors import LocalStackError


class DataFolder:
    """A folder held by one process at a time, from `acquire` to `release` or to the process's end, however it comes."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._lock: int | None = None

    @property
    def logs(self) -> Path:
        """Where every child writes its own log file."""
        return self.path / "logs"

    @property
    def postgres(self) -> Path:
        """The embedded Postgres's folder."""
        return self.path / "postgres"

    @property
    def broker(self) -> Path:
        """The embedded broker's folder: only its process id, since it keeps its data in memory."""
        return self.path / "broker"

    @property
    def processes(self) -> Path:
        """Where the process ids of the other children are kept."""
        return self.path / "processes"

    def acquire(self) -> Self:
        """Create the folder where needed and lock it.

        Raises LocalStackError when it can't be written, or when another process holds it.
        """
        try:
            self._create()
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LocalStackError(
                f"The data folder {self.path} can't be written ({error.strerror}): choose another with --data-dir."
            ) from error
        self._lock_or_refuse(self._lock)
        return self

    def release(self) -> None:
        """Let the next process have the folder. Calling it twice does nothing."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _create(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self.path):
            pass
        for folder in (self.logs, self.postgres, self.broker, self.processes):
            folder.mkdir(exist_ok=True)

    def _lock_or_refuse(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
            self.release()
            raise LocalStackError(
                f"Another truesend (process {holder}) is running on the data folder {self.path}: "
                "stop it, or choose another folder with --data-dir."
            ) from error
        os.truncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
