"""Request bodies as components: the routes read them by themselves, and give FastAPI a schema that stands alone."""

from typing import Any

from services.api.new_message import OFTEN_THE_CRMS

Document = dict[str, Any]

SCHEMAS = "#/components/schemas"
_THE_CRMS_COLUMN = {"description": "The CRM's own column, where its table has it; required where the table demands it."}


def lift_request_body(operation: Document, schemas: Document) -> None:
    """Put the body's schema, and those inside of it, among the components. Raises ValueError for two of one name."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    if "$ref" in schema or "title" not in schema:
        return
    inner = schema.pop("$defs", {})
    for name, found in {**inner, schema["title"]: schema}.items():
        _put(schemas, name, _with_the_crms(name, _pointing_here(found)))
    body = {"$ref": f"{SCHEMAS}/{schema['title']}"}
    # a body that may be left out may be null, too
    content["schema"] = body if operation["requestBody"]["required"] else {"anyOf": [body, {"type": "null"}]}


def _put(schemas: Document, name: str, schema: Document) -> None:
    if schemas.setdefault(name, schema) != schema:
        raise ValueError(f"two schemas have the name {name}")


def _pointing_here(value: Any) -> Any:
    """References to a schema's own definitions, as references to components."""
    if isinstance(value, dict):
        return {
            name: item.replace("#/$defs", SCHEMAS) if name == "$ref" else _pointing_here(item)
            for name, item in value.items()
        }
    return [_pointing_here(item) for item in value] if isinstance(value, list) else value


def _with_the_crms(name: str, schema: Document) -> Document:
    """A message may have what the CRM's table demands: its columns are known only where the database is."""
    if name != "NewMessage":
        return schema
    columns = {column: dict(_THE_CRMS_COLUMN) for column in sorted(OFTEN_THE_CRMS)}
    return {
        **schema,
        "properties": schema["properties"] | columns,
        "additionalProperties": {"description": "Any other column that the CRM's table demands; else 422."},
    }
