"""Starting lean gateways, any number of them in one process of its own."""

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.harness.ports import lasting_port
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.processes import Child


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """Where its gateways listen, the first of them or its only one at ``url``, and which process it is."""

    ports: Sequence[int]
    pid: int

    @property
    def url(self) -> str:
        """The first one's."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """Each one's."""
        return [f"http://{LOOPBACK}:{port}" for port in self.ports]


@contextmanager
def lean_gateway(
    *, count: int = 1, status_latency_ms: float = 0.0, send_latency_ms: float = 0.0
) -> Iterator[RunningGateway]:
    """Run it until the block ends."""
    ports = free_ports(count)
    arguments = [joined(ports), str(status_latency_ms), str(send_latency_ms)]
    with gateway_program("tests.bench.gateway", ports, arguments) as pid:
        yield RunningGateway(ports, pid)


@contextmanager
def gateway_program(module: str, ports: Sequence[int], arguments: Sequence[str]) -> Iterator[int]:
    """Run a module that listens on these ports until the block ends; gives its process id."""
    with TemporaryDirectory(prefix="truesend-bench-") as folder:
        log_file = Path(folder) / "gateway.log"
        child = Child("lean gateway", [sys.executable, "-m", module, *arguments], log_file=log_file)
        child.start()
        try:
            child.wait_until(lambda: all(_listens(port) for port in ports), within_s=20)
            assert child.pid is not None
            yield child.pid
        finally:
            child.stop(grace_s=0)


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    found: set[int] = set()
    while len(found) < count:
        found.add(lasting_port())
    return list(found)


def joined(ports: Sequence[int]) -> str:
    """As the programs take them."""
    return ",".join(map(str, ports))


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex((LOOPBACK, port)) == 0
