"""Our own services as real processes."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.harness.nursery import NurseryChild
from tests.harness.ports import lasting_port
from tests.harness.waiting import times_longer
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.processes import Child

_POLL_S = 0.05
_ADDRESS_VARIABLES = {
    "api": ("API_HOST", "API_PORT"),
    "verifier": ("HEALTH_HOST", "HEALTH_PORT"),
    "sender": ("HEALTH_HOST", "HEALTH_PORT"),
    "simulator": ("SIMULATOR_HOST", "SIMULATOR_PORT"),
}
_FOREIGN = ("KAFKA_", "DATABASE_", "GATEWAY", "API_", "AUTH_", "HEALTH_", "TRUESEND_", "SIMULATOR_", "OTEL_")


class ServiceProcess:
    """One service (`api`, `verifier`, `sender`, `simulator`) as the command line starts it, on a port of its own."""

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        *,
        folder: Path,
        number: int = 1,
        python: Sequence[str] = (sys.executable,),
        from_nursery: bool = False,
    ) -> None:
        """`environment` is what the service needs beside its own address; of ours it inherits what is no setting.

        `python` is the command that becomes the interpreter; `from_nursery` spares its start, which is most of the work.
        """
        self.name = name
        self.port = lasting_port()
        host_variable, port_variable = _ADDRESS_VARIABLES[name]
        address = {host_variable: LOOPBACK, port_variable: str(self.port)}
        log_file = folder / f"{name}-{number}.log"
        complete = _inherited() | address | dict(environment)
        self._child: Child | NurseryChild = (
            NurseryChild(name, log_file=log_file, environment=complete)
            if from_nursery
            else Child(name, [*python, "-m", "truesend.cli.main", name], log_file=log_file, environment=complete)
        )

    @property
    def url(self) -> str:
        """Where it listens: the API's own address, or a background service's health and metrics."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id; only while or after it has run."""
        assert self._child.pid is not None, f"{self.name} has not been started"
        return self._child.pid

    @property
    def log_file(self) -> Path:
        """Everything it wrote."""
        return self._child.log_file

    def log_tail(self, lines: int = 30) -> str:
        """Return the last lines that it wrote."""
        return self._child.log_tail(lines)

    def is_running(self) -> bool:
        """Say whether the process lives."""
        return self._child.is_running()

    @property
    def exit_code(self) -> int | None:
        """What it ended with (a signal's number, negative, if it died of one); None while it runs or before."""
        return self._child.exit_code

    def launch(self) -> None:
        """Start the process, without waiting for it to be ready."""
        self._child.start()

    async def start(self, *, within_s: float = 30) -> "ServiceProcess":
        """Start the process and wait until `/readyz` answers 200; raises AssertionError with its log otherwise."""
        self.launch()
        await self.until_ready(within_s=within_s)
        return self

    async def until_ready(self, *, within_s: float = 30) -> None:
        """Wait until `/readyz` answers 200; raises AssertionError with the log's end otherwise."""
        began = time.monotonic()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
            while not await self._is_ready(client):
                assert self.is_running(), f"{self.name} ended: exit code {self._child.exit_code}\n{self.log_tail()}"
                is_late = time.monotonic() - began > within_s * times_longer()
                assert not is_late, f"{self.name} is not ready after {within_s:g} s\n{self.log_tail()}"
                await asyncio.sleep(_POLL_S)

    def terminate(self, *, grace_s: float = 15) -> int:
        """Send SIGTERM, wait, and return the exit code; a process that has to be killed after `grace_s` gives -9."""
        self._child.stop(grace_s=grace_s)
        return self._child.exit_code or 0

    def kill(self) -> None:
        """Send SIGKILL, and wait for the end."""
        self._child.kill()

    def freeze(self) -> None:
        """Stop the process where it is, as a long pause of the machine would; its connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        os.kill(self.pid, signal.SIGCONT)

    async def _is_ready(self, client: aiohttp.ClientSession) -> bool:
        try:
            async with client.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
