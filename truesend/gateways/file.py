"""Gateways from one TOML file: a table for each, ``[gateways.<name>]``. Every mistake is found at once, with its line.

Keys and secrets are never in the file: it names the environment's variables that hold them. What a table leaves out is as the
environment says for all gateways.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from truesend.gateways.dialect import Dialect
from truesend.gateways.protocol import GatewayConfig
from truesend.gateways.toml_lines import broken_at, lines_of, nearest_line
from truesend.settings import AuthStyle, HttpUrl, SettingsError

LARGEST_BYTES: Final = 1_000_000
NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,62}$"
VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"

PositiveSeconds = Annotated[float, Field(gt=0, le=31_536_000)]
Count = Annotated[int, Field(ge=1, le=10_000)]


class GatewaysFileError(SettingsError):
    """What is wrong with the file: a line for each mistake, ``file:line: what, and what to write``."""


class GatewayTable(BaseModel):
    """One gateway's table. None: as the environment says."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: str
    url: HttpUrl
    key_env: str | None = Field(default=None, pattern=VARIABLE)
    webhook_secret_env: str | None = Field(default=None, pattern=VARIABLE)
    callback_base_url: HttpUrl | None = None
    auth_style: AuthStyle | None = None
    exclusive: bool | None = None
    check_numbers: bool | None = None
    max_in_flight: Count | None = None
    status_max_in_flight: Count | None = None
    min_interval_ms: Annotated[int, Field(ge=0, le=86_400_000)] | None = None
    connect_timeout_s: PositiveSeconds | None = None
    status_timeout_s: PositiveSeconds | None = None
    send_timeout_s: PositiveSeconds | None = None
    media_allow_private: bool | None = None
    media_max_bytes: Annotated[int, Field(ge=1_000, le=1_000_000_000)] | None = None
    media_timeout_s: PositiveSeconds | None = None
    options: dict[str, Any] = Field(default_factory=dict)


