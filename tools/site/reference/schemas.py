"""JSON schemas as tables of fields."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tools.site.reference.markdown import table

Schema = Mapping[str, Any]
Types = Mapping[str, Schema]
_FORMATS: Final = {"uuid": "uuid", "date-time": "time", "date": "date", "uri": "URL", "time": "time of day"}


def name_of(reference: str) -> str:
    """The last part of a ``$ref``."""
    return reference.rsplit("/", 1)[-1]


def fields(schema: Schema, types: Types) -> str:
    """A table of an object's fields: name, what it may be, what it is."""
    required = schema.get("required", ())
    rows = [
        (f"`{name}`" + ("" if name in required else " (optional)"), kind(field, types), described(field))
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("field", "is", ""), rows)


def kind(schema: Schema, types: Types) -> str:
    """What a value may be, in a few words; an object of the document's `types` is linked, where the page has it."""
    if "$ref" in schema:
        name = name_of(schema["$ref"])
        return f"[{name}](#{name.lower()})" if "properties" in types[name] else kind(types[name], types)
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return " or ".join(dict.fromkeys(kind(each, types) for each in choices if each))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {kind(schema.get('items', {}), types)}"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"object of {kind(schema['additionalProperties'], types)}"
        case "string":
            return _FORMATS.get(schema.get("format", ""), "text")
        case None:
            return "anything"
        case other:
            return str(other)


def described(schema: Schema) -> str:
    """What a field says of itself, its limits and its default."""
    limits = list(_limits(schema))
    for choice in schema.get("anyOf", ()):
        limits += _limits(choice)
    if schema.get("default") not in (None, ""):
        limits.append(f"`{schema['default']}` if it is left out")
    said = " ".join(schema.get("description", "").split()).replace("``", "`")
    return (said + " " if said and not said.endswith(".") and limits else said) + (
        "; ".join(limits) and f"({'; '.join(limits)})"
    )


def _limits(schema: Schema) -> Iterator[str]:
    for name, words in (
        ("minimum", "{} or more"),
        ("exclusiveMinimum", "above {}"),
        ("maximum", "{} at most"),
        ("minLength", "{} characters or more"),
        ("maxLength", "{} characters at most"),
        ("minItems", "{} or more"),
        ("maxItems", "{} at most"),
    ):
        if name in schema:
            yield words.format(f"{schema[name]:,}")
