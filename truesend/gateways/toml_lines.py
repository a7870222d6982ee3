"""Where in a TOML file each value stands.

The standard library's parser reads TOML and tells no lines. But the lines up to some line are TOML again, or end inside a
value: so a value begins on the first line that the text before it does not need.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]

_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, counted from 1, on which each table, list, and value of a TOML document begins."""
    lines = text.splitlines(keepends=True)
    places: dict[Path, int] = {}
    begun = 0
    for number in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # inside a value of several lines
        for path in _paths(document, ()):
            places.setdefault(path, begun + 1)
        begun = number
    return places


def nearest_line(places: Mapping[Path, int], path: Path) -> int:
    """The line of ``path``, or of what it would stand in; 1 where nothing of it is there."""
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return 1


def broken_at(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """The line at which a file stops being TOML, and the parser's reason."""
    said = str(error)
    place = _PLACE.search(said)
    line = int(place["line"]) if place is not None and place["line"] else text.count("\n") + 1
    return line, said[: place.start()] if place is not None else said


def _paths(value: Any, path: Path) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _paths(inside, (*path, name))
    elif isinstance(value, list):
        for place, inside in enumerate(value):
            yield from _paths(inside, (*path, place))
