"""Where a request can name something of an organisation's, read from the API's own description."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Document = Mapping[str, Any]


class Kind(StrEnum):
    """What a value names."""

    SESSION = "session"
    MESSAGE = "message"
    BATCH = "batch"
    CURSOR = "cursor"
    POSITION = "position"
    KEY = "idempotency key"
    RECIPIENT = "recipient"
    TEXT = "text"
    CRM = "row of the CRM's own"
    ORGANIZATION = "organization"
    GATEWAY = "gateway"


# By the name, or by operation and name where the name alone does not tell.
KINDS = {
    "session_id": Kind.SESSION,
    "session_ids": Kind.SESSION,
    "message_id": Kind.MESSAGE,
    "list_messages.id": Kind.MESSAGE,
    "ids": Kind.MESSAGE,
    "batch_id": Kind.BATCH,
    "cursor": Kind.CURSOR,
    "last-event-id": Kind.POSITION,
    "last_event_id": Kind.POSITION,
    "idempotency-key": Kind.KEY,
    "recipient": Kind.RECIPIENT,
    "phone_number": Kind.RECIPIENT,
    "q": Kind.TEXT,
    "group_id": Kind.CRM,
    "workshop_id": Kind.CRM,
    "x-organization-id": Kind.ORGANIZATION,
    "gateway": Kind.GATEWAY,
}
_LIKE_AN_ID = re.compile(r"(^|[_-])(ids?|keys?|cursor|token|uuid|number)$")
_TIMES = {"date-time", "date", "time"}


@dataclass(frozen=True, slots=True)
class Place:
    """One place of one operation. ``path`` leads there: of a body, through its fields, "[]" for an array's items."""

    where: str
    path: tuple[str, ...]
    kind: Kind
    many: bool = False

    def __str__(self) -> str:
        return f"{self.where} {'.'.join(self.path)}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route."""

    name: str
    method: str
    route: str
    places: tuple[Place, ...]
    unplaced: tuple[str, ...]
    example: Any
    needs_key: bool
    streams: bool

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def operations(document: Document) -> list[Operation]:
    """Every operation that is described."""
    return [
        _operation(document, route, method, described)
        for route, methods in document["paths"].items()
        for method, described in methods.items()
    ]


def _operation(document: Document, route: str, method: str, described: Mapping[str, Any]) -> Operation:
    name = described["operationId"]
    places: list[Place] = []
    unplaced: list[str] = []
    for where, path, schema in (*_parameters(document, described), *_fields(document, described)):
        kind = KINDS.get(f"{name}.{path[-1]}") or KINDS.get(path[-1].lower())
        if kind is not None:
            places.append(Place(where, path, kind, many="array" in _types(schema)))
        elif _may_name_something(where, path[-1], schema):
            unplaced.append(f"{where} {'.'.join(path)}")
    body = _content(document, described.get("requestBody", {}))
    return Operation(
        name=name,
        method=method.upper(),
        route=route,
        places=tuple(places),
        unplaced=tuple(unplaced),
        example=body.get("application/json", {}).get("example"),
        needs_key=any({"ApiKey", "Bearer"} & scheme.keys() for scheme in described.get("security", [])),
        streams="text/event-stream" in _content(document, described["responses"].get("200", {})),
    )


def _content(document: Document, part: Mapping[str, Any]) -> Mapping[str, Any]:
    content: Mapping[str, Any] = _resolved(document, part).get("content", {})
    return content


def _parameters(
    document: Document, described: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
    for reference in described.get("parameters", []):
        parameter = _resolved(document, reference)
        yield parameter["in"], (parameter["name"],), _one_schema(document, parameter["schema"])


def _fields(
    document: Document, described: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
    for media in _content(document, described.get("requestBody", {})).values():
        yield from (("body", path, schema) for path, schema in _leaves(document, media["schema"], ()))


def _leaves(
    document: Document, schema: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    schema = _one_schema(document, schema)
    if "properties" in schema:
        for name, field in schema["properties"].items():
            yield from _leaves(document, field, (*path, name))
    elif "properties" in (items := _one_schema(document, schema.get("items", {}))):
        yield from _leaves(document, items, (*path, "[]"))
    elif path:
        yield path, schema


def _one_schema(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema, without the reference to it and without "or null"."""
    schema = _resolved(document, schema)
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    return _one_schema(document, choices[0]) if len(choices) == 1 else schema


def _resolved(document: Document, part: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def _types(schema: Mapping[str, Any]) -> set[str]:
    return {schema.get("type", "anything"), *(_type for each in schema.get("anyOf", []) for _type in _types(each))}


def _may_name_something(where: str, name: str, schema: Mapping[str, Any]) -> bool:
    """Whether nobody can say, without knowing the route, that a value here is no organisation's."""
    item = schema.get("items", schema)
    if where == "path" or item.get("format") == "uuid" or _LIKE_AN_ID.search(name.lower()):
        return True
    is_free_text = not item.keys() & {"enum", "const"} and item.get("format") not in _TIMES
    return where != "body" and is_free_text and bool(_types(item) & {"string", "anything"})
