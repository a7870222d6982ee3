"""Dead letters on Kafka: read, put back where they came from, forgotten.

Kafka forgets records only up to an offset, so a table says which were dealt with in the middle; what precedes the first that
was not is deleted from the topic.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaError

from truesend.broker.dead_letters import header_text
from truesend.broker.topics import partitions_of
from truesend.contracts.topics import TOPICS
from truesend.store.queries import load_queries

SUFFIX = ".dlq"
MARK = "dlq_"
QUIET_MS = 500


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a dead letter lies: written ``topic:partition:offset``."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


def place_of(text: str) -> Place:
    """Read one. Raises ValueError that says what to write."""
    topic, _, rest = text.partition(":")
    partition, _, offset = rest.partition(":")
    if not (topic.endswith(SUFFIX) and partition.isdecimal() and offset.isdecimal()):
        raise ValueError("write <topic>.dlq:<partition>:<offset>, as truesend dlq list shows it")
    return Place(topic, int(partition), int(offset))


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter."""

    place: Place
    record: ConsumerRecord

    @property
    def headers(self) -> Mapping[str, str]:
        """All of its headers as text."""
        return {name: header_text(value) for name, value in self.record.headers}

    def summary(self) -> dict[str, Any]:
        """A line of the list."""
        headers = self.headers
        return {
            "id": str(self.place),
            "buried_at": datetime.fromtimestamp(self.record.timestamp / 1000, UTC).isoformat(),
            "type": headers.get("ce_type"),
            "key": (self.record.key or b"").decode(errors="replace"),
            "reason": headers.get(f"{MARK}reason"),
            "handler": headers.get(f"{MARK}handler"),
        }


class Letters:
    """The dead letters of one installation; ``prefix`` is put before every topic's name."""

    def __init__(self, client_options: Mapping[str, Any], prefix: str, database: asyncpg.Connection) -> None:
        self._options = client_options
        self._prefix = prefix
        self._database = database
        self._queries = load_queries("dead_letters")

    async def of(self, topics: Sequence[str]) -> list[Letter]:
        """Those that nobody has dealt with, the earliest first."""
        async with self._consumer() as consumer, self._admin() as admin:
            found: list[Letter] = []
            for topic, partitions in (await partitions_of(admin, topics)).items():
                done = {tuple(row) for row in await self._queries["done"].fetch(self._database, topic=topic)}
                found.extend(
                    Letter(Place(topic, record.partition, record.offset), record)
                    for record in await _records(consumer, partitions)
                    if (record.partition, record.offset, record.timestamp) not in done
                )
        return sorted(found, key=lambda letter: (letter.record.timestamp, letter.place))

    def topics(self) -> list[str]:
        """Every dead-letter topic."""
        return [f"{self._prefix}{topic.dead_letters}" for topic in TOPICS]

    async def replay(self, letters: Sequence[Letter]) -> None:
        """Put them back on the topics that they came from, then mark them. One that was put back twice is harmless: whoever
        reads takes a repeated record for what it is."""
        producer = AIOKafkaProducer(acks="all", **self._options)
        await producer.start()
        try:
            for letter in letters:
                headers = [(name, value) for name, value in letter.record.headers if not name.startswith(MARK)]
                origin = letter.place.topic.removesuffix(SUFFIX)
                await producer.send_and_wait(origin, letter.record.value, key=letter.record.key, headers=headers)
                await self._mark(letter, "replayed")
        finally:
            await producer.stop()
        await self._forget({letter.place.topic for letter in letters})

    async def drop(self, letters: Sequence[Letter]) -> None:
        """Deal with them by doing nothing."""
        for letter in letters:
            await self._mark(letter, "dropped")
        await self._forget({letter.place.topic for letter in letters})

    async def _mark(self, letter: Letter, action: str) -> None:
        place = letter.place
        await self._queries["mark_done"].execute(
            self._database,
            topic=place.topic,
            partition=place.partition,
            offset=place.offset,
            recorded_ms=letter.record.timestamp,
            action=action,
        )

    async def _forget(self, topics: set[str]) -> None:
        """Delete from Kafka what precedes the first letter that is left."""
        async with self._consumer() as consumer, self._admin() as admin:
            # the ends come first: what is buried after them is neither read below nor deleted
            parts = await partitions_of(admin, topics)
            ends = await consumer.end_offsets([partition for each in parts.values() for partition in each])
            left = await self.of(sorted(topics))
            for partitions in parts.values():
                before = {
                    partition: min(
                        [letter.place.offset for letter in left if _is_at(letter, partition)] + [ends[partition]]
                    )
                    for partition in partitions
                }
                await self._delete(admin, before)

    async def _delete(self, admin: AIOKafkaAdminClient, before: Mapping[TopicPartition, int]) -> None:
        try:
            await admin.delete_records(
                {partition: RecordsToDelete(before_offset=offset) for partition, offset in before.items()}
            )
        except (KafkaError, ValueError, AttributeError):
            return  # the embedded broker cannot: the table goes on hiding them
        for partition, offset in before.items():
            await self._queries["forget_done"].execute(
                self._database, topic=partition.topic, partition=partition.partition, before_offset=offset
            )

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(enable_auto_commit=False, auto_offset_reset="earliest", **self._options)
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self._options)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()


def _is_at(letter: Letter, partition: TopicPartition) -> bool:
    return (letter.place.topic, letter.place.partition) == (partition.topic, partition.partition)


async def _records(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> list[ConsumerRecord]:
    """All that the partitions hold now."""
    beginnings, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    wanted = [partition for partition in partitions if beginnings[partition] < ends[partition]]
    if not wanted:
        return []
    consumer.assign(wanted)
    found: list[ConsumerRecord] = []
    async with asyncio.timeout(60):
        await consumer.seek_to_beginning(*wanted)
        while any([await consumer.position(partition) < ends[partition] for partition in wanted]):
            for batch in (await consumer.getmany(timeout_ms=QUIET_MS)).values():
                found.extend(batch)
    return [record for record in found if record.offset < ends[TopicPartition(record.topic, record.partition)]]
