"""How a command ends when something happens that nobody expected."""

import pytest

from truesend.cli import commands, main


def test_an_error_that_nobody_expected_is_told_by_its_type_and_place_and_not_by_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("canary words of a row")

    monkeypatch.setattr(commands, "app", fail)
    monkeypatch.setattr("sys.argv", ["truesend", "sessions"])

    with pytest.raises(SystemExit) as ended:
        main.run()

    errors = capsys.readouterr().err
    assert ended.value.code == 1
    assert "ValueError" in errors
    assert f"{__file__}:{fail.__code__.co_firstlineno + 1}" in errors
    assert "canary" not in errors
