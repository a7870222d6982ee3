"""The AsyncAPI document of everything on Kafka, made from the topics, the models and the list of types.

Source: AsyncAPI 3.0.0; Kafka bindings 0.5.0.
"""

from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from truesend.contracts.channels import CHANNELS, Channel, Reader
from truesend.contracts.events import DeadLetter, MessageFact, SessionFact
from truesend.contracts.record_examples import example_headers, example_payload
from truesend.contracts.record_types import RecordType

Document = dict[str, Any]

KAFKA_BINDING = "0.5.0"
SCHEMAS = "#/components/schemas"
DESCRIPTION = """What Truesend's services say to one another on Kafka, and what others may read.

Bodies are JSON. A record's type is its header `ce_type` (CloudEvents 1.0, binary mode). Records of one key stay in order
and come at least once: take a repeated `ce_id` for what it is. Fields, types and topics are only ever added: ignore those
you don't know. `TRUESEND_TOPIC_PREFIX`, where it is set, stands before every topic's and every group's name."""

_CLOUDEVENT_HEADERS: Document = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka protocol binding, binary mode; and W3C trace context.",
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "The same again when a record comes again."},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "pattern": "^/truesend/(api|sender|verifier)$"},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"type": "string", "const": "application/json"},
        "traceparent": {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
        "correlation_id": {"type": "string", "description": "The same as ce_id."},
    },
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
}


def asyncapi_document() -> Document:
    """The whole document. The same at every call."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Truesend on Kafka",
            "version": "1",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap_servers}",
                "protocol": "kafka",
                "variables": {
                    "bootstrap_servers": {"default": "127.0.0.1:9092", "description": "KAFKA_BOOTSTRAP_SERVERS"}
                },
            }
        },
        "channels": dict(_channels()),
        "operations": dict(_operations()),
        "components": {"messages": dict(_messages()), "schemas": _schemas()},
    }


def _channels() -> Iterator[tuple[str, Document]]:
    for channel in CHANNELS:
        topic = channel.topic
        yield (
            topic.name,
            {
                "address": topic.name,
                "title": topic.name,
                "description": f"{channel.says} Key: the id of {channel.key}. What cannot be read goes to "
                f"{topic.dead_letters}.",
                "servers": [{"$ref": "#/servers/kafka"}],
                "messages": {item.value: {"$ref": f"#/components/messages/{item.value}"} for item in channel.types},
                "bindings": _topic_binding(topic.name, topic.retention_ms),
            },
        )
        yield (
            topic.dead_letters,
            {
                "address": topic.dead_letters,
                "title": topic.dead_letters,
                "description": f"Records of {topic.name} that could not be read or handled, as they came: body, key and "
                "headers, and beside them why.",
                "servers": [{"$ref": "#/servers/kafka"}],
                "messages": {"dead_letter": {"$ref": "#/components/messages/dead_letter"}},
                "bindings": _topic_binding(topic.dead_letters, topic.dead_letter_retention_ms),
            },
        )


def _topic_binding(name: str, retention_ms: int) -> Document:
    configuration = {"cleanup.policy": ["delete"], "retention.ms": retention_ms}
    return {"kafka": {"topic": name, "topicConfiguration": configuration, "bindingVersion": KAFKA_BINDING}}


def _messages() -> Iterator[tuple[str, Document]]:
    for channel in CHANNELS:
        for record_type in channel.types:
            yield record_type.value, _message(channel, record_type)
    yield "dead_letter", _dead_letter()


def _message(channel: Channel, record_type: RecordType) -> Document:
    body = f"{SCHEMAS}/{channel.model.__name__}"
    typed = {"allOf": [{"$ref": body}, _constants(channel, record_type)]}
    return {
        "name": record_type.value,
        "title": record_type.value,
        "summary": record_type.says,
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [
                {"$ref": f"{SCHEMAS}/CloudEventHeaders"},
                {"properties": {"ce_type": {"const": record_type.value}, "ce_source": {"enum": _sources(channel)}}},
            ],
        },
        "payload": typed,
        "correlationId": {"location": "$message.header#/ce_id"},
        "bindings": {"kafka": {"key": _key(channel), "bindingVersion": KAFKA_BINDING}},
        "examples": [
            {
                "name": record_type.value,
                "summary": record_type.says,
                "headers": example_headers(channel, record_type),
                "payload": example_payload(channel, record_type),
            }
        ],
    }


def _sources(channel: Channel) -> list[str]:
    return [f"/truesend/{writer}" for writer in channel.writers]


def _constants(channel: Channel, record_type: RecordType) -> Document:
    """What the type says of the body's own fields."""
    if channel.model in {SessionFact, MessageFact}:
        return {"properties": {"type": {"const": record_type.value}}}
    if "kind" in channel.model.model_fields:
        return {"properties": {"kind": {"const": record_type.value.partition(".")[2]}}}
    return {}


