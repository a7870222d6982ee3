"""Whether the database is of an earlier moment than Kafka: restored from a backup, or a copy of the one that works."""

import asyncio
import json
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from truesend.broker.factory import kafka_client_options
from truesend.cli.doctor.broker import REQUEST_TIMEOUT_MS
from truesend.cli.doctor.finding import Finding, ill
from truesend.contracts.topics import MESSAGE_EVENTS
from truesend.settings import Settings, SettingsError
from truesend.store.pool import connect
from truesend.store.queries import load_queries

READ_S = 3.0


async def check_age(settings: Settings) -> list[Finding]:
    """What there is to say of it; nothing where all is well, or either can't be asked, which other checks tell."""
    try:
        known, given = await _highest_on_kafka(settings), await _last_given(settings)
    except (SettingsError, OSError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError):
        return []
    if known <= given:
        return []
    says = f"is of an earlier moment than Kafka, which has fact {known:,}; its own last one is {given:,}"
    return [ill("database", says, "Restored, or a copy? Stop verifier and sender, and run truesend restored.")]


async def _last_given(settings: Settings) -> int:
    connection = await connect(settings, application="doctor", timeout_s=3)
    try:
        return int(await load_queries("api")["last_position"].fetchval(connection) or 0)
    finally:
        await connection.close(timeout=2)


async def _highest_on_kafka(settings: Settings) -> int:
    """Of the last record of each partition: they are in the order of their positions, but for repeats."""
    topic = f"{settings.truesend_topic_prefix}{MESSAGE_EVENTS.name}"
    options: dict[str, Any] = {**kafka_client_options(settings), "request_timeout_ms": REQUEST_TIMEOUT_MS}
    consumer = AIOKafkaConsumer(topic, enable_auto_commit=False, **options)
    try:
        async with asyncio.timeout(READ_S):
            await consumer.start()
            return await _highest_of(consumer, topic)
    finally:
        await consumer.stop()


async def _highest_of(consumer: AIOKafkaConsumer, topic: str) -> int:
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    beginnings, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    unread = {each: ends[each] - 1 for each in partitions if ends[each] > beginnings[each]}
    highest = 0
    for partition, offset in unread.items():
        consumer.seek(partition, offset)
    while unread:
        for partition, records in (await consumer.getmany(*unread, timeout_ms=500)).items():
            highest = max(highest, *(_position(record.value) for record in records))
            unread.pop(partition, None)
    return highest


def _position(body: bytes | None) -> int:
    position = json.loads(body or b"{}").get("position")
    return position if isinstance(position, int) else 0
