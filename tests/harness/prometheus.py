"""A Prometheus of this machine, on loopback, and promtool."""

import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from tests.harness.ci import every_tool_is_required
from tests.harness.ports import lasting_port
from tests.harness.waiting import until
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.processes import Child

SCRAPE_EVERY = "1s"


def required_program(name: str) -> str:
    """The program's path. Skips the test where this machine has none, and fails it on CI."""
    program = shutil.which(name)
    if program is None and every_tool_is_required():
        pytest.fail(f"This run demands {name}, and this machine has none (Debian: apt-get install prometheus).")
    if program is None:
        pytest.skip(f"needs {name} (Debian: apt-get install prometheus)")
    return program


class Prometheus:
    """Scrapes these targets (by job) every second, and evaluates these rules."""

    def __init__(self, folder: Path, *, targets: Mapping[str, Sequence[str]], rules: Path) -> None:
        self._port = lasting_port()
        settings = folder / "prometheus.json"  # which is YAML, too
        settings.write_bytes(
            orjson.dumps(
                {
                    "global": {"scrape_interval": SCRAPE_EVERY, "evaluation_interval": SCRAPE_EVERY},
                    "rule_files": [str(rules.resolve())],
                    "scrape_configs": [
                        {"job_name": job, "static_configs": [{"targets": list(addresses)}]}
                        for job, addresses in targets.items()
                    ],
                }
            )
        )
        self._child = Child(
            "prometheus",
            [
                required_program("prometheus"),
                f"--config.file={settings}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                f"--web.listen-address={LOOPBACK}:{self._port}",
                "--log.level=warn",
            ],
            log_file=folder / "prometheus.log",
        )

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._child.start()

        async def ready() -> bool:
            try:
                return await self._get("/-/ready") is None
            except aiohttp.ClientError:
                return False

        await until(ready, 30, f"Prometheus is ready; {self._child.log_tail()}")

    def close(self) -> None:
        """End it."""
        self._child.kill()

    async def ask(self, path: str, **parameters: str) -> Any:
        """What its API answers. Fails with its words where it refuses."""
        answer = await self._get(f"/api/v1/{path}", **parameters)
        assert answer["status"] == "success", f"{parameters}: {answer}"
        return answer["data"]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """An expression's result at this moment."""
        data = await self.ask("query", query=expression, time=str(time.time()))
        result: list[dict[str, Any]] = data["result"]
        return result

    async def _get(self, path: str, **parameters: str) -> Any:
        async with aiohttp.ClientSession() as client, client.get(f"{self.url}{path}", params=parameters) as answer:
            if path.startswith("/api/"):
                return await answer.json()
            return None if answer.status == 200 else await answer.text()
