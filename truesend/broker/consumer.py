"""Consuming in batches, at least once, without a poison record ever stopping the rest."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, TypeVar

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import ConsumerProtocol
from prometheus_client import Counter
from pydantic import ValidationError

from truesend.broker.dead_letters import DeadLetterLimitReachedError, DeadLetters, header_text
from truesend.broker.record_spans import process_span
from truesend.contracts.events import Contract
from truesend.contracts.topics import Topic
from truesend.observability.outside_failures import OUTSIDE_FAILURES
from truesend.observability.spans import Span, Tracer, ending, tracer

CONSUMED = Counter("truesend_records_consumed", "Records taken from Kafka.", ["topic"])
# FastStream sleeps this long after a poll without records, deaf to what arrives meanwhile: so no poll is without.
WAIT_FOR_RECORDS_MS = 5 * 365 * 24 * 3_600_000
STOP_LOOK_S = 0.2
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
    a record that cannot be read, or that the handler chokes on by itself, goes to the dead letters with its reason. When
    these are too many, the consumer stands still before the next such record, and tries it again from time to time.
    Without a ``group`` every process reads everything, from now on. A handler that takes longer than ``longest_batch_s``
    loses its partitions to another process.
    """
    subscriber = broker.subscriber(
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
        parser=_unparsed,
        decoder=_as_it_came,
    )
    CONSUMED.labels(topic.name)
    dead_letters.watch(topic)
    consumer = _BatchConsumer(
        topic, model, handler, dead_letters, group=group, is_running=lambda: bool(subscriber.running)
    )

    @subscriber(filter=_every)
    async def consume(batch: _Batch) -> None:
        await consumer.take(batch.records, batch.consumer)


class _Batch(NamedTuple):
    records: Sequence[ConsumerRecord]
    consumer: ConsumerProtocol


async def _unparsed(records: Any, original: Any) -> Any:
    """Have FastStream parse one record for its batch. It would decode every header, and raises for one that is no text."""
    message = await original((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def _as_it_came(message: Any, _original: object) -> _Batch:
    """Keep FastStream from decoding what our contracts read by themselves."""
    return _Batch(message.raw_message, message.consumer)


async def _every(_message: object) -> bool:
    """As FastStream's own filter, which is no coroutine and would be sent to a thread, and waited for, with every batch."""
    return True


class _BatchConsumer(Generic[ContractT]):
    def __init__(
        self,
        topic: Topic,
        model: type[ContractT],
        handler: Handler[ContractT],
        dead_letters: DeadLetters,
        *,
        group: str | None,
        is_running: Callable[[], bool],
    ) -> None:
        self._topic = topic
        self._model = model
        self._handler = handler
        self._dead_letters = dead_letters
        self._group = group
        self._is_running = is_running

    async def take(self, records: Sequence[ConsumerRecord], consumer: ConsumerProtocol) -> None:
        CONSUMED.labels(self._topic.name).inc(len(records))
        left = deque(records)
        try:
            await self._work_off(left)
        except DeadLetterLimitReachedError as reached:
            await self._go_back(left, consumer)
            with self._dead_letters.standing_still(self._topic, left[0]):
                await self._wait(reached.wait_s)

    async def _wait(self, seconds: float) -> None:
        """Unless the consumer is stopped meanwhile: whoever stops it waits for us."""
        until = time.monotonic() + seconds
        # FastStream tells of its stop by a flag alone
        while self._is_running() and (left_s := until - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left_s, STOP_LOOK_S))

    async def _work_off(self, left: deque[ConsumerRecord]) -> None:
        """Handle and bury strictly in order; what is in ``left`` when it raises was neither handled nor buried."""
        while left:
            readable, reason = self._read(left)
            if readable:
                await self._handle_run(left, readable)
            if reason is not None:
                await self._bury(left[0], reason)
                left.popleft()

    def _read(self, left: Sequence[ConsumerRecord]) -> tuple[list[Received[ContractT]], str | None]:
        """Those before the first that cannot be read, and why that one cannot; None where all can."""
        readable: list[Received[ContractT]] = []
        for record in left:
            try:
                body = self._model.model_validate_json(record.value or b"")
            except ValidationError as error:
                return readable, _first_reason(error)
            readable.append(Received(body, _header(record, "traceparent")))
        return readable, None

    async def _handle_run(self, left: deque[ConsumerRecord], run: Sequence[Received[ContractT]]) -> None:
        traces = tracer()
        if traces is None:
            await self._handle_all(left, run)
            return
        spans = [self._span(traces, received, batch=len(run)) for received in run]
        with ending(spans):
            await self._handle_all(left, [_within(span, received) for span, received in zip(spans, run, strict=True)])

    def _span(self, traces: Tracer, received: Received[ContractT], *, batch: int) -> Span | None:
        """None for a record that is of no trace."""
        if received.traceparent is None:
            return None
        return process_span(traces, self._topic, group=self._group, batch=batch, parent=received.traceparent)

    async def _handle_all(self, left: deque[ConsumerRecord], run: Sequence[Received[ContractT]]) -> None:
        try:
            await self._handle(run)
        except Exception as error:
            log.warning("a batch failed, its records are tried one by one", topic=self._topic.name, exc_info=error)
            for received in run:
                await self._handle_alone(left[0], received)
                left.popleft()
        else:
            for _ in run:
                left.popleft()

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

    async def _go_back(self, left: Sequence[ConsumerRecord], consumer: ConsumerProtocol) -> None:
        """Have what is left read again, here or, when this process ends, by another; and commit what was done."""
        first: dict[TopicPartition, int] = {}
        for record in left:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        try:
            for partition, offset in first.items():
                consumer.seek(partition, offset)
            if self._group is not None:
                await consumer.commit()
        except KafkaError as error:
            # another process has the partition now, and reads it from the last commit
            log.warning("a consumer could not go back", topic=self._topic.name, error=type(error).__name__)


def _within(span: Span | None, received: Received[ContractT]) -> Received[ContractT]:
    return received if span is None else replace(received, traceparent=span.traceparent)


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


def _header(record: ConsumerRecord, name: str) -> str | None:
    for key, value in record.headers:
        if key == name:
            return header_text(value)
    return None
