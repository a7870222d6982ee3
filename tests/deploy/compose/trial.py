"""The compose file on an engine, from nothing to the end: `make compose-test`, which takes minutes, as it builds the image.

DOCKER_HOST says on which engine; it must reach this machine's files, and publish on this machine's own address.
"""

import json
import os
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.deploy.compose.project import REPOSITORY, Project
from tests.harness.waiting import wait_until
from truesend.cli.local.ports import LOOPBACK, free_port
from truesend.cli.up.demo import DEAD, HEALTHY, QR_WANTED

pytestmark = pytest.mark.timeout(1800)
_PROJECT: Final = "truesend-trial"


class Trial:
    """A copy of what git has, under a project name and a port of its own."""

    def __init__(self, folder: Path) -> None:
        listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
        for name in listed.stdout.splitlines():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
        self._folder = folder
        self._port = free_port()
        self._key = re.findall(r"\b[0-9a-f]{48}\b", Project(folder).new_env().stdout)[0]

    def compose(self, *words: str) -> str:
        """Run `docker compose`, with the demo; returns what it wrote."""
        done = subprocess.run(
            ["docker", "compose", "--project-name", _PROJECT, "--profile", "demo", *words],
            cwd=self._folder,
            env=os.environ | {"API_PORT": str(self._port), "TRUESEND_IMAGE": f"{_PROJECT}:local"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, path: str, body: object | None = None) -> Any:
        """Call the API as the first of the demo's organisations."""
        request = urllib.request.Request(
            f"http://{LOOPBACK}:{self._port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-API-Key": self._key, "Content-Type": "application/json", "Idempotency-Key": str(uuid4())},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())

    def statuses(self) -> dict[str, str]:
        """What each session is said to be."""
        return {session["id"]: session["status"] for session in self.ask("/v1/sessions")["items"]}


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    """Nothing of it is left afterwards but the image and what it was built of."""
    trial = Trial(tmp_path)
    yield trial
    trial.compose("down", "--volumes", "--timeout", "20")


def test_the_demo_comes_up_from_nothing_tells_the_truth_sends_and_keeps_what_it_has(trial: Trial) -> None:
    def is_sent() -> bool:
        return bool(trial.ask(f"/v1/messages/{message}")["status"] == "sent")

    trial.compose("up", "--detach", "--build", "--wait")
    wait_until(lambda: trial.statuses()[str(DEAD.id)] == "disconnected", 60, "the dead session is told as dead")
    asked = {"session_id": str(HEALTHY.id), "recipient": "919800001234", "message_content": "Namaste"}
    message = trial.ask("/v1/messages", asked)["id"]
    wait_until(is_sent, 60, "the message is sent")
    statuses = trial.statuses()

    trial.compose("down")
    trial.compose("up", "--detach", "--wait")

    assert (statuses[str(HEALTHY.id)], statuses[str(QR_WANTED.id)]) == ("connected", "qr_pending")
    assert is_sent()
