"""Our commands, run to their end."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.harness.nursery import NurseryChild
from tests.harness.waiting import times_longer
from truesend.settings import Settings


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    output: str
    errors: str


def environment(**variables: str) -> dict[str, str]:
    """This process' own, with these settings only."""
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return inherited | variables


def truesend(*arguments: str, **variables: str) -> Ended:
    """Run a command with these settings only."""
    return truesend_in(environment(**variables), *arguments)


def truesend_in(environment: Mapping[str, str], *arguments: str, within_s: float = 60) -> Ended:
    """Run a command with nothing in its environment but this. Raises AssertionError where it does not end."""
    with tempfile.TemporaryDirectory(prefix="truesend-command-") as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        command = NurseryChild(*arguments, log_file=output, errors_file=errors, environment=environment)
        command.start()
        code = command.wait(within_s * times_longer())
        if code is None:
            command.kill()
            raise AssertionError(f"truesend {' '.join(arguments)} did not end within {within_s:g} s")
        return Ended(code, output.read_text(), errors.read_text())
