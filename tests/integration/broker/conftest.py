"""A started broker of ours on the run's Kafka, and a plain consumer to look at what is on the topics."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from pydantic import SecretStr

from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.topics import create_topics
from truesend.settings import Settings

ReadTopic = Callable[[str, int], Awaitable[list[ConsumerRecord]]]


@pytest_asyncio.fixture
async def kafka_settings(kafka: SharedKafka, topic_prefix: str) -> Settings:
    """Settings for this test's own topics, which exist."""
    settings = Settings(
        database_url=SecretStr("postgres://nobody@127.0.0.1:9/none"),
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        kafka_session_timeout_ms=6000 if kafka.kind != "embedded" else 1000,
        kafka_topic_partitions=4,
        truesend_topic_prefix=topic_prefix,
        gateway_url="http://127.0.0.1:9",
    )
    await create_topics(settings)
    return settings


@pytest_asyncio.fixture
async def read_topic(kafka: SharedKafka, topic_prefix: str) -> AsyncIterator[ReadTopic]:
    """Reads a topic from its beginning until it has given so many records."""
    async with contextlib.AsyncExitStack() as stack:

        async def read(topic: str, count: int) -> list[ConsumerRecord]:
            consumer = AIOKafkaConsumer(
                f"{topic_prefix}{topic}", bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest"
            )
            await consumer.start()
            stack.push_async_callback(consumer.stop)
            records: list[ConsumerRecord] = []

            async def enough() -> bool:
                batches = await consumer.getmany(timeout_ms=100)
                records.extend(record for batch in batches.values() for record in batch)
                return len(records) >= count

            await until(enough, 15, f"{count} records on {topic}")
            return records

        yield read