def _key(channel: Channel) -> Document:
    return {"type": "string", "format": "uuid", "description": f"The id of {channel.key}, as plain text."}


def _dead_letter() -> Document:
    return {
        "name": "dead_letter",
        "title": "dead_letter",
        "summary": "A record that could not be read or handled. Body and key are what they were.",
        "contentType": "application/octet-stream",
        "headers": {"$ref": f"{SCHEMAS}/DeadLetterHeaders"},
        "payload": {"description": "The bytes of the record as it came; they need not be JSON."},
        "examples": [
            {
                "name": "dead_letter",
                "summary": "A command without its session",
                "headers": {
                    "dlq_reason": "session_id: Field required",
                    "dlq_handler": "VerifySession",
                    "dlq_topic": "whatsapp.session.verify.v1",
                    "dlq_partition": "3",
                    "dlq_offset": "1042",
                },
                "payload": {"reason": "page_load"},
            }
        ],
    }


def _operations() -> Iterator[tuple[str, Document]]:
    for channel in CHANNELS:
        name = channel.topic.name
        for writer in channel.writers:
            yield f"{writer}_sends_to_{_short(name)}", _operation("send", channel, f"The {writer} writes to {name}.")
        for reader in channel.readers:
            yield f"{reader.service}_receives_from_{_short(name)}", _receiving(channel, reader)
            yield f"{reader.service}_buries_from_{_short(name)}", _burying(channel, reader)


def _operation(action: str, channel: Channel, summary: str) -> Document:
    place = f"#/channels/{channel.topic.name}"
    return {
        "action": action,
        "channel": {"$ref": place},
        "title": summary,
        "messages": [{"$ref": f"{place}/messages/{item.value}"} for item in channel.types],
    }


def _receiving(channel: Channel, reader: Reader) -> Document:
    operation = _operation("receive", channel, f"The {reader.service} reads {channel.topic.name}.")
    if reader.group is None:
        return {**operation, "description": "Every process reads everything, from now on: there is no group."}
    group = {"type": "string", "const": reader.group}
    return {**operation, "bindings": {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDING}}}


def _burying(channel: Channel, reader: Reader) -> Document:
    place = f"#/channels/{channel.topic.dead_letters}"
    return {
        "action": "send",
        "channel": {"$ref": place},
        "title": f"The {reader.service} puts aside what it cannot read of {channel.topic.name}.",
        "messages": [{"$ref": f"{place}/messages/dead_letter"}],
    }


def _short(topic: str) -> str:
    return "_".join(topic.split(".")[1:-1])


def _schemas() -> Document:
    """Bodies as readers must be prepared for them: what has a default may be absent."""
    models = sorted({channel.model for channel in CHANNELS}, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=f"{SCHEMAS}/{{model}}")
    headers = {"CloudEventHeaders": _CLOUDEVENT_HEADERS, "DeadLetterHeaders": _dead_letter_headers()}
    return {**schema["$defs"], **headers}


def _dead_letter_headers() -> Document:
    properties = {
        f"dlq_{name}": {"type": "string"} if field.annotation is str else {"type": "string", "pattern": "^[0-9]+$"}
        for name, field in DeadLetter.model_fields.items()
    }
    described = "Beside the headers that the record came with. A reason names a field, never its value."
    return {"type": "object", "description": described, "properties": properties, "required": list(properties)}
