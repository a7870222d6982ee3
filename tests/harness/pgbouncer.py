"""A PgBouncer before the Postgres under test: of this machine, given in TRUESEND_PGBOUNCER or found on the path."""

import os
import shutil
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest

from tests.harness.ci import every_tool_is_required
from tests.harness.folders import server_folder
from tests.harness.ports import lasting_port
from truesend.cli.local.accounts import account_for
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.processes import Child

Mode = Literal["session", "transaction"]


def required_pgbouncer() -> str:
    """The program's path. Skips the test where this machine has none, and fails it on CI."""
    # Debian has it where an ordinary user's path does not lead.
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    program = shutil.which(os.environ.get("TRUESEND_PGBOUNCER", "pgbouncer"), path=places)
    if program is None and every_tool_is_required():
        pytest.fail("This run demands PgBouncer, and this machine has none (Debian: apt-get install pgbouncer).")
    if program is None:
        pytest.skip("needs PgBouncer (Debian: apt-get install pgbouncer)")
    return program


class PgBouncer:
    """One process of it, on a loopback port, for the server and the logins of these URLs."""

    def __init__(
        self, *urls: str, mode: Mode = "transaction", pool_size: int = 4, settings: Mapping[str, str] | None = None
    ) -> None:
        """``pool_size``: how many connections each login has to each database, whoever many clients it has."""
        program = required_pgbouncer()
        self.port = lasting_port()
        self._folder = server_folder("pgbouncer")
        self._log = self._folder / "pgbouncer.log"
        account = account_for(self._folder)
        files = {"pgbouncer.ini": self._ini(urls[0], mode, pool_size, settings or {}), "userlist.txt": _logins(urls)}
        for name, text in files.items():
            path = self._folder / name
            path.touch(mode=0o600)
            path.write_text(text)
            if account:
                os.chown(path, account.user_id, account.group_id)
        self._folder.chmod(0o711)
        self._child = Child(
            "pgbouncer",
            [program, str(self._folder / "pgbouncer.ini")],
            log_file=self._log,
            account=account,
        )

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._child.start()
        self._child.wait_until(self._listens, within_s=20)

    def close(self) -> None:
        """End it, and leave nothing."""
        self._child.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database_url: str) -> str:
        """The same database and login, by way of this pooler."""
        parts = urlsplit(database_url)
        login = parts.netloc.rpartition("@")[0]
        options = dict(parse_qsl(parts.query)) | {"sslmode": "disable"}
        return parts._replace(netloc=f"{login}@{LOOPBACK}:{self.port}", query=urlencode(options)).geturl()

    def _listens(self) -> bool:
        # Not by a connection: it would be one of max_client_conn, and for a moment after its end, too.
        return "process up: " in self._log.read_text()

    def _ini(self, url: str, mode: Mode, pool_size: int, settings: Mapping[str, str]) -> str:
        server = urlsplit(url)
        lines = {
            "listen_addr": LOOPBACK,
            "listen_port": str(self.port),
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": str(self._folder / "userlist.txt"),
            "pool_mode": mode,
            "default_pool_size": str(pool_size),
            "max_client_conn": "200",
            **settings,
        }
        written = "\n".join(f"{name} = {value}" for name, value in lines.items())
        return f"[databases]\n* = host={server.hostname} port={server.port}\n\n[pgbouncer]\n{written}\n"


def _logins(urls: tuple[str, ...]) -> str:
    parts = [urlsplit(url) for url in urls]
    return "".join(f'"{unquote(each.username or "")}" "{unquote(each.password or "")}"\n' for each in parts)
