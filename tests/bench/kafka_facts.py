"""Facts as somebody else reads them: from Kafka, by a plain consumer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from tests.bench.stack import PARTITIONS
from tests.harness.background import in_background

_LARGEST_BATCH = 2000


class FactCounter:
    """Counts the distinct keys of one type of fact."""

    def __init__(self, event_type: str) -> None:
        self._type = event_type.encode()
        self._keys: set[bytes] = set()
        self._wanted = 0
        self._reached = asyncio.Event()
        self._reached_at = 0.0

    def expect(self, more: int) -> None:
        """So many keys are to come from now on."""
        self._wanted = len(self._keys) + more
        self._reached.clear()

    async def last(self, *, within_s: float) -> float:
        """When the last of them came, by ``perf_counter``. Raises TimeoutError with the number that are missing."""
        try:
            await asyncio.wait_for(self._reached.wait(), within_s)
        except TimeoutError:
            raise TimeoutError(f"{self._wanted - len(self._keys)} facts did not come within {within_s:g} s") from None
        return self._reached_at

    async def follow(self, consumer: AIOKafkaConsumer) -> None:
        """Count until cancelled."""
        while True:
            batches = await consumer.getmany(timeout_ms=1000, max_records=_LARGEST_BATCH)
            for records in batches.values():
                self._keys.update(record.key for record in records if ("ce_type", self._type) in record.headers)
            if len(self._keys) >= self._wanted and not self._reached.is_set():
                self._reached_at = time.perf_counter()
                self._reached.set()


@asynccontextmanager
async def counting(
    bootstrap_servers: str, topic: str, event_type: str, *, partitions: int = PARTITIONS
) -> AsyncIterator[FactCounter]:
    """Follow ``topic`` from now on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, fetch_max_wait_ms=100)
    await consumer.start()
    counter = FactCounter(event_type)
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        await consumer.seek_to_end()
        async with in_background(counter.follow(consumer)):
            yield counter
    finally:
        await consumer.stop()
