"""Nothing is released whose tag, version and changelog say different things."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tools.release.notes import NotReleasableError, notes

_ROOT = Path(__file__).parents[3]
_CHANGELOG = """# Changelog

## [Unreleased]

## [1.1.0] - 2026-04-01

### Added

- The new thing.

## [1.0.0] - 2026-03-01

The first.
"""


def test_the_notes_are_the_entry_of_the_version_and_no_other() -> None:
    assert notes("v1.1.0", "1.1.0", _CHANGELOG) == "### Added\n\n- The new thing."
    assert notes("v1.0.0", "1.0.0", _CHANGELOG) == "The first."


@pytest.mark.parametrize("tag", ["v1.2.0", "1.1.0", ""])
def test_a_tag_of_another_version_releases_nothing(tag: str) -> None:
    with pytest.raises(NotReleasableError, match=r"tag v1\.1\.0"):
        notes(tag, "1.1.0", _CHANGELOG)


def test_changes_that_nobody_has_filed_under_the_version_hold_it_back() -> None:
    changelog = _CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n- Something.\n")
    with pytest.raises(NotReleasableError, match="under Unreleased"):
        notes("v1.1.0", "1.1.0", changelog)


@pytest.mark.parametrize("heading", ["## [1.1.0]", "## [1.1.1] - 2026-04-01"])
def test_an_entry_that_is_missing_or_has_no_date_holds_it_back(heading: str) -> None:
    with pytest.raises(NotReleasableError, match=r"no entry \[1\.1\.0\]"):
        notes("v1.1.0", "1.1.0", _CHANGELOG.replace("## [1.1.0] - 2026-04-01", heading))


def test_this_version_has_notes() -> None:
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = (_ROOT / "CHANGELOG.md").read_text()

    assert f"## [{version}] - " in changelog


def test_on_a_machine_where_nothing_is_installed_the_notes_are_all_that_is_written(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "CHANGELOG.md", "tools/find-python"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy2(_ROOT / name, tmp_path / name)
    shutil.copytree(_ROOT / "tools" / "release", tmp_path / "tools" / "release")
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]

    made = subprocess.run(
        ["make", "--silent", "release-notes", f"TAG=v{version}"], cwd=tmp_path, capture_output=True, text=True
    )

    entry = notes(f"v{version}", version, (_ROOT / "CHANGELOG.md").read_text())
    assert (made.stdout, made.returncode) == (f"{entry}\n", 0), made.stderr
