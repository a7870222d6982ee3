"""Every block of code in the documentation is run, or says why not; what can be checked without running it, is."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from configparser import ConfigParser
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.docs.command_lines import commands, harmful, mistakes, variables
from tests.docs.pages import ROOT, Block, all_blocks, blocks, inline_code, pages
from tests.harness.ci import every_tool_is_required
from tools.site.navigation import ELSEWHERE
from truesend.settings import Settings

# Languages whose blocks are run or parsed by a test here, and what is only looked at.
_RUN: Final = {"sh", "sql"}
_PARSED: Final = {"env", "ini", "json", "mermaid", "python", "toml", "ts", "tsx", "yaml"}
_LOOKED_AT: Final = {"text"}
_HINT: Final = (
    "Give each block a language: one that is run (sh, of programs that tests/docs/command_lines.py calls harmless; sql), one"
    " that is parsed (env, ini, json, mermaid, python, toml, ts, tsx, yaml), or text for what is only looked at. Where it"
    " can't be run, write on the line before it <!-- not run: the reason -->; where another test runs it,"
    " <!-- run by tests/… -->, or at the page's top <!-- every block is run by tests/… -->; where it goes on for ever,"
    " <!-- runs for 5 s -->."
)
_VARIABLE: Final = re.compile(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
# Variables that packages of others read by themselves.
_OTHERS: Final = ("OTEL_",)
_PLACEHOLDER: Final = re.compile(r"[<…]")
_CODE: Final = {".py", ".sql", ".ts", ".tsx", ".mjs", ".yml", ".yaml", ".toml", ".json", ".sh", ".example", ".env", ""}
_PAGES: Final = [page for page in pages() if blocks(page)]


@pytest.mark.parametrize("page", _PAGES)
def test_every_block_has_who_runs_it_or_a_reason(page: str) -> None:
    known = _RUN | _PARSED | _LOOKED_AT
    without = [
        f"{block} ({block.language or 'no language'})"
        for block in blocks(page)
        if not (block.language in known or block.not_run)
    ]

    assert without == [], _HINT
    to_run = [block for block in blocks(page) if block.language == "sh" and not (block.not_run or block.run_by)]
    assert [f"{block}: {', '.join(others)}" for block in to_run if (others := harmful(block.text))] == [], _HINT


@pytest.mark.parametrize("page", _PAGES)
def test_a_test_that_is_said_to_run_a_block_exists_and_knows_the_page(page: str) -> None:
    for block in blocks(page):
        if block.run_by is not None:
            test = ROOT / block.run_by.partition("::")[0]
            assert test.exists(), f"{block}: {block.run_by} does not exist"
            assert Path(page).name in test.read_text(), f"{block}: {block.run_by} does not name {Path(page).name}"


def test_what_is_not_run_is_listed_with_its_reason(record_property: Callable[[str, object], None]) -> None:
    """The list is in the run's report (``--junitxml``), and here for whoever looks: ``pytest -s`` shows it."""
    not_run = [block for page in pages() for block in blocks(page) if block.not_run]
    for block in not_run:
        record_property(str(block), block.not_run)
        sys.stdout.write(f"{block}: {block.not_run}\n")

    assert [str(block) for block in not_run if len(block.not_run or "") < len("the reason")] == []


@pytest.mark.parametrize("block", all_blocks("sh"), ids=str)
def test_shell_lines_can_be_read_and_name_only_what_exists(block: Block) -> None:
    read = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
    assert read.returncode == 0, f"{block}: {read.stderr}"

    wrong = [f"{block}: {' '.join(words)}: {mistake}" for words in commands(block.text) for mistake in mistakes(words)]
    assert wrong == []
    unknown = {name for words in commands(block.text) for name in variables(words)} - _words_of_code()
    assert {name for name in unknown if f"${name}" not in block.text and f"${{{name}" not in block.text} == set(), block


@pytest.mark.parametrize("page", pages())
def test_commands_and_variables_that_a_page_names_exist(page: str) -> None:
    wrong = []
    for line, code in inline_code(page):
        if _VARIABLE.match(code) and not code.startswith(_OTHERS) and code not in _words_of_code():
            wrong.append(f"{page}:{line}: no code knows {code}")
        if code.startswith(("truesend ", "make ")) and not _PLACEHOLDER.search(code):
            found = (mistake for words in commands(code) for mistake in mistakes(words))
            wrong += [f"{page}:{line}: `{code}`: {mistake}" for mistake in found if "Missing" not in mistake]

    assert wrong == []


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "ini": ConfigParser(interpolation=None).read_string,
    "json": json.loads,
    "python": ast.parse,
    "toml": tomllib.loads,
    "yaml": lambda text: list(yaml.safe_load_all(text)),
}


@pytest.mark.parametrize("block", all_blocks(*_PARSERS), ids=str)
def test_what_is_given_as_json_yaml_toml_or_python_is_that(block: Block) -> None:
    _PARSERS[block.language](block.text)


def test_settings_that_are_given_as_lines_exist() -> None:
    lines = [
        (block, line) for block in all_blocks("env") for line in block.text.splitlines() if not line.startswith("#")
    ]

    assert [
        f"{block}: {line}" for block, line in lines if line and line.partition("=")[0] not in _words_of_code()
    ] == []


def test_every_diagram_can_be_drawn(mermaid: Path) -> None:
    diagrams = all_blocks("mermaid")
    errors = _node("parse-diagrams.mjs", [block.text for block in diagrams])

    assert len(diagrams) > 30
    assert [f"{block}: {error}" for block, error in zip(diagrams, errors, strict=True) if error] == []


def test_every_piece_of_typescript_fits_the_package() -> None:
    snippets = [block for block in all_blocks("ts", "tsx") if not block.not_run]
    errors = _node("check-types.mjs", [block.text for block in snippets])

    assert snippets
    assert [f"{block}: {error}" for block, error in zip(snippets, errors, strict=True) if error] == []


def test_pages_of_the_site_that_stand_elsewhere_are_read_too() -> None:
    assert {path for path in ELSEWHERE if (ROOT / path).exists()} <= set(pages())


def _node(script: str, texts: list[str]) -> list[str | None]:
    """What a script of this folder says of each text: an error, or nothing."""
    node = shutil.which("node", path=_path_with_node())
    if node is None or not (ROOT / "web/node_modules").exists():
        (pytest.fail if every_tool_is_required() else pytest.skip)(
            "needs Node and what the page is built with (make install)"
        )
    said = subprocess.run(
        [node, Path(__file__).parent / script], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    answers: list[str | None] = json.loads(said.stdout)
    return answers


def _path_with_node() -> str:
    return subprocess.run(
        ["sh", "tools/find-node"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()


@cache
def _words_of_code() -> frozenset[str]:
    """Every name in capitals that is written anywhere but in Markdown, and every setting."""
    named = {name.upper() for name in Settings.model_fields}
    for folder in (
        ".ci",
        ".github",
        "clients",
        "db",
        "deploy",
        "services",
        "simulator",
        "tests",
        "tools",
        "truesend",
        "web",
    ):
        for path in (ROOT / folder).rglob("*"):
            if (
                path.suffix in _CODE
                and "node_modules" not in path.parts
                and "dist" not in path.parts
                and path.is_file()
            ):
                named.update(re.findall(r"[A-Z][A-Z0-9_]+", path.read_text(errors="ignore")))
    for path in (*ROOT.glob("*.yml"), *ROOT.glob(".env*"), ROOT / "Makefile"):
        named.update(re.findall(r"[A-Z][A-Z0-9_]+", path.read_text()))
    return frozenset(named)
