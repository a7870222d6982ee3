"""`make release-notes TAG=v1.2.3`: writes the changelog's entry; ends with 1 where tag, version and changelog don't agree."""

import sys
import tomllib
from pathlib import Path

from tools.release.notes import NotReleasableError, notes

_ROOT = Path(__file__).parents[2]


def main(tag: str) -> int:
    """Print the notes, or on standard error why there are none."""
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]
    try:
        print(notes(tag, version, (_ROOT / "CHANGELOG.md").read_text()))
    except NotReleasableError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
