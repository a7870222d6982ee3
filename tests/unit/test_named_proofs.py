"""What documents name as a proof exists."""

import re
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_DOCUMENTS = [
    "SECURITY.md",
    "docs/reliability.md",
    *(f"docs/architecture/{path.name}" for path in sorted((_ROOT / "docs/architecture").glob("*.md"))),
]
_PROVED = ("SECURITY.md", "docs/reliability.md")
_PATH = re.compile(r"\btests/[\w./]*\w(?:::(?P<test>\w+))?")
# With an ellipsis it is a name's beginning.
_NAME = re.compile(r"\btest_\w+(?:…|\.py)?")
_COMMAND = re.compile(r"`make ([a-z-]+)")
_DEFINED = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_every_test_that_a_document_names_exists(document: str) -> None:
    text = (_ROOT / document).read_text()

    assert document not in _PROVED or _NAME.search(text)
    assert _missing_paths(text) == []
    assert _missing_names(_PATH.sub("", text)) == []


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_every_make_target_that_a_document_names_exists(document: str) -> None:
    named = set(_COMMAND.findall((_ROOT / document).read_text()))

    assert named - set(_TARGET.findall((_ROOT / "Makefile").read_text())) == set()


def test_a_name_that_is_no_test_is_found_out() -> None:
    text = "tests/unit/test_named_proofs.py::test_of_nothing tests/unit/test_nothing.py test_nobody test_of_nowh… test_no.py"

    assert _missing_paths(text) == ["tests/unit/test_named_proofs.py::test_of_nothing", "tests/unit/test_nothing.py"]
    assert _missing_names(_PATH.sub("", text)) == ["test_nobody", "test_of_nowh…", "test_no.py"]


def _missing_paths(text: str) -> list[str]:
    return [found[0] for found in _PATH.finditer(text) if not _is_there(found)]


def _is_there(found: re.Match[str]) -> bool:
    path, _, test = found[0].partition("::")
    file = _ROOT / path
    return file.exists() and (not test or test in _DEFINED.findall(file.read_text()))


def _missing_names(text: str) -> list[str]:
    return [name for name in _NAME.findall(text) if not _is_known(name)]


def _is_known(name: str) -> bool:
    if name.endswith(".py"):
        return any((_ROOT / "tests").rglob(name))
    if name.endswith("…"):
        return any(each.startswith(name[:-1]) for each in _defined())
    return name in _defined()


@cache
def _defined() -> frozenset[str]:
    """Every test function under ``tests``."""
    return frozenset(name for file in (_ROOT / "tests").rglob("*.py") for name in _DEFINED.findall(file.read_text()))
