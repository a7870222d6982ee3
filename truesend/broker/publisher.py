"""Publishing: one record at a time, gathered. FastStream's own batch would put all of them into one partition."""

import asyncio
from collections import Counter as Occurrences
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from aiokafka.errors import KafkaError
from faststream.exceptions import IncorrectState
from faststream.kafka import KafkaBroker
from prometheus_client import Counter

from truesend.contracts.cloudevents import cloudevent_headers
from truesend.contracts.topics import Topic

PUBLISHED = Counter("truesend_records_published", "Records that Kafka has confirmed.", ["topic"])
CONFIRM_TIMEOUT_S = 20.0


class PublishError(ConnectionError):
    """Kafka did not confirm a record in time. It may or may not be there."""


@dataclass(frozen=True, slots=True)
class Record:
    """What to publish. ``body`` is JSON; ``key`` is an id, and everything of one key stays in order."""

    topic: Topic
    key: UUID
    body: bytes
    event_type: str
    time: datetime
    event_id: UUID | None = None
    traceparent: str | None = None


class Publisher:
    """Publishes for one service."""

    def __init__(self, broker: KafkaBroker, *, topic_prefix: str, source: str) -> None:
        self._broker = broker
        self._topic_prefix = topic_prefix
        self._source = source

    async def publish(self, records: Sequence[Record], *, timeout_s: float = CONFIRM_TIMEOUT_S) -> None:
        """Publish all, in order per key. Raises PublishError unless Kafka confirmed every one within ``timeout_s``."""
        if not records:
            return
        try:
            async with asyncio.timeout(timeout_s):
                confirmations = [await self._send(record) for record in records]
                await asyncio.gather(*confirmations)
        except (KafkaError, OSError, TimeoutError, IncorrectState) as error:
            raise PublishError(f"Kafka did not confirm {len(records)} record(s): {type(error).__name__}") from error
        for topic, count in Occurrences(record.topic.name for record in records).items():
            PUBLISHED.labels(topic).inc(count)

    async def _send(self, record: Record) -> "asyncio.Future[object]":
        event_id = record.event_id or uuid4()
        return await self._broker.publish(
            record.body,
            f"{self._topic_prefix}{record.topic.name}",
            key=str(record.key).encode(),
            headers=cloudevent_headers(
                event_id=event_id,
                event_type=record.event_type,
                source=self._source,
                time=record.time,
                traceparent=record.traceparent,
            ),
            correlation_id=str(event_id),
            no_confirm=True,
        )
