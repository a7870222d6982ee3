"""The spans of a record on Kafka, at either end. Source: OpenTelemetry, semantic conventions for messaging and for Kafka.

A record handled in a batch has a span of its own all the same, under the one that published it: its trace goes on.
"""

from uuid import UUID

from truesend.contracts.topics import Topic
from truesend.observability.spans import Span, SpanKind, Tracer


def publish_span(traces: Tracer, topic: Topic, key: UUID, event_type: str, *, parent: str | None) -> Span:
    """Until Kafka has confirmed it."""
    return traces.begin(
        f"send {topic.name}",
        SpanKind.PRODUCER,
        parent=parent,
        attributes=_attributes("send", topic)
        | {"messaging.kafka.message.key": str(key), "truesend.record.type": event_type},
    )


def process_span(traces: Tracer, topic: Topic, *, group: str | None, batch: int, parent: str) -> Span:
    """Until its handler is done with the batch of this size that it is in."""
    attributes = _attributes("process", topic) | {"messaging.batch.message_count": batch}
    if group is not None:
        attributes |= {"messaging.consumer.group.name": group}
    return traces.begin(f"process {topic.name}", SpanKind.CONSUMER, parent=parent, attributes=attributes)


def _attributes(operation: str, topic: Topic) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic.name,
    }