class _Mistakes:
    """Collects them, with their lines."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._found: list[tuple[tuple[str | int, ...], str]] = []

    def add(self, place: tuple[str | int, ...], words: str) -> None:
        self._found.append((place, words))

    def add_all(self, error: ValidationError, place: tuple[str | int, ...], known: Sequence[str]) -> None:
        for each in error.errors(include_input=False, include_url=False):
            self.add((*place, *each["loc"]), _words(each, place, known))

    def require_none(self) -> None:
        if self._found:
            places = lines_of(self._text)
            raise _wrong(self._path, [(nearest_line(places, place), words) for place, words in self._found])


def gateways_from_file(
    path: Path, base: GatewayConfig, environment: Mapping[str, str], dialects: Mapping[str, type[Dialect]]
) -> tuple[GatewayConfig, ...]:
    """The gateways that the file describes; ``base`` has what it leaves out.

    ``dialects`` are the kinds that may be named. Raises GatewaysFileError.
    """
    text = _read(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, reason = broken_at(error, text)
        raise _wrong(path, [(line, f"this is not TOML: {reason}")]) from None
    mistakes = _Mistakes(path, text)
    for name in document.keys() - {"gateways"}:
        mistakes.add((name,), f"{name} is unknown here; write a table [gateways.<name>] for each gateway")
    tables = document.get("gateways", {})
    if not isinstance(tables, dict) or not tables:
        mistakes.add(("gateways",), "no gateway is described; write a table [gateways.<name>] for each one")
        tables = {}
    configs = [_config(name, table, base, environment, dialects, mistakes) for name, table in tables.items()]
    mistakes.require_none()
    return tuple(config for config in configs if config is not None)


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GatewaysFileError(f"GATEWAYS_FILE: {path} can't be read: {error.strerror}") from None
    if len(data) > LARGEST_BYTES:
        raise GatewaysFileError(f"GATEWAYS_FILE: {path} is larger than {LARGEST_BYTES} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _wrong(path, [(line, "this is not UTF-8; save the file as UTF-8")]) from None


def _config(
    name: str,
    table: object,
    base: GatewayConfig,
    environment: Mapping[str, str],
    dialects: Mapping[str, type[Dialect]],
    mistakes: _Mistakes,
) -> GatewayConfig | None:
    place = ("gateways", name)
    _check_name(name, mistakes)
    try:
        read = GatewayTable.model_validate(table)
    except ValidationError as error:
        mistakes.add_all(error, place, list(GatewayTable.model_fields))
        _check_what_can_be_read(table, place, dialects, mistakes)
        return None
    _check_kind(read.kind, read.options, place, dialects, mistakes)
    key = _from(environment, read.key_env, (*place, "key_env"), mistakes)
    secret = _from(environment, read.webhook_secret_env, (*place, "webhook_secret_env"), mistakes)
    return _combined(name, read, base, key, secret)


def _check_name(name: str, mistakes: _Mistakes) -> None:
    if not re.match(NAME, name):
        mistakes.add(
            ("gateways", name),
            f"{name!r} can't be a gateway's name; write small letters, digits, - and _, at most 63",
        )


def _check_what_can_be_read(
    table: object, place: tuple[str, ...], dialects: Mapping[str, type[Dialect]], mistakes: _Mistakes
) -> None:
    """One mistake in a table hides no other one."""
    if isinstance(table, dict) and isinstance(table.get("kind"), str):
        options = table.get("options", {})
        _check_kind(table["kind"], options if isinstance(options, dict) else {}, place, dialects, mistakes)


def _check_kind(
    kind: str,
    options: Mapping[str, object],
    place: tuple[str, ...],
    dialects: Mapping[str, type[Dialect]],
    mistakes: _Mistakes,
) -> None:
    if kind not in dialects:
        mistakes.add((*place, "kind"), f"kind {kind!r} is unknown; write one of: {', '.join(sorted(dialects))}")
        return
    model = dialects[kind].options_model
    try:
        model.model_validate(options)
    except ValidationError as error:
        mistakes.add_all(error, (*place, "options"), list(model.model_fields))


def _from(
    environment: Mapping[str, str], variable: str | None, place: tuple[str, ...], mistakes: _Mistakes
) -> str | None:
    if variable is None:
        return None
    value = environment.get(variable)
    if not value:
        mistakes.add(place, f"the environment has no {variable}; set it")
    return value


def _combined(name: str, read: GatewayTable, base: GatewayConfig, key: str | None, secret: str | None) -> GatewayConfig:
    def or_base(value: Any, otherwise: Any) -> Any:
        return otherwise if value is None else value

    return GatewayConfig(
        name=name,
        kind=read.kind,
        url=read.url,
        api_key=key or "",
        webhook_secret=or_base(secret, base.webhook_secret),
        auth_style=or_base(read.auth_style, base.auth_style),
        connect_timeout_s=or_base(read.connect_timeout_s, base.connect_timeout_s),
        status_timeout_s=or_base(read.status_timeout_s, base.status_timeout_s),
        send_timeout_s=or_base(read.send_timeout_s, base.send_timeout_s),
        max_in_flight=or_base(read.max_in_flight, base.max_in_flight),
        status_max_in_flight=or_base(read.status_max_in_flight, base.status_max_in_flight),
        exclusive=or_base(read.exclusive, base.exclusive),
        min_interval_s=base.min_interval_s if read.min_interval_ms is None else read.min_interval_ms / 1000,
        callback_base_url=or_base(read.callback_base_url, base.callback_base_url),
        check_numbers=or_base(read.check_numbers, base.check_numbers),
        media_allow_private=or_base(read.media_allow_private, base.media_allow_private),
        media_limit_bytes=or_base(read.media_max_bytes, base.media_limit_bytes),
        media_timeout_s=or_base(read.media_timeout_s, base.media_timeout_s),
        options=read.options,
    )


def _words(error: ErrorDetails, place: tuple[str | int, ...], known: Sequence[str]) -> str:
    """What is wrong, and what to write."""
    where = ".".join(str(part) for part in error["loc"])
    table = ".".join(str(part) for part in place)
    reason = error["msg"].removeprefix("Value error, ")
    match error["type"]:
        case "missing":
            return f"{where} is missing in [{table}]; write {where} = …"
        case "extra_forbidden":
            close = get_close_matches(where, known, 1)
            advice = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known)) or 'none'}"
            return f"{where} is unknown; {advice}"
        case "model_type":
            return f"{table} is no table; write [{table}]"
        case _:
            return f"{where}: {_advice(reason)}"


def _advice(reason: str) -> str:
    wanted = reason.removeprefix("Input should be ")
    return reason if wanted == reason else f"write {wanted}"


def _wrong(path: Path, found: Sequence[tuple[int, str]]) -> GatewaysFileError:
    lines = [f"{path}:{line}: {words}" for line, words in sorted(found, key=lambda each: each[0])]
    return GatewaysFileError("\n".join(["GATEWAYS_FILE: the file can't be used", *lines]))
