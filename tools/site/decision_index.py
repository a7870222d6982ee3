"""The page that lists all decisions."""

import re
from collections.abc import Iterable
from pathlib import Path

_TITLE = re.compile(r"^# (\d{4}) (.+)$", re.MULTILINE)
_HEAD = """# Decisions

Why Truesend is built as it is: what was to be decided, what was chosen, what was looked at and not taken, and where it was
measured, with which result. A number that is missing was given to something that did not come about.

| | |
|---|---|
"""


def decision_index(records: Iterable[Path]) -> str:
    """The page, in Markdown. Raises ValueError for a record whose first line is not its number and title."""
    return _HEAD + "".join(f"| {number} | [{title}]({file}) |\n" for number, title, file in map(_row, sorted(records)))


def _row(record: Path) -> tuple[str, str, str]:
    title = _TITLE.search(record.read_text())
    if title is None or not record.name.startswith(title[1]):
        raise ValueError(f"{record}: its first line must be '# ', the number of its name, and its title")
    return title[1], title[2], record.name
