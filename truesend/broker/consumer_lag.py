"""How many records each consumer group has not read yet. Kafka is asked, not the consumers: one that hangs, or that nobody
has started, has no figure of its own.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from truesend.broker.factory import kafka_client_options
from truesend.broker.topics import partitions_of
from truesend.contracts.channels import CHANNELS
from truesend.contracts.topics import GATEWAY_FORWARD
from truesend.observability.snapshot import Described, Snapshot
from truesend.settings import KafkaSettings

EVERY_S = 15.0
# With the rest after it no longer than liveness allows for: a slow Kafka must cost figures only.
LONGEST_S = 20.0
PARTITIONS_FOR_PASSES = 20
REQUEST_TIMEOUT_MS = 3_000
LAG = "truesend_consumer_lag_records"
FOUND = Snapshot(Described(LAG, "Records of the topic that the consumer group has not read yet.", ("topic", "group")))


class ConsumerLag:
    """Looks after all groups, over connections of its own. ``one_pass`` is run by a Loop."""

    def __init__(self, settings: KafkaSettings, *, forwards: bool) -> None:
        """``forwards``: webhooks are passed on to a CRM, by a group that no other installation has."""
        self._options: dict[str, Any] = {**kafka_client_options(settings), "request_timeout_ms": REQUEST_TIMEOUT_MS}
        self._prefix = settings.truesend_topic_prefix
        self._readers = [
            (channel.topic.name, reader.group)
            for channel in CHANNELS
            for reader in channel.readers
            if reader.group is not None and (forwards or channel.topic is not GATEWAY_FORWARD)
        ]
        self._clients: tuple[AIOKafkaAdminClient, AIOKafkaConsumer] | None = None
        self._partitions: Mapping[str, list[TopicPartition]] = {}
        self._passes = 0

    async def one_pass(self) -> float:
        """Ask Kafka. Returns the seconds to rest. Raises what Kafka raises, and TimeoutError; then nothing is told."""
        try:
            async with asyncio.timeout(LONGEST_S):
                FOUND.tell({LAG: await self._look(*await self._connected())})
        except BaseException:
            FOUND.forget()
            await self.close()
            raise
        return EVERY_S

    async def close(self) -> None:
        """Let go of Kafka."""
        clients, self._clients, self._partitions = self._clients, None, {}
        if clients is not None:
            await _close(*clients)

    async def _connected(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._clients is None:
            admin = AIOKafkaAdminClient(**self._options)
            consumer = AIOKafkaConsumer(enable_auto_commit=False, **self._options)
            try:
                await admin.start()
                await consumer.start()
            except BaseException:
                await _close(admin, consumer)
                raise
            self._clients = admin, consumer
        return self._clients

    async def _known_partitions(self, admin: AIOKafkaAdminClient) -> Mapping[str, list[TopicPartition]]:
        """Asked anew now and then, and while some are missing: others may have thousands of topics there."""
        topics = {f"{self._prefix}{topic}" for topic, _ in self._readers}
        if topics - self._partitions.keys() or self._passes % PARTITIONS_FOR_PASSES == 0:
            self._partitions = await partitions_of(admin, topics)
        self._passes += 1
        return self._partitions

    async def _look(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> dict[tuple[str, ...], float]:
        partitions = await self._known_partitions(admin)
        everything = [each for found in partitions.values() for each in found]
        ends, beginnings = await consumer.end_offsets(everything), await consumer.beginning_offsets(everything)
        lags: dict[tuple[str, ...], float] = {}
        for topic, group in self._readers:
            read = partitions.get(f"{self._prefix}{topic}", [])
            committed = await committed_by(admin, f"{self._prefix}{group}", read)
            if committed is not None:
                lags[topic, group] = sum(max(0, ends[each] - max(committed[each], beginnings[each])) for each in read)
        return lags


async def committed_by(
    admin: AIOKafkaAdminClient, group: str, partitions: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int] | None:
    """Where the group goes on in each of these; -1 where it has not begun. None while Kafka does not say, as just after its
    start: all that is on the topic would pass for unread.

    aiokafka reads over an error that an answer has for all of them: they are missing from it then. They are named, since the
    embedded broker can't tell of all.
    """
    if not partitions:
        return {}
    try:
        offsets = await admin.list_consumer_group_offsets(group, partitions=list(partitions))
    except GroupCoordinatorNotAvailableError:
        return None
    if not offsets.keys() >= set(partitions):
        return None
    return {partition: place.offset for partition, place in offsets.items()}


async def _close(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
    await consumer.stop()
    await admin.close()
