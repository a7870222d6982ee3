"""Records that cannot be handled: kept whole in ``<topic>.dlq``, with the reason and where they came from."""

import asyncio

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from prometheus_client import Counter

from truesend.contracts.topics import Topic

BURIED = Counter("truesend_dead_letters", "Records moved to a dead-letter topic.", ["topic"])
REASON_LIMIT = 500
PAUSE_S = 1.0

log = structlog.get_logger(__name__)


def header_text(value: bytes | None) -> str:
    """A header's value as text, whatever another writer has put there; Kafka allows bytes of any kind, and none."""
    return (value or b"").decode(errors="replace")


class DeadLetters:
    """Buries records for one process."""

    def __init__(self, broker: KafkaBroker, *, topic_prefix: str) -> None:
        self._broker = broker
        self._topic_prefix = topic_prefix

    async def bury(self, topic: Topic, record: ConsumerRecord, *, reason: str, handler: str) -> None:
        """Keep the record, its headers too. Returns only when Kafka has it: a lost dead letter is lost work."""
        headers = {key: header_text(value) for key, value in record.headers}
        headers |= {
            "dlq_reason": reason[:REASON_LIMIT],
            "dlq_handler": handler,
            "dlq_topic": record.topic,
            "dlq_partition": str(record.partition),
            "dlq_offset": str(record.offset),
        }
        while True:
            try:
                await self._broker.publish(
                    record.value or b"",
                    f"{self._topic_prefix}{topic.dead_letters}",
                    key=record.key,
                    headers=headers,
                )
                break
            except (KafkaError, OSError) as error:
                log.warning("waiting to bury a record", topic=topic.name, error=type(error).__name__)
                await asyncio.sleep(PAUSE_S)
        BURIED.labels(topic.name).inc()
        log.error("a record went to the dead letters", topic=topic.name, offset=record.offset, reason=reason)
