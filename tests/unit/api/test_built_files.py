"""Which of a file's compressed siblings a browser takes."""

import pytest

from services.api.page.built_files import accepted_encodings


@pytest.mark.parametrize(
    ("header", "encodings"),
    [
        ("", []),
        ("identity", []),
        ("gzip, deflate, br, zstd", ["br", "gzip"]),
        ("gzip, deflate", ["gzip"]),
        ("br;q=0, gzip;q=0.5", ["gzip"]),
        ("GZIP ; Q=1.0", ["gzip"]),
        ("*", ["br", "gzip"]),
        ("*;q=0", []),
        ("*, br;q=0.000", ["gzip"]),
        ("br;q=much, gzip", ["gzip"]),
        (",;,", []),
    ],
)
def test_a_browser_gets_only_what_it_says_it_takes(header: str, encodings: list[str]) -> None:
    assert list(accepted_encodings(header)) == encodings
