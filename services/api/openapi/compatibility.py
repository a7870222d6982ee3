"""What a new document takes away from the published one. Fields, types, topics and operations are only ever added."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]


def removed(published: Document, new: Document) -> list[str]:
    """What readers may rely on and would not find any more, in words."""
    return sorted(set(_promises(published)) - set(_promises(new)))


def _promises(document: Document) -> Iterator[str]:
    yield from (f"topic {name}" for name in document.get("channels", {}))
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}"
            yield from (
                f"{method.upper()} {path}: answer {status}" for status in operation["responses"] if status < "3"
            )
    components = document.get("components", {})
    yield from (f"type {name}" for name in components.get("messages", {}))
    for name, schema in components.get("schemas", {}).items():
        yield from (f"field {name}.{field}" for field in schema.get("properties", {}))
