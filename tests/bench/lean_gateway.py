"""Starting the lean gateway in a process of its own."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from truesend.cli.local.ports import LOOPBACK, free_port
from truesend.cli.local.processes import Child


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """Where it listens, and which process it is."""

    url: str
    pid: int


@contextmanager
def lean_gateway(*, status_latency_ms: float = 0.0) -> Iterator[RunningGateway]:
    """Run it until the block ends."""
    port = free_port()
    with TemporaryDirectory(prefix="truesend-bench-") as folder:
        child = Child(
            "lean gateway",
            [sys.executable, "-m", "tests.bench.gateway", str(port), str(status_latency_ms)],
            log_file=Path(folder) / "gateway.log",
        )
        child.start()
        try:
            child.wait_until(lambda: _listens(port), within_s=20)
            assert child.pid is not None
            yield RunningGateway(f"http://{LOOPBACK}:{port}", child.pid)
        finally:
            child.stop(grace_s=0)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex((LOOPBACK, port)) == 0
