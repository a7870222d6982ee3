"""Consuming in batches, at least once, without a poison record ever stopping the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from prometheus_client import Counter
from pydantic import ValidationError

from truesend.broker.dead_letters import DeadLetters, header_text
from truesend.contracts.events import Contract
from truesend.contracts.topics import Topic
from truesend.observability.outside_failures import OUTSIDE_FAILURES

CONSUMED = Counter("truesend_records_consumed", "Records taken from Kafka.", ["topic"])
# FastStream sleeps this long after a poll without records, deaf to what arrives meanwhile: so no poll is without.
WAIT_FOR_RECORDS_MS = 5 * 365 * 24 * 3_600_000
RETRY_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 5.0)

ContractT = TypeVar("ContractT", bound=Contract)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Received(Generic[ContractT]):
    """A record that fits its contract."""

    body: ContractT
    traceparent: str | None


Handler = Callable[[Sequence[Received[ContractT]]], Awaitable[None]]


def subscribe(
    broker: KafkaBroker,
    topic: Topic,
    model: type[ContractT],
    handler: Handler[ContractT],
    *,
    group: str | None,
    topic_prefix: str,
    dead_letters: DeadLetters,
    session_timeout_ms: int = 10_000,
    max_records: int = 500,
    longest_batch_s: float = 600.0,
    from_start: bool = True,
) -> None:
    """Hand every record of ``topic`` to ``handler``, in batches and in order per partition.

    Offsets are committed when the handler has returned. Postgres or Kafka being away is waited out with the same batch;
    a record that cannot be read, or that the handler chokes on by itself, goes to the dead letters with its reason.
    Without a ``group`` every process reads everything, from now on. A handler that takes longer than ``longest_batch_s``
    loses its partitions to another process.
    """
    consumer = _BatchConsumer(topic, model, handler, dead_letters)

    @broker.subscriber(
        f"{topic_prefix}{topic.name}",
        batch=True,
        max_records=max_records,
        batch_timeout_ms=WAIT_FOR_RECORDS_MS,
        fetch_max_wait_ms=250,
        group_id=group,
        auto_offset_reset="earliest" if from_start else "latest",
        ack_policy=AckPolicy.ACK if group else AckPolicy.ACK_FIRST,
        max_poll_interval_ms=int(longest_batch_s * 1000),
        session_timeout_ms=session_timeout_ms,
        heartbeat_interval_ms=session_timeout_ms // 4,
        title=f"{topic.name} by {group}",
        parser=_parsed_whatever_its_headers,
        decoder=_undecoded,
    )
    async def consume(_bodies: Any, message: KafkaMessage) -> None:
        await consumer.take(message.raw_message)


async def _parsed_whatever_its_headers(records: Any, original: Any) -> Any:
    """Parse a batch as FastStream does, which raises for a header that is no text: the whole batch would be lost."""
    try:
        return await original(records)
    except (UnicodeDecodeError, AttributeError):
        message = await original(tuple(replace(record, headers=()) for record in records))
        message.raw_message = records
        return message


async def _undecoded(_message: object, _original: object) -> None:
    """Keep FastStream from decoding what our contracts read by themselves."""


class _BatchConsumer(Generic[ContractT]):
    def __init__(
        self, topic: Topic, model: type[ContractT], handler: Handler[ContractT], dead_letters: DeadLetters
    ) -> None:
        self._topic = topic
        self._model = model
        self._handler = handler
        self._dead_letters = dead_letters

    async def take(self, records: Sequence[ConsumerRecord]) -> None:
        CONSUMED.labels(self._topic.name).inc(len(records))
        readable = [(record, body) for record in records if (body := await self._read(record)) is not None]
        if not readable:
            return
        try:
            await self._handle([received for _, received in readable])
        except Exception as error:
            log.warning("a batch failed, its records are tried one by one", topic=self._topic.name, exc_info=error)
            for record, received in readable:
                await self._handle_alone(record, received)

    async def _read(self, record: ConsumerRecord) -> Received[ContractT] | None:
        try:
            body = self._model.model_validate_json(record.value or b"")
        except ValidationError as error:
            await self._bury(record, _first_reason(error))
            return None
        return Received(body, _header(record, "traceparent"))

    async def _handle(self, batch: Sequence[Received[ContractT]]) -> None:
        attempt = 0
        while True:
            try:
                return await self._handler(batch)
            except OUTSIDE_FAILURES as error:
                pause_s = RETRY_PAUSES_S[min(attempt, len(RETRY_PAUSES_S) - 1)]
                attempt += 1
                log.warning("waiting to handle a batch", topic=self._topic.name, error=type(error).__name__)
                await asyncio.sleep(pause_s)

    async def _handle_alone(self, record: ConsumerRecord, received: Received[ContractT]) -> None:
        try:
            await self._handle([received])
        except Exception as error:
            await self._bury(record, f"{type(error).__name__}")

    async def _bury(self, record: ConsumerRecord, reason: str) -> None:
        await self._dead_letters.bury(self._topic, record, reason=reason, handler=self._model.__name__)


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


def _header(record: ConsumerRecord, name: str) -> str | None:
    return next((header_text(value) for key, value in record.headers if key == name), None)
