"""A shell beside a running demo, as a reader of the documentation has one."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.acceptance.local_stack import LocalStack
from tests.docs.pages import ROOT, Block

_END: Final = "--- end of block"
# Settings of the running services that commands on Kafka, the database and the gateways need.
_SETTINGS: Final = ("DATABASE_", "KAFKA_", "GATEWAY", "WEBHOOK_")
_PATIENCE_S: Final = 120


class Shell:
    """Runs blocks in a folder that looks like the repository, with the demo's data in `.truesend`.

    `curl` fails where the answer is an error, so that a block shows whether its requests are right.
    """

    def __init__(self, stack: LocalStack, folder: Path) -> None:
        self._addresses = {"http://127.0.0.1:8000": stack.url, "http://127.0.0.1:8090": stack.gateway_url}
        self._folder = folder / "repository"
        self._folder.mkdir()
        for path in ROOT.iterdir():
            if path.name not in {".truesend", ".venv", ".git"}:
                (self._folder / path.name).symlink_to(path)
        (self._folder / ".truesend").symlink_to(stack.data_folder)
        programs = self._folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        python = shlex.quote(sys.executable)
        _program(programs / "truesend", f"{python} -m truesend.cli.main")
        _program(programs / "python3", python)
        _program(programs / "curl", f"{shutil.which('curl')} --fail-with-body --show-error")
        self._environment = {
            **_settings(stack),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "TRUESEND_URL": stack.url,
        }

    def run(self, blocks: Sequence[Block]) -> tuple[list[str], str]:
        """Run a page's blocks in one shell, up to the first that fails.

        Gives what each of those that came to their end has said, and what was said last by one that did not.
        """
        script = "".join(f"{self._here(block)}\necho; echo '{_END}'\n" for block in blocks)
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        *said, rest = ran.stdout.split(f"\n{_END}\n")
        return said, rest

    def _here(self, block: Block) -> str:
        text = block.text
        for written, here in self._addresses.items():
            text = text.replace(written, here)
        if block.runs_for_s is None:
            return text
        return f"timeout {block.runs_for_s:g} bash -eo pipefail -c {shlex.quote(text)} || [ $? = 124 ]"


def _program(path: Path, command: str) -> None:
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o755)


def _settings(stack: LocalStack) -> Mapping[str, str]:
    [api] = [process for process in stack.family() if process.cmdline()[-1] == "api"]
    return {name: value for name, value in api.environ().items() if name.startswith(_SETTINGS)}
