"""The page of all settings, written from ``truesend.settings``."""

from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from tools.site.reference.readers import readers
from truesend.settings import HttpUrl, Settings

_HEAD: Final = """# Configuration

Every setting of every service. They are read from the environment, once, at the start; a wrong or missing one stops the start
with one line that names it. An empty one counts as not set. Times may be fractions. Services that work together want
the same values: one file for all of them is best.

*Read by* says which services need it; commands read what they need of the same settings. Values marked *secret* are shown
nowhere: not in logs, errors, rows or events. How a file describes several gateways is in [gateways](../gateways.md).

This page is written from `truesend/settings.py` by `make docs`.
"""
# A group, and what its settings' names begin with; a setting is in the first group that fits.
_GROUPS: Final = (
    ("Postgres", ("database_",)),
    ("Kafka", ("kafka_", "dead_letters_", "truesend_topic")),
    ("Gateways", ("gateway", "status_timeout", "send_timeout")),
    ("Verifying sessions", ("verify_", "connecting_", "ack_silence")),
    (
        "Sending messages",
        (
            "dispatch_",
            "session_",
            "max_attempts",
            "backoff_",
            "lease_",
            "message_max_age",
            "confirm_",
            "lookup_",
            "dead_letter_table",
        ),
    ),
    ("Webhooks", ("webhook_",)),
    ("Alerts", ("alert_",)),
    ("Who may call the API", ("auth_", "api_keys", "jwt_", "jwks_", "cors_", "forwarded_")),
    ("Where the API listens", ("api_",)),
    ("What is kept", ("event_retention", "message_text", "attempt_")),
    ("Health, logs, traces", ("health_", "log_", "shutdown_", "otel_", "traces_", "tracing_")),
    ("More", ("",)),
)
_PLAIN: Final[dict[Any, str]] = {bool: "`true`, `false`", dict: "JSON", Path: "a file", Annotated: "an URL"}
_YEAR_S: Final = 31_536_000
_A_YEAR: Final = "to a year"
_UNITS: Final = {"_s": "s", "_ms": "ms", "_bytes": "bytes"}


def configuration_page() -> str:
    """The page, in Markdown. Raises ValueError for a setting that says nothing of itself."""
    settings = dict(Settings.model_fields)
    sections = []
    for title, beginnings in _GROUPS:
        rows = [_row(name, settings.pop(name)) for name in list(settings) if name.startswith(beginnings)]
        if rows:
            sections.append(
                "\n".join(
                    (
                        f"\n## {title}\n",
                        "| name | default | may be | what it does | read by |",
                        "|---|---|---|---|---|",
                        *rows,
                        "",
                    )
                )
            )
    return _HEAD + "".join(sections)


def written_default(field: FieldInfo) -> str:
    """A setting's default as it would be written in the environment."""
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


def _row(name: str, field: FieldInfo) -> str:
    if not field.description:
        raise ValueError(f"truesend/settings.py: {name} needs a docstring that says what it does, on the line after it")
    default = written_default(field)
    if default not in {"required", "none", "empty"}:
        default = f"`{default}`" + _unit(name)
    says = " ".join(field.description.split()).replace("|", "\\|")
    read_by = readers()[name]
    who = "all services" if len(read_by) == 3 else ", ".join(read_by) or "commands"
    return f"| `{name.upper()}` | {default} | {_range(name, field)} | {says} | {who} |"


def _unit(name: str) -> str:
    return next((f" {unit}" for ending, unit in _UNITS.items() if name.endswith(ending)), "")


def _range(name: str, field: FieldInfo) -> str:
    """What may be written."""
    kinds = list(_kinds(field.annotation))
    if SecretStr in kinds or not field.repr:
        return "secret"
    bounds = [bound for each in _metadata(field.annotation, field.metadata) for bound in _bounds(each)]
    if bounds:
        return " ".join(bounds) + ("" if bounds[-1] == _A_YEAR else _unit(name))
    return next((text for kind in kinds if (text := _words(kind))), "text")


def _words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{each.value}`" for each in kind)
    return _PLAIN.get(get_origin(kind) or kind, "")


def _bounds(constraint: object) -> Iterator[str]:
    """The limits of a number, the lower one first, as settings are written."""
    limits: tuple[tuple[type[Any], Callable[[Any], str]], ...] = (
        (annotated_types.Gt, lambda each: f"above {each.gt:,}"),
        (annotated_types.Ge, lambda each: f"{each.ge:,}"),
        (annotated_types.Le, lambda each: _A_YEAR if each.le == _YEAR_S else f"to {each.le:,}"),
    )
    return (words(constraint) for kind, words in limits if isinstance(constraint, kind))


def _metadata(annotation: Any, own: list[Any]) -> Iterator[object]:
    if get_origin(annotation) is Annotated:
        inner, *around = get_args(annotation)
        yield from _metadata(inner, around)
    for each in own:
        yield from each.metadata if isinstance(each, FieldInfo) else (each,)


def _kinds(annotation: Any) -> Iterator[Any]:
    """The types of a setting, without what only restricts them, and without None."""
    match get_origin(annotation):
        case origin if origin is Annotated and annotation != HttpUrl:
            yield from _kinds(get_args(annotation)[0])
        case origin if origin in {Union, UnionType}:
            for each in get_args(annotation):
                yield from _kinds(each)
        case _ if annotation is not NoneType:
            yield annotation
