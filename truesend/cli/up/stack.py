"""Every process of the local stack: started in the order in which they need each other, ended in the reverse."""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from truesend.cli.local.broker import EmbeddedBroker
from truesend.cli.local.data_folder import DataFolder
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.postgres import EmbeddedPostgres
from truesend.cli.local.processes import Child, WhileWaiting, reclaim

READY_WITHIN_S = 60.0
SERVICE_GRACE_S = 6.0
SERVER_GRACE_S = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """Something that has to keep running."""

    name: str
    log_file: Path
    is_running: Callable[[], bool]


class Stack:
    """The children of one `truesend up`. Start them from the main thread: they end with the thread that started them."""

    def __init__(self, folder: DataFolder, *, while_waiting: WhileWaiting) -> None:
        """``while_waiting`` is called at each look at what starts; what it raises ends the wait."""
        self._folder = folder
        self._while_waiting = while_waiting
        self.postgres = EmbeddedPostgres(
            folder.postgres, log_file=self._log_file("postgres"), while_waiting=while_waiting
        )
        self.broker = EmbeddedBroker(folder.broker, log_file=self._log_file("broker"), while_waiting=while_waiting)
        self._services: list[Child] = []

    def clear_away_the_last_run(self) -> None:
        """End what an earlier run left, and keep its logs under another name."""
        for pid_file in self._folder.processes.glob("*.pid"):
            reclaim(pid_file)
        for log_file in self._folder.logs.glob("*.log"):
            if not log_file.name.endswith(".previous.log"):
                log_file.replace(log_file.with_suffix(".previous.log"))

    def launch(self, service: str, environment: Mapping[str, str]) -> Child:
        """Start a service of ours by its command, without waiting for it."""
        child = Child(
            service,
            [sys.executable, "-m", "truesend.cli.main", service],
            log_file=self._log_file(service),
            environment=environment,
            pid_file=self._folder.processes / f"{service}.pid",
            while_waiting=self._while_waiting,
        )
        self._services.append(child)
        child.start()
        return child

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that has been started."""
        return (
            Part("database", self._log_file("postgres"), self.postgres.is_running),
            Part("broker", self._log_file("broker"), self.broker.is_running),
            *(Part(child.name, child.log_file, child.is_running) for child in self._services),
        )

    def stop(self) -> None:
        """End everything within ten seconds: the services together, then what they stand on."""
        with ThreadPoolExecutor(max_workers=8) as threads:
            for ending in [threads.submit(child.stop, grace_s=SERVICE_GRACE_S) for child in self._services]:
                ending.result()
        self.broker.stop(grace_s=SERVER_GRACE_S)
        self.postgres.stop(grace_s=SERVER_GRACE_S)

    def _log_file(self, name: str) -> Path:
        return self._folder.logs / f"{name}.log"


def wait_for_answer(child: Child, port: int, path: str) -> None:
    """Wait until the service answers 200. Raises LocalStackError with its last words when it ends or takes too long."""
    child.wait_until(lambda: _answers(f"http://{LOOPBACK}:{port}{path}"), within_s=READY_WITHIN_S)


def _answers(url: str) -> bool:
    # No proxy: the shell's own would be asked for the loopback address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
