"""Publishing: as many records as there are at once, in order per key."""

import asyncio
from collections import Counter as Occurrences
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream.exceptions import IncorrectState
from faststream.kafka import KafkaBroker
from faststream.kafka.publisher.producer import AioKafkaFastProducerImpl
from prometheus_client import Counter

from truesend.broker.lanes import Lane, Message, all_lanes, partition_of
from truesend.broker.record_spans import publish_span
from truesend.contracts.cloudevents import CloudEventHeaders
from truesend.contracts.topics import Topic
from truesend.observability.spans import Span, Tracer, ending, tracer
from truesend.observability.tracing import new_traceparent

PUBLISHED = Counter("truesend_records_published", "Records that Kafka has confirmed.", ["topic"])
CONFIRM_TIMEOUT_S = 20.0


class PublishError(ConnectionError):
    """Kafka did not confirm a record in time. It may or may not be there."""


@dataclass(frozen=True, slots=True)
class Record:
    """What to publish. ``body`` is JSON; ``key`` is an id, and everything of one key stays in order. ``begins_trace``: where
    it has no traceparent it is the first of a trace, else of none."""

    topic: Topic
    key: UUID
    body: bytes
    event_type: str
    time: datetime
    event_id: UUID | None = None
    traceparent: str | None = None
    begins_trace: bool = False


class Publisher:
    """Publishes for one service."""

    def __init__(self, broker: KafkaBroker, *, topic_prefix: str, source: str) -> None:
        self._broker = broker
        self._topic_prefix = topic_prefix
        self._headers = CloudEventHeaders(source)
        self._lanes: dict[tuple[str, int], Lane] = {}

    async def publish(self, records: Sequence[Record], *, timeout_s: float = CONFIRM_TIMEOUT_S) -> None:
        """Publish all, in order per key. Raises PublishError unless Kafka confirmed every one within ``timeout_s``."""
        if not records:
            return
        traces = tracer()
        if traces is None:
            await self._publish(records, timeout_s)
            return
        spans = [_span(traces, record) for record in records]
        with ending(spans):
            await self._publish([_within(span, record) for span, record in zip(spans, records, strict=True)], timeout_s)

    async def _publish(self, records: Sequence[Record], timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                producer = _producer_of(self._broker)
                shares = await self._by_lane(producer, records)
                await all_lanes([lane.publish(producer, messages) for lane, messages in shares.items()])
        except (KafkaError, OSError, TimeoutError, IncorrectState) as error:
            raise PublishError(f"Kafka did not confirm {len(records)} record(s): {type(error).__name__}") from error
        for topic, count in Occurrences(record.topic.name for record in records).items():
            PUBLISHED.labels(topic).inc(count)

    async def _by_lane(self, producer: AIOKafkaProducer, records: Sequence[Record]) -> dict[Lane, list[Message]]:
        """Waits for the partitions of a topic that this process has not published to before."""
        topics = {record.topic.name: f"{self._topic_prefix}{record.topic.name}" for record in records}
        partitions = {name: tuple(sorted(await producer.partitions_for(topic))) for name, topic in topics.items()}
        shares: defaultdict[tuple[str, int], list[Message]] = defaultdict(list)
        for record in records:
            name, key = record.topic.name, str(record.key).encode()
            traceparent = record.traceparent or (new_traceparent() if record.begins_trace else None)
            headers = self._headers.of(record.event_id, record.event_type, record.time, traceparent)
            shares[topics[name], partition_of(key, partitions[name])].append(Message(key, record.body, headers))
        return {self._lane(*place): messages for place, messages in shares.items()}

    def _lane(self, topic: str, partition: int) -> Lane:
        lane = self._lanes.get((topic, partition))
        if lane is None:
            lane = self._lanes[topic, partition] = Lane(topic, partition)
        return lane


def _span(traces: Tracer, record: Record) -> Span | None:
    """None for a record that is of no trace."""
    if record.traceparent is None and not record.begins_trace:
        return None
    return publish_span(traces, record.topic, record.key, record.event_type, parent=record.traceparent)


def _within(span: Span | None, record: Record) -> Record:
    return record if span is None else replace(record, traceparent=span.traceparent)


def _producer_of(broker: KafkaBroker) -> AIOKafkaProducer:
    """FastStream's own, which it keeps to itself. Raises IncorrectState while the broker is not started."""
    return cast(AioKafkaFastProducerImpl, broker.config.producer)._producer.producer
