"""Writes the pages of docs/reference; with ``--check`` it only says whether they are as the code has it."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tools.site.reference.commands import commands_page
from tools.site.reference.configuration import configuration_page
from tools.site.reference.http_api import http_api_page
from tools.site.reference.kafka import kafka_page

FOLDER: Final = Path(__file__).parents[3] / "docs" / "reference"
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "commands.md": commands_page,
    "configuration.md": configuration_page,
    "http-api.md": http_api_page,
    "kafka.md": kafka_page,
}


def main() -> int:
    """Write the pages, or check them. Returns the exit code."""
    wanted = {FOLDER / name: make() for name, make in PAGES.items()}
    stale = [file for file, text in wanted.items() if not file.exists() or file.read_text() != text]
    if "--check" in sys.argv[1:]:
        for file in stale:
            print(f"docs/reference/{file.name}: not as the code has it: run make docs", file=sys.stderr)
        return int(bool(stale))
    FOLDER.mkdir(exist_ok=True)
    for file in stale:
        file.write_text(wanted[file])
    return 0


if __name__ == "__main__":
    sys.exit(main())
