"""A topic's partition, and how records get into it: in order, as one batch that is confirmed at once."""

import asyncio
from collections.abc import Coroutine, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from truesend.contracts.cloudevents import Header

# Fewer are left to aiokafka, which puts those of several callers into one batch while another is under way.
BATCH_FROM = 4
KEYS_REMEMBERED = 8192

_Confirmations = list["asyncio.Future[object]"]
_partition_of_key = DefaultPartitioner()


class Message(NamedTuple):
    """A record as Kafka takes it."""

    key: bytes
    body: bytes
    headers: list[Header]


class Lane:
    """One partition. Whoever comes later waits here for those who came before: none of its records overtakes theirs."""

    def __init__(self, topic: str, partition: int) -> None:
        self._topic = topic
        self._partition = partition
        self._turn = asyncio.Lock()

    async def publish(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        """Returns when Kafka has confirmed all. Raises what aiokafka raises."""
        async with self._turn:
            if len(messages) < BATCH_FROM:
                confirmations = await self._one_by_one(producer, messages)
            else:
                confirmations = await self._in_batches(producer, messages)
        await asyncio.gather(*confirmations)

    async def _one_by_one(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> _Confirmations:
        return [
            await producer.send(
                self._topic, message.body, message.key, partition=self._partition, headers=message.headers
            )
            for message in messages
        ]

    async def _in_batches(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> _Confirmations:
        """One batch, or as many as the producer's size asks for; each waits until the one before it is on its way."""
        confirmations: _Confirmations = []
        batch = producer.create_batch()
        for key, body, headers in messages:
            if batch.append(timestamp=None, key=key, value=body, headers=headers) is None:
                confirmations.append(await producer.send_batch(batch, self._topic, partition=self._partition))
                batch = producer.create_batch()
                # an empty one takes a record of any size
                batch.append(timestamp=None, key=key, value=body, headers=headers)
        confirmations.append(await producer.send_batch(batch, self._topic, partition=self._partition))
        return confirmations


async def all_lanes(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Wait for all. The first that fails ends the others: nothing is published once its publisher was told that it failed."""
    # a task even for one alone: without, it would get to its lane before the tasks of whoever asked just before
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


@lru_cache(maxsize=KEYS_REMEMBERED)
def partition_of(key: bytes, partitions: tuple[int, ...]) -> int:
    """Where every Kafka client puts this key. Remembered: a session's key comes again and again."""
    return int(_partition_of_key(key, partitions, partitions))
