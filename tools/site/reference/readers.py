"""Which service reads which setting, told from the code that each of them imports."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import grimp

from truesend.settings import Settings

_SERVICES: Final = {name: f"services.{name}.main" for name in ("api", "verifier", "sender")}
_TOPICS: Final = "truesend.broker.topics"
# These hold every setting in their hands, and use none: what they are, and which are secrets to be hidden from logs.
_WITHOUT_USE: Final = {"truesend.settings", "truesend.runtime.known_secrets"}


@cache
def readers() -> Mapping[str, tuple[str, ...]]:
    """From a setting to who reads it: services by their names, and ``topics``, the command; empty for other commands."""
    imports = grimp.build_graph("truesend", "services", cache_dir=None)
    modules = {name: imports.find_upstream_modules(main) | {main} for name, main in _SERVICES.items()}
    # Services ask the module of topics for their names alone.
    read = {
        name: {each for module in theirs - {_TOPICS} for each in _read_in(module)} for name, theirs in modules.items()
    }
    read["topics"] = {each for each in _read_in(_TOPICS) if not any(each in theirs for theirs in read.values())}
    return {
        setting: tuple(name for name, theirs in read.items() if setting in theirs) for setting in Settings.model_fields
    }


@cache
def _read_in(module: str) -> frozenset[str]:
    """Settings that a module takes from an object named ``settings``."""
    if module in _WITHOUT_USE:
        return frozenset()
    named = {found.attr for found in _attributes(module) if _is_called_settings(found.value)}
    derived = {field for name, fields in _properties().items() if name in named for field in fields}
    return frozenset(named & set(Settings.model_fields) | derived)


@cache
def _properties() -> Mapping[str, frozenset[str]]:
    """What the settings' own properties read."""
    return {
        method.name: frozenset(
            found.attr
            for found in ast.walk(method)
            if isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name) and found.value.id == "self"
        )
        & set(Settings.model_fields)
        for method in ast.walk(_tree("truesend.settings"))
        if isinstance(method, ast.FunctionDef)
    }


def _is_called_settings(value: ast.expr) -> bool:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.endswith("settings")
    return False


def _attributes(module: str) -> Iterator[ast.Attribute]:
    return (found for found in ast.walk(_tree(module)) if isinstance(found, ast.Attribute))


@cache
def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"{module} has no file")
    return ast.parse(Path(spec.origin).read_text())
