"""What the event streams carry. The facts are those on Kafka: docs/api/asyncapi.json tells of each type."""

from typing import Any

from pydantic.json_schema import models_json_schema

from truesend.contracts.events import MessageFact, SessionFact

SCHEMAS = "#/components/schemas"
_, _facts = models_json_schema(
    [(SessionFact, "validation"), (MessageFact, "validation")], ref_template=f"{SCHEMAS}/{{model}}"
)
LIVE_SCHEMAS: dict[str, Any] = _facts["$defs"]
for _fact in ("SessionFact", "MessageFact"):
    # on Kafka it is a header
    LIVE_SCHEMAS[_fact]["properties"]["traceparent"] = {
        "title": "Traceparent",
        "description": "The trace that the fact is of, as the header of that name.",
        "type": "string",
    }
_RESET = {
    "type": "object",
    "description": "Facts after this position are gone: read the lists anew.",
    "properties": {"after": {"type": "integer"}},
    "required": ["after"],
}
_PAIRING = {"$ref": f"{SCHEMAS}/PairingAnswer"}
LIVE_STREAMS: dict[str, dict[str, Any]] = {
    "stream_events": {
        "session": {"$ref": f"{SCHEMAS}/SessionFact"},
        "message": {"$ref": f"{SCHEMAS}/MessageFact"},
        "reset": _RESET,
    },
    "session_qr": {"qr": _PAIRING, "connected": _PAIRING},
}
