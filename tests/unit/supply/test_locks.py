"""Whatever is installed is what was locked, byte for byte."""

import json
import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_LOCKS = sorted((_ROOT / "requirements").glob("*.lock"))
_SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_PINNED = re.compile(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+")
# Where a lock may name the place that a package is from, it would be fetched from there and from nowhere else.
_PLACE = re.compile(r"https?://|git\+| @ ")
_INSTALLING = [_ROOT / "Makefile", _ROOT / "deploy" / "Dockerfile", _ROOT / ".ci" / "run"]
_FROM_OUR_OWN_SOURCE = ("--no-deps --no-build-isolation -e .", "--no-index --no-deps --find-links /wheel truesend")


@pytest.mark.parametrize("lock", _LOCKS, ids=lambda lock: lock.name)
def test_a_lock_gives_each_package_one_version_its_hashes_and_no_place(lock: Path) -> None:
    packages = [text for text in re.split(r"\n(?! )", lock.read_text()) if text and not text.startswith("#")]

    assert packages
    assert [text for text in packages if not (_PINNED.match(text) and _SHA256.search(text))] == []
    assert _PLACE.search(lock.read_text()) is None


@pytest.mark.parametrize("folder", ["web", "tools/site"])
def test_every_package_from_npm_has_a_hash_and_comes_from_the_registry_that_npm_is_set_up_with(folder: str) -> None:
    lock = json.loads((_ROOT / folder / "package-lock.json").read_text())
    packages = {
        name: package
        for name, package in lock["packages"].items()
        if name.startswith("node_modules/") and not package.get("link")
    }

    assert packages
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize("file", _INSTALLING, ids=lambda file: file.name)
def test_nothing_is_installed_but_by_its_hash_or_from_our_own_source(file: Path) -> None:
    commands = [command for command in _commands(file) if "pip" in command and " install " in command]

    assert [command for command in commands if not _is_bound(command)] == []
    assert [command for command in _commands(file) if re.search(r"npm\W.*\b(install|i|add|exec)\b", command)] == []


def test_no_package_of_the_page_runs_a_script_when_it_is_installed() -> None:
    commands = [
        command for file in _INSTALLING for command in _commands(file) if re.search(r"NPM\) ci|npm ci", command)
    ]

    assert len(commands) == 3
    assert all("--ignore-scripts" in command for command in commands)


def _commands(file: Path) -> list[str]:
    """The file's commands, one a line, an argument list of a Dockerfile as the words that it is."""
    joined = file.read_text().replace("\\\n", " ").replace("$(HASHED)", "--require-hashes --only-binary :all:")
    lines = (re.sub(r'[",\[\]]', " ", line) if "RUN [" in line else line for line in joined.splitlines())
    return [re.sub(r"\s+", " ", part) for line in lines for part in line.split(";")]


def _is_bound(command: str) -> bool:
    hashed = "--require-hashes --only-binary :all:" in command and re.search(r" -r (\S+\.lock|\$<)", command)
    return (
        bool(hashed) or any(own in command for own in _FROM_OUR_OWN_SOURCE) or command.lstrip("\t @").startswith("echo")
    )
