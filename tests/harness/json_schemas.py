"""Holding a value against a schema of a published document, strictly: a field that nobody described is a fault, too."""

from collections.abc import Iterator
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_DOCUMENT = "urn:document"
FORMATS = jsonschema.FormatChecker(formats=["uuid", "date-time", "regex"])


def faults(document: dict[str, Any], schema: Any, value: Any) -> list[str]:
    """What in ``value`` does not fit the schema, or is not in it at all. References are to places in the document."""
    resource: Resource[Any] = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_DOCUMENT, resource)
    validator = jsonschema.Draft202012Validator(_outside(schema), registry=registry, format_checker=FORMATS)
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    return wrong + list(_undescribed(document, schema, value, "$"))


def at(document: dict[str, Any], reference: str) -> Any:
    """What a reference like ``#/components/schemas/X`` points to."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def branches(document: dict[str, Any], schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all that it is put together from."""
    if "$ref" in schema:
        yield from branches(document, at(document, schema["$ref"]))
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(word, []):
            yield from branches(document, branch)


def _outside(schema: Any) -> Any:
    """The schema with its references spelled as they are for somebody outside of the document."""
    if isinstance(schema, dict):
        outside = {name: _outside(item) for name, item in schema.items()}
        return outside | ({"$ref": f"{_DOCUMENT}{schema['$ref']}"} if "$ref" in schema else {})
    return [_outside(item) for item in schema] if isinstance(schema, list) else schema


def _undescribed(document: dict[str, Any], schema: Any, value: Any, place: str) -> Iterator[str]:
    parts = list(branches(document, schema))
    if isinstance(value, list):
        items = [part["items"] for part in parts if "items" in part]
        for number, item in enumerate(value if items else []):
            yield from _undescribed(document, {"anyOf": items}, item, f"{place}[{number}]")
    if isinstance(value, dict) and (described := _properties(parts)) is not None:
        for name, item in value.items():
            if name in described:
                yield from _undescribed(document, {"anyOf": described[name]}, item, f"{place}.{name}")
            else:
                yield f"{place}: {name} is not described"


def _properties(parts: list[dict[str, Any]]) -> dict[str, list[Any]] | None:
    """The schemas of every property; None where others are welcome."""
    described: dict[str, list[Any]] = {}
    objects = [part for part in parts if "properties" in part]
    if not objects or any(part.get("additionalProperties") for part in parts):
        return None
    for part in objects:
        for name, schema in part["properties"].items():
            described.setdefault(name, []).append(schema)
    return described


def references(value: Any) -> Iterator[str]:
    """Every reference in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
