"""The README's table of settings says what the code does."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from truesend.settings import Settings

_README = Path(__file__).parents[2] / "README.md"
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def _table() -> dict[str, str]:
    return {name: default for name, default, _ in _ROW.findall(_README.read_text())}


def test_the_readme_names_every_setting_and_no_other() -> None:
    assert set(_table()) == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_gives_a_setting_the_default_that_it_has(name: str) -> None:
    assert _table()[name.upper()] == _written(Settings.model_fields[name])


def _written(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    match default:
        case None | {}:
            return "none"
        case "":
            return "empty"
        case bool():
            return str(default).lower()
        case float():
            return str(int(default)) if default.is_integer() else str(default)
        case _:
            return str(default)
