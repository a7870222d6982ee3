"""Each value of a TOML file is found on the line that it begins on."""

import tomllib

import pytest

from truesend.gateways.toml_lines import broken_at, lines_of, nearest_line

DOCUMENT = '''# a comment

[gateways.main] # and another
kind = "waha"
url = """
http://a
"""
list = [
  1,
  2, # two
]

[gateways.main.options]
engine = "NOWEB"

[gateways."odd name"]
inline = { a = 1, b = { c = 2 } }
dotted.key = true
[[more]]
x = 1
[[more]]
x = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("gateways",), 3),
        (("gateways", "main"), 3),
        (("gateways", "main", "kind"), 4),
        (("gateways", "main", "url"), 5),
        (("gateways", "main", "list"), 8),
        (("gateways", "main", "options"), 13),
        (("gateways", "main", "options", "engine"), 14),
        (("gateways", "odd name"), 16),
        (("gateways", "odd name", "inline", "b", "c"), 17),
        (("gateways", "odd name", "dotted", "key"), 18),
        (("more", 0, "x"), 20),
        (("more", 1, "x"), 22),
    ],
)
def test_a_value_is_on_the_line_that_it_begins_on(path: tuple[str | int, ...], line: int) -> None:
    assert lines_of(DOCUMENT)[path] == line


def test_what_is_missing_is_on_the_line_of_what_it_would_stand_in() -> None:
    places = lines_of(DOCUMENT)

    assert nearest_line(places, ("gateways", "main", "missing")) == 3
    assert nearest_line(places, ("nothing", "of", "it")) == 1


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb = \n", 2), ('a = "x\n', 1), ("a = 1\n[a\n", 2), ("a = [\n1,\n", 3)]
)
def test_a_file_that_is_no_toml_breaks_on_a_line(text: str, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as broken:
        tomllib.loads(text)

    found, reason = broken_at(broken.value, text)

    assert found == line
    assert "line" not in reason
