"""The page of all commands, written from the command line itself."""

from collections.abc import Iterator
from typing import Any, Final

import typer

from tools.site.reference.markdown import table
from truesend.cli.commands import app

_HEAD: Final = """# Commands

Every command of `truesend`, its arguments and options, as `--help` says them in a terminal. What they are for, with examples
and exit codes, is in [operating](../operating/index.md).

An option that names a variable takes it from there where it is not given. A key belongs in the environment: everybody on the
machine can read a command line.

This page is written from the command line by `make docs`.
"""


def commands_page() -> str:
    """The page, in Markdown."""
    return _HEAD + "".join(_section(path, command) for path, command in commands())


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    yield from _below("truesend", typer.main.get_command(app))


def _below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, typer.core.TyperGroup):
        yield path, command
        return
    if command.invoke_without_command:  # a group that does something by itself: truesend adopt
        yield path, command
    for name, each in command.commands.items():
        yield from _below(f"{path} {name}", each)


def _section(path: str, command: Any) -> str:
    arguments = [each for each in command.params if isinstance(each, typer.core.TyperArgument)]
    options = [each for each in command.params if isinstance(each, typer.core.TyperOption) and not each.hidden]
    usage = " ".join((path, *(_placeholder(each) for each in arguments), *(["[options]"] if options else [])))
    rows = [(f"`{_placeholder(each)}`", "", each.help or "") for each in arguments]
    rows += [(_spelled(each), _default(each), _says(each)) for each in options]
    parts = [
        f"\n## {path}\n",
        " ".join((command.help or "").split()) + "\n",
        f"```text\n{usage}\n```\n",
        table(("", "default", ""), rows),
    ]
    return "\n".join(part for part in parts if part)


def _placeholder(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper()
    return f"{name if argument.required else f'[{name}]'}{'…' if argument.nargs == -1 else ''}"


def _spelled(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or option.name.upper()}"
    several = ", several times" if option.multiple else ""
    return ", ".join(f"`{name}{value}`" for name in (*option.opts, *option.secondary_opts)) + several


def _default(option: Any) -> str:
    if option.required:
        return "required"
    if option.is_flag or option.default is None or callable(option.default):
        return ""
    return f"`{getattr(option.default, 'value', option.default)}`"


def _says(option: Any) -> str:
    return (option.help or "") + (f" (`{option.envvar}`)" if option.envvar else "")
