"""One version, in pyproject.toml; whatever else has to carry it carries the same."""

import json
import re
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_VERSION = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]
_PACKAGES = ["web", "web/packages/react", "web/page"]
_ENTRY = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", re.MULTILINE)


@pytest.mark.parametrize("folder", _PACKAGES)
def test_a_web_package_has_the_version_of_the_services(folder: str) -> None:
    package = json.loads((_ROOT / folder / "package.json").read_text())

    assert package["version"] == _VERSION
    assert package.get("dependencies", {}).get("@truesend/react", f"^{_VERSION}") == f"^{_VERSION}"


@pytest.mark.parametrize("folder", _PACKAGES)
def test_the_lock_of_the_web_packages_knows_their_version(folder: str) -> None:
    lock = json.loads((_ROOT / "web" / "package-lock.json").read_text())

    assert lock["packages"][folder.removeprefix("web").removeprefix("/")]["version"] == _VERSION


def test_the_python_client_has_the_version_of_the_services() -> None:
    client = tomllib.loads((_ROOT / "clients" / "python" / "pyproject.toml").read_text())

    assert client["project"]["version"] == _VERSION


def test_the_newest_release_in_the_changelog_is_this_version() -> None:
    changelog = (_ROOT / "CHANGELOG.md").read_text()

    assert "## [Unreleased]" in changelog
    assert _ENTRY.findall(changelog)[0] == _VERSION
