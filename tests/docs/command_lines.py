"""Commands in blocks of shell lines: what would be run, and whether it exists."""

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import typer
from typer._click.exceptions import BadParameter, MissingParameter, UsageError

from tests.docs.pages import ROOT
from truesend.cli.commands import app

Words = Sequence[str]
_ASSIGNMENT: Final = re.compile(r"^([A-Z][A-Z0-9_]*)=")
_TARGET: Final = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_HERE: Final = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")
_BEFORE_A_COMMAND: Final = {"exec", "sudo", "env", "time", "export"}
_OUR_FOLDERS: Final = "clients|db|deploy|docs|requirements|services|simulator|tests|tools|truesend|web"
_PATH: Final = re.compile(rf"^(?:\./)?(?:{_OUR_FOLDERS})/[\w./@-]+$")
_MADE: Final = re.compile(r"/(?:dist|node_modules|site)(?:/|$)")


# What a reader's shell may run beside the demo: nothing that installs, builds or starts anything.
_HARMLESS: Final = (
    "cat cd cp curl date echo export false grep head jq printf psql python3 sed set sleep sort tail test true truesend"
)


def harmful(text: str) -> list[str]:
    """The programs of a block that are not run beside the demo."""
    programs = (
        plain[0].removeprefix(".venv/bin/") for words in commands(text) if (plain := _without_assignments(words))
    )
    return sorted(
        {program for program in programs if program.isascii() and program[:1].isalpha()} - set(_HARMLESS.split())
    )


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a block, each as its words. Raises ValueError where a quote is not closed."""
    for line in _whole_lines(text):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in lexer:
            if set(word) <= set("();|&<>") and not set(word) <= set("<>"):
                if words:
                    yield words
                words = []
            else:
                words.append(word)
        if words:
            yield words


def mistakes(words: Words) -> Iterator[str]:
    """What is wrong with a command: an option, a target or a path that does not exist."""
    plain = _without_assignments(words)
    for path in plain:
        if _PATH.match(path) and not _MADE.search(path) and not (ROOT / path).exists():
            yield f"{path} does not exist"
    if not plain:
        return
    program = plain[0].removeprefix(".venv/bin/")
    if program == "truesend":
        yield from _mistakes_of_ours(plain[1:])
    elif program in {"docker", "kubectl"} and (ours := _inside(plain)):
        yield from _mistakes_of_ours(ours)
    elif program == "make":
        known = set(_TARGET.findall((ROOT / "Makefile").read_text()))
        yield from (f"make has no target {word}" for word in _targets(plain[1:]) if word not in known)


def variables(words: Words) -> Iterator[str]:
    """The variables that a command is given or sets."""
    for word in words:
        if found := _ASSIGNMENT.match(word):
            yield found[1]
        elif word not in _BEFORE_A_COMMAND:
            return


def _without_assignments(words: Words) -> list[str]:
    rest = list(words)
    while rest and (_ASSIGNMENT.match(rest[0]) or rest[0] in _BEFORE_A_COMMAND):
        rest.pop(0)
    return rest


def _targets(words: Words) -> Iterator[str]:
    return (word for word in words if re.fullmatch(r"[a-z][a-z-]*", word))


def _inside(words: Words) -> list[str]:
    """Our own command in a container, if there is one: what follows the word ``truesend``, where that is a command."""
    for place, word in enumerate(words[:-1]):
        if word == "truesend" and words[place + 1] in _root().commands:
            return list(words[place + 1 :])
    return []


def _mistakes_of_ours(words: Words) -> Iterator[str]:
    command, rest = _root(), list(words)
    while isinstance(command, typer.core.TyperGroup) and rest and not rest[0].startswith("-"):
        if rest[0] not in command.commands:
            yield f"truesend has no command {rest[0]}"
            return
        command = command.commands[rest.pop(0)]
    if isinstance(command, typer.core.TyperGroup) or "--help" in rest:
        return
    try:
        command.make_context(command.name, _up_to_a_redirection(rest))
    except MissingParameter as error:
        yield f"truesend {command.name}: {error.format_message()}"
    except BadParameter:
        pass  # a placeholder: ID, N
    except UsageError as error:
        yield f"truesend {command.name}: {error.format_message()}"


def _up_to_a_redirection(words: Words) -> list[str]:
    return list(words[: next((place for place, word in enumerate(words) if set(word) <= set("<>")), len(words))])


@cache
def _root() -> Any:
    return typer.main.get_command(app)


def _whole_lines(text: str) -> Iterator[str]:
    """Lines with those that continue them, without what is fed to a command from below."""
    whole, until = "", None
    for line in text.replace("\\\n", " ").splitlines():
        if until is not None:
            until = None if line.strip() == until else until
            continue
        whole += line
        if found := _HERE.search(line):
            until = found[1]
        try:
            shlex.split(whole, comments=True)
        except ValueError:
            whole += "\n"
            continue
        yield whole
        whole = ""
    if whole:
        raise ValueError(f"a quote is not closed: {whole}")
