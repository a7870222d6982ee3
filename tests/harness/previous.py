"""The release before the newest migrations: its code and its schema, out of the repository's own history."""

import io
import os
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

import pytest

from tests.harness.ci import every_tool_is_required
from truesend.store.database_url import dbmate_url

_ROOT = Path(__file__).parents[2]
# It was made after the previous release: what stood before it is what a rolling upgrade meets.
_FIRST_NEW_MIGRATION = "db/migrations/20260301000060_event_log_section.sql"
_PARTS = ("db", "services", "truesend")


def previous_release(folder: Path) -> Path:
    """Lay its code into ``folder``. Skips the test in a shallow checkout; on CI a whole one must have this commit."""
    commit = _commit()
    if commit is None and every_tool_is_required() and not _is_shallow():
        pytest.fail(f"This run demands the commit before the one that added {_FIRST_NEW_MIGRATION}.")
    if commit is None:
        pytest.skip("needs the history of the repository, back to the previous release (git fetch --unshallow)")
    packed = _git("archive", commit, *_PARTS)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def migrate_to(release: Path, database_url: str) -> None:
    """Give an empty database the schema of this release."""
    subprocess.run(
        [
            str(Path(sys.executable).parent / "dbmate"),
            "--no-dump-schema",
            *("--migrations-dir", str(release / "db" / "migrations")),
            *("--migrations-table", "truesend.schema_migrations"),
            "migrate",
        ],
        env=os.environ | {"DATABASE_URL": dbmate_url(database_url)},
        check=True,
        capture_output=True,
    )


def python_of(release: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The interpreter's command, and the environment, that run this release's modules and none of the checkout's."""
    return (sys.executable, "-P"), {"PYTHONPATH": str(release)}


@cache
def _commit() -> str | None:
    """The commit before the one that added the first new migration."""
    try:
        added = _git("log", "--diff-filter=A", "--format=%H", "--", _FIRST_NEW_MIGRATION).decode().split()
        return _git("rev-parse", "--verify", f"{added[-1]}^").decode().strip() if added else None
    except (OSError, subprocess.CalledProcessError):
        return None


def _is_shallow() -> bool:
    try:
        return _git("rev-parse", "--is-shallow-repository").strip() == b"true"
    except (OSError, subprocess.CalledProcessError):
        return True


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(_ROOT), *arguments], check=True, capture_output=True).stdout
