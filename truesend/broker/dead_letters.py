"""Records that cannot be handled: kept whole in ``<topic>.dlq``, with the reason and where they came from.

There is a limit to it. Where a newer writer, or a defect of ours, makes every record unreadable, burying them would empty the
topic into the dead letters within minutes; above the limit the consumer stands still instead, and says so.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from prometheus_client import Counter, Gauge

from truesend.broker.dead_letter_limit import WINDOW_S, DeadLetterLimit
from truesend.contracts.topics import Topic

BURIED = Counter("truesend_dead_letters", "Records moved to a dead-letter topic.", ["topic"])
STANDING_STILL = Gauge(
    "truesend_consumer_standing_still", "1 while a consumer stands still for too many dead letters.", ["topic"]
)
REASON_LIMIT = 500
PAUSE_S = 1.0
ADVICE = (
    "look at them with truesend dlq list; mend what writes or what reads them, and restart; or let them go with a "
    "larger DEAD_LETTERS_PER_MINUTE"
)

log = structlog.get_logger(__name__)


def header_text(value: bytes | None) -> str:
    """A header's value as text, whatever another writer has put there; Kafka allows bytes of any kind, and none."""
    return (value or b"").decode(errors="replace")


class DeadLetterLimitReachedError(Exception):
    """A record was not buried, since too many were. It may be tried again after ``wait_s``."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many dead letters, again in {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Standstill:
    """Where a consumer stands still."""

    topic: str
    partition: int
    offset: int


class DeadLetters:
    """Buries records for one process: of each topic ``per_minute`` at most (a minute is ``window_s``)."""

    def __init__(self, broker: KafkaBroker, *, topic_prefix: str, per_minute: int, window_s: float = WINDOW_S) -> None:
        self._broker = broker
        self._topic_prefix = topic_prefix
        self._per_minute = per_minute
        self._window_s = window_s
        self._limits: dict[str, DeadLetterLimit] = {}
        self._standstills: dict[str, Standstill] = {}

    def watch(self, topic: Topic) -> None:
        """Records of this topic may come: tell of none, rather than nothing, until one does."""
        BURIED.labels(topic.name)
        STANDING_STILL.labels(topic.name)

    async def bury(self, topic: Topic, record: ConsumerRecord, *, reason: str, handler: str) -> None:
        """Keep the record, its headers too. Returns only when Kafka has it: a lost dead letter is lost work.

        Raises DeadLetterLimitReachedError when it is one too many; nothing is buried then.
        """
        limit = self._limits.setdefault(topic.name, DeadLetterLimit(self._per_minute, window_s=self._window_s))
        if wait_s := limit.wait_s():
            raise DeadLetterLimitReachedError(wait_s)
        await self._keep(topic, record, reason=reason, handler=handler)
        limit.buried()
        BURIED.labels(topic.name).inc()
        log.error("a record went to the dead letters", topic=topic.name, offset=record.offset, reason=reason)

    @contextlib.contextmanager
    def standing_still(self, topic: Topic, record: ConsumerRecord) -> Iterator[None]:
        """Until the block ends, the consumer of this topic stands still before this record: say so wherever it is asked."""
        self._standstills[topic.name] = Standstill(topic.name, record.partition, record.offset)
        STANDING_STILL.labels(topic.name).set(1)
        log.error(
            "a consumer stands still: too many of its records cannot be handled",
            topic=topic.name,
            partition=record.partition,
            offset=record.offset,
            dead_letters_per_minute=self._per_minute,
            advice=ADVICE,
        )
        try:
            yield
        finally:
            del self._standstills[topic.name]
            STANDING_STILL.labels(topic.name).set(0)

    async def problem(self) -> str | None:
        """None while every consumer moves, else which stands still, why, and what to do."""
        if not self._standstills:
            return None
        where = ", ".join(f"{each.topic}:{each.partition}:{each.offset}" for each in self._standstills.values())
        return f"standing still at {where}: over {self._per_minute} dead letters in a minute; {ADVICE}"

    async def _keep(self, topic: Topic, record: ConsumerRecord, *, reason: str, handler: str) -> None:
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
                return
            except (KafkaError, OSError) as error:
                log.warning("waiting to bury a record", topic=topic.name, error=type(error).__name__)
                await asyncio.sleep(PAUSE_S)
