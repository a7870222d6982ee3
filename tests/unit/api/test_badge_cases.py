"""The table of badges that the page's port of the rule is held to."""

from pathlib import Path

import orjson
import pytest

from services.api.badge import Badge
from services.api.badge_cases import FILE, cases, run

ROOT = Path(__file__).parents[3]


def test_the_published_table_is_what_the_rule_says() -> None:
    assert orjson.loads((ROOT / FILE).read_bytes()) == list(cases())


def test_every_badge_is_in_the_table() -> None:
    assert {case["badge"] for case in cases()} == set(Badge)


def test_a_stale_table_fails_the_check_until_it_is_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / FILE
    assert run(["--check"], file) == 1
    assert "run make docs" in capsys.readouterr().err

    assert run([], file) == 0
    assert run(["--check"], file) == 0
