"""`truesend up` as a person runs it: a process with a terminal's worth of output."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.harness.waiting import times_longer, wait_until
from truesend.cli.local.processes import launcher

_URL = re.compile(r"Truesend is running: (http://\S+)")
_GATEWAY_URL = re.compile(r"(http://\S+)/_control/sessions")
_SIGN_IN = re.compile(r"Open it in a browser, .*\n +(http://\S+)\n +(\S+) +Organisation A")
_LAST_LINE = "Ctrl-C ends everything."

START_WITHIN_S = 60


class LocalStack:
    """One run of `truesend up` on a data folder."""

    def __init__(
        self,
        data_folder: Path,
        *options: str,
        truesend: Sequence[str] = (sys.executable, "-m", "truesend.cli.main"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """It starts at once, on a free port unless the options name one, by the command ``truesend``."""
        self.data_folder = data_folder
        self._output_file = Path(tempfile.mkstemp(suffix=".out", dir=data_folder.parent)[1])
        # it ends with us, however we end
        command = [
            *launcher(account=None, death_signal=signal.SIGTERM),
            *truesend,
            "up",
            "--data-dir",
            str(data_folder),
            "--port",
            "0",
        ]
        with self._output_file.open("w") as output:
            self.process = psutil.Popen(
                [*command, *options],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environment,
            )

    @property
    def output(self) -> str:
        """All that it has written."""
        return self._output_file.read_text()

    def until_running(self) -> "LocalStack":
        """Wait for the screen. Fails with what it wrote instead."""
        wait_until(lambda: _LAST_LINE in self.output or self.process.poll() is not None, START_WITHIN_S, "the screen")
        assert self.process.poll() is None, self.output
        return self

    @property
    def url(self) -> str:
        """Where the API is."""
        return self._on_screen(_URL)

    @property
    def gateway_url(self) -> str:
        """Where the simulated gateway is."""
        return self._on_screen(_GATEWAY_URL)

    def page_and_first_key(self) -> tuple[str, str]:
        """What the screen says to open, and the first key to sign in with."""
        found = _SIGN_IN.search(self.output)
        assert found is not None, self.output
        return found[1], found[2]

    def key(self, name: str) -> str:
        """An organisation's API key, read as the README does."""
        return (self.data_folder / f"key-{name}").read_text().strip()

    def family(self) -> list[psutil.Process]:
        """Every process below it."""
        return self.process.children(recursive=True)

    def ended(self, *, within_s: float) -> int:
        """Wait for the end and return the exit code."""
        return int(self.process.wait(within_s * times_longer()))

    def close(self) -> None:
        """End it, whatever its state."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)
            self.process.wait(30 * times_longer())

    def _on_screen(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.output)
        assert found is not None, self.output
        return found[1]
