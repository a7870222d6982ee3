"""Markdown of generated pages: tables, and text from elsewhere that has to stay text."""

import re
from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty where there are no rows."""
    lines = [f"| {' | '.join(cell(each) for each in row)} |" for row in rows]
    return "\n".join((f"| {' | '.join(titles)} |", "|---" * len(titles) + "|", *lines, "")) if lines else ""


def cell(text: str) -> str:
    """Text for a place in a table: one line, and no tag where it is not code."""
    line = " ".join(text.split()).replace("|", "\\|")
    parts = re.split(r"(`[^`]*`)", line)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def paragraph(text: str) -> str:
    """Text of a docstring as a paragraph: its double ticks are Markdown's single ones."""
    return text.strip().replace("``", "`")


def sentence(title: str) -> str:
    """A title in which each word begins with a capital, as a sentence does."""
    return (title[:1].upper() + title[1:].lower()).replace(" qr", " QR")
