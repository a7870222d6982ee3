"""The compose project as `docker compose` would read it, by the loader that it is made of."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.ci import every_tool_is_required

REPOSITORY: Final = Path(__file__).parents[3]
_LOADER: Final = REPOSITORY / ".venv" / "deploy-tools" / "compose-config"
_LOADED: Final = ("docker-compose.yml", ".env.example", "deploy/compose")

Service = dict[str, Any]


@dataclass(frozen=True)
class Project:
    """A folder with the compose files and nothing else of the repository; an environment without our variables."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def copied_to(cls, folder: Path) -> "Project":
        """The files as they are in the repository, without .env."""
        for name in _LOADED:
            source, target = REPOSITORY / name, folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        return cls(folder)

    def new_env(self, *organizations: str) -> subprocess.CompletedProcess[str]:
        """Run the script that writes .env."""
        command = ["sh", "deploy/compose/new-env", *organizations]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def load(self, *overrides: str, profiles: str = "*") -> subprocess.CompletedProcess[str]:
        """Load docker-compose.yml and these files over it; skips the test where the loader is missing."""
        return subprocess.run(
            [_required_loader(), "docker-compose.yml", *overrides],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "COMPOSE_PROFILES": profiles} | self.variables,
            capture_output=True,
            text=True,
        )

    def services_with(self, *overrides: str, profiles: str = "*") -> dict[str, Service]:
        """The services that would start. Raises AssertionError with the loader's words."""
        loaded = self.load(*overrides, profiles=profiles)
        assert loaded.returncode == 0, loaded.stderr
        services: dict[str, Service] = json.loads(loaded.stdout)["services"]
        return services

    @cached_property
    def services(self) -> dict[str, Service]:
        """Every service, of every profile."""
        return self.services_with()


def is_job(service: Service) -> bool:
    """Say whether it ends by itself, and so needs to be started again only if it failed."""
    return str(service.get("restart", "")).startswith("on-failure")


def _required_loader() -> str:
    if not _LOADER.exists():
        reason = "needs compose-config (make test builds it: .venv/deploy-tools)"
        if every_tool_is_required():
            pytest.fail(reason)
        pytest.skip(reason)
    return str(_LOADER)


def check_jsonschema(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run check-jsonschema, of this environment."""
    command = [str(Path(sys.executable).with_name("check-jsonschema")), *arguments]
    return subprocess.run(command, capture_output=True, text=True)
