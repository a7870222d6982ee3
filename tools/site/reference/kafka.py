"""The page of what is on Kafka, written from docs/api/asyncapi.json."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tools.site.reference.markdown import paragraph, table
from tools.site.reference.schemas import fields, name_of

_DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "api" / "asyncapi.json"
_DEAD: Final = ".dlq"
_HOUR_MS: Final = 3_600_000
_HEAD: Final = """# Kafka

{description}

The same as AsyncAPI is [asyncapi.json](../api/asyncapi.json). What may be relied on is said
[with the contracts](../api/README.md#what-stays-as-it-is). Each topic has one for dead letters, with `.dlq` at its end
([how they are handled](../operating/index.md#dead-letters)).

This page is written from the published contract by `make docs`.

"""


def kafka_page() -> str:
    """The page, in Markdown."""
    document = json.loads(_DOCUMENT.read_text())
    types = document["components"]["schemas"]
    channels = {name: channel for name, channel in document["channels"].items() if not name.endswith(_DEAD)}
    parts = [
        _HEAD.format(description=document["info"]["description"]),
        table(("topic", "kept", "written by", "read by"), _topics(document, channels)),
    ]
    parts += [_topic(name, channel, document) for name, channel in channels.items()]
    parts.append("\n## Headers\n\nOf each record:\n\n" + fields(types["CloudEventHeaders"], types))
    parts.append("\nOf a dead letter, beside those of the record:\n\n" + fields(types["DeadLetterHeaders"], types))
    return "".join(parts)


def _topics(document: Mapping[str, Any], channels: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for name, channel in channels.items():
        hours = channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] // _HOUR_MS
        kept = f"{hours // 24} days" if hours > 24 else {1: "an hour", 24: "a day"}.get(hours, f"{hours} hours")
        writers, readers = _who(document, name, "send"), _who(document, name, "receive")
        yield f"[`{name}`](#{name.replace('.', '')})", kept, writers, readers


def _who(document: Mapping[str, Any], topic: str, action: str) -> str:
    found = {
        operation["title"].split()[1]
        for operation in document["operations"].values()
        if operation["action"] == action and name_of(operation["channel"]["$ref"]) == topic
    }
    return ", ".join(sorted(found))


def _topic(name: str, channel: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    messages = [document["components"]["messages"][name_of(each["$ref"])] for each in channel["messages"].values()]
    parts = [
        f"\n## {name}\n",
        paragraph(channel["description"]) + "\n",
        table(("`ce_type`", "means"), ((f"`{each['name']}`", each["summary"]) for each in messages)),
    ]
    for body in dict.fromkeys(
        name_of(each["payload"]["allOf"][0]["$ref"]) for each in messages if "allOf" in each["payload"]
    ):
        types = document["components"]["schemas"]
        parts += [f"### {body}\n", paragraph(types[body].get("description", "")) + "\n", fields(types[body], types)]
    example = messages[0]["examples"][0]["payload"]
    parts.append(
        f"For example, `{messages[0]['name']}`:\n\n```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```\n"
    )
    return "\n".join(parts)
