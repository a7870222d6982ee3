"""Showing what others have written: for people in tables, for pipes in plain lines, for scripts as JSON.

Gateways' words, names and error texts may hold escape codes that would take over a terminal, or rich's own markup. None
of it is ever obeyed.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Control characters, what turns the direction of writing, and halves of characters, which cannot be written at all.
_UNSAFE = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_NOT_SHOWN = re.compile(f"[{_UNSAFE}]+")
_NOT_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLES = {
    "connected": "green",
    "sent": "green",
    "delivered": "green",
    "read": "green",
    "disconnected": "red",
    "failed": "red",
    "silent": "red",
    "connecting": "yellow",
    "scan_qr": "yellow",
    "sending": "yellow",
    "cannot_verify": "bright_black",
    "never_paired": "bright_black",
    "cancelled": "bright_black",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, and whether it is never shortened or broken."""

    title: str
    whole: bool = False


def plain(value: object) -> str:
    """The value as one line of harmless text; a time that says its zone as UTC, to the second."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        case _:
            return _NOT_SHOWN.sub(" ", str(value)).strip()


def moment(value: object) -> str:
    """A time of the API's, to the second; what is none is shown as it came."""
    if not isinstance(value, str):
        return plain(value)
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return plain(value)
    return plain(read if read.tzinfo else read.replace(tzinfo=UTC))


def styled(value: object) -> Text:
    """The value as text that rich takes literally, in the colour of a status it may be."""
    text = plain(value)
    return Text(text, style=_STYLES.get(text, ""))


def as_json(value: object) -> str:
    """One line of JSON that no terminal obeys."""
    text = json.dumps(value, ensure_ascii=False, default=_json_value)
    return _NOT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _json_value(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def console() -> Console:
    """Where results go. Colours only where a person looks, and not if NO_COLOR says so."""
    return Console(highlight=False, soft_wrap=True)


def messages_console() -> Console:
    """Where questions, progress and warnings go, so that a pipe holds results only."""
    return Console(highlight=False, soft_wrap=True, stderr=True)


def say(line: str) -> None:
    """One line for people, beside the results."""
    messages_console().print(Text(plain(line)))


def show_json(value: object) -> None:
    """A whole answer as one line."""
    print(as_json(value), flush=True)


def show_json_items(items: Iterable[object], rest: Mapping[str, Any]) -> None:
    """One document ``{"items": […], …}``, written as the items come: a list may be longer than memory."""
    print('{"items": [', end="")
    for number, item in enumerate(items):
        print(",\n" if number else "", as_json(item), sep="", end="", flush=True)
    fields = "".join(f", {as_json(name)}: {as_json(value)}" for name, value in rest.items())
    print(f"]{fields}}}", flush=True)


def show_rows(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; elsewhere a line per row, its fields whole and parted by tabs, without titles."""
    out = console()
    if out.is_terminal:
        out.print(table(columns, rows), soft_wrap=False)
        return
    for row in rows:
        print("\t".join(plain(value) for value in row), flush=True)


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Table:
    """The table itself."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column.title, no_wrap=column.whole, overflow="fold")
    for row in rows:
        made.add_row(*(styled(value) for value in row))
    return made


def show_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Names and values of one thing; those without a value are left out."""
    known = [(name, plain(value)) for name, value in fields if value not in (None, "")]
    width = max((len(name) for name, _ in known), default=0)
    out = console()
    for name, value in known:
        out.print(Text.assemble((f"{name:<{width}}  ", "bold"), (value, _STYLES.get(value, ""))))


def heading(title: str) -> None:
    """What comes next."""
    console().print(Text(f"\n{plain(title)}", style="bold"))


def is_interactive() -> bool:
    """Whether somebody is there to answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def lines_of(text: str) -> Iterator[str]:
    """The text's lines, each harmless."""
    return (plain(line.expandtabs(2)) if line.strip() else "" for line in text.splitlines())
