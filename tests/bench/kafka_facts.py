"""Facts as somebody else reads them: from Kafka, by a plain consumer.

While they come, only the ends of Kafka's logs are asked for: whoever reads and unpacks each fact takes a tenth of what
sending its message takes, on the same cores. They are read when there are enough of them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from tests.bench.stack import PARTITIONS

_LARGEST_BATCH = 2000
_LOOK_S = 0.01
_FAR_LOOK_S = 0.05


class FactCounter:
    """Counts the distinct keys of one type of fact."""

    def __init__(self, consumer: AIOKafkaConsumer, event_type: str) -> None:
        self._consumer = consumer
        self._type = event_type.encode()
        self._keys: set[bytes] = set()
        self._wanted = 0

    def expect(self, more: int) -> None:
        """So many keys are to come from now on."""
        self._wanted = len(self._keys) + more

    async def last(self, *, within_s: float) -> float:
        """When the last of them was there, by ``perf_counter``. Raises TimeoutError with the number that are missing."""
        try:
            async with asyncio.timeout(within_s):
                while (missing := self._wanted - len(self._keys)) > 0:
                    ends = await self._ends()
                    seen_at = time.perf_counter()
                    ahead = await self._ahead(ends)
                    if ahead < missing:
                        await asyncio.sleep(_FAR_LOOK_S if ahead < missing // 2 else _LOOK_S)
                        continue
                    await self._read_up_to(ends)
        except TimeoutError:
            await self._read_up_to(await self._ends())
            missing = self._wanted - len(self._keys)
            raise TimeoutError(f"{missing} facts did not come within {within_s:g} s") from None
        return seen_at

    async def _ends(self) -> Mapping[TopicPartition, int]:
        ends: Mapping[TopicPartition, int] = await self._consumer.end_offsets(self._consumer.assignment())
        return ends

    async def _ahead(self, ends: Mapping[TopicPartition, int]) -> int:
        return sum([end - await self._consumer.position(partition) for partition, end in ends.items()])

    async def _read_up_to(self, ends: Mapping[TopicPartition, int]) -> None:
        while await self._ahead(ends) > 0:
            batches = await self._consumer.getmany(timeout_ms=1000, max_records=_LARGEST_BATCH)
            for records in batches.values():
                self._keys.update(record.key for record in records if ("ce_type", self._type) in record.headers)


@asynccontextmanager
async def counting(
    bootstrap_servers: str, topic: str, event_type: str, *, partitions: int = PARTITIONS
) -> AsyncIterator[FactCounter]:
    """Follow ``topic`` from now on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, fetch_max_wait_ms=100)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        await consumer.seek_to_end()
        yield FactCounter(consumer, event_type)
    finally:
        await consumer.stop()
