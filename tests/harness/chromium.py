"""The browser under test: a Chromium of this machine, given in TRUESEND_CHROMIUM or found on the path."""

import os
import shutil
from functools import cache

import pytest

from tests.harness.ci import browser_is_required

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# It must not look for anything outside: on a machine without a network that takes seconds, many times.
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@cache
def chromium_program() -> str | None:
    """The program's path; None where this machine has none."""
    given = os.environ.get("TRUESEND_CHROMIUM")
    found = (shutil.which(name) for name in ((given,) if given else _NAMES))
    return next((path for path in found if path), None)


def required_chromium() -> str:
    """The program's path. Skips the test where this machine has none, and fails it on CI."""
    program = chromium_program()
    if program is None and browser_is_required():
        pytest.fail("This run demands a browser, and this machine has no Chromium (Debian: apt-get install chromium).")
    if program is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    return program
