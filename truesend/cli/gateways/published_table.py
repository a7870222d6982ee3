"""The table of capabilities in the documentation, written from what the kinds declare.

``python -m truesend.cli.gateways.published_table`` writes it; with ``--check`` it only says whether it is as the code has it.
"""

import re
import sys
from pathlib import Path
from typing import Final

from truesend.gateways.capabilities import CallerId, Capabilities, names
from truesend.gateways.registry import capabilities_of_kinds

PAGE: Final = Path(__file__).parents[3] / "docs" / "architecture" / "gateways.md"
_PLACE: Final = re.compile(r"(<!-- capabilities -->\n).*?(<!-- /capabilities -->)", re.DOTALL)


def table() -> str:
    """The table, in Markdown: a row for each capability, a column for each kind with its default options."""
    kinds = capabilities_of_kinds()
    rows = [
        f"| | {' | '.join(f'`{kind}`' for kind in kinds)} |",
        "|---" * (len(kinds) + 1) + "|",
        *(f"| `{name}` | {' | '.join(_cell(each, name) for each in kinds.values())} |" for name in names()),
    ]
    return "\n".join(rows) + "\n"


def published(page: str) -> str:
    """The page with the table as the code has it."""
    return _PLACE.sub(lambda place: place[1] + table() + place[2], page)


def _cell(capabilities: Capabilities, name: str) -> str:
    value = getattr(capabilities, name)
    if isinstance(value, CallerId):
        return f"`{value.prefix}` + {value.digits}"
    if isinstance(value, float):
        return f"{value:g} s"
    return "●" if value else ""


def main() -> int:
    """Write the table, or check it. Returns the exit code."""
    page = PAGE.read_text()
    wanted = published(page)
    if "--check" in sys.argv[1:]:
        if page != wanted:
            print("docs/architecture/gateways.md: its table is not as the code has it: run make docs", file=sys.stderr)
        return int(page != wanted)
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
