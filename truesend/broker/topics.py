"""Creating the topics. Idempotent; never changes or deletes one that is there."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from truesend.broker.factory import kafka_client_options, knock
from truesend.contracts.topics import TOPICS
from truesend.settings import KafkaSettings

VISIBLE_CHECKS = 100
VISIBLE_PAUSE_S = 0.05


async def create_topics(settings: KafkaSettings) -> list[str]:
    """Create what is missing; returns the names that are new.

    Raises aiokafka.errors.KafkaError when Kafka cannot be reached or refuses, SettingsError as ``kafka_client_options``.
    """
    options = kafka_client_options(settings)
    await knock(options)
    admin = AIOKafkaAdminClient(client_id="truesend-topics", **options)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in _wanted(settings) if topic.name not in existing]
        if not missing:
            return []
        created = await _create(admin, missing)
        await _until_visible(admin, created)
        return created
    finally:
        await admin.close()


async def partitions_of(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> dict[str, list[TopicPartition]]:
    """The partitions of each topic that is there, asked from Kafka."""
    wanted = sorted(set(topics) & set(await admin.list_topics()))
    if not wanted:
        return {}
    return {
        topic["topic"]: [TopicPartition(topic["topic"], number) for number in sorted(_numbers(topic))]
        for topic in await admin.describe_topics(wanted)
    }


def _numbers(topic: Mapping[str, Any]) -> list[int]:
    return [int(partition["partition"]) for partition in topic["partitions"]]


async def _create(admin: AIOKafkaAdminClient, missing: list[NewTopic]) -> list[str]:
    response = await admin.create_topics(missing, timeout_ms=30_000)
    for name, code, *_ in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {name}")
    return [topic.name for topic in missing]


async def _until_visible(admin: AIOKafkaAdminClient, names: list[str]) -> None:
    """A broker confirms a topic a moment before it shows it; a producer in between would wait for its metadata."""
    for _ in range(VISIBLE_CHECKS):
        if set(names) <= set(await admin.list_topics()):
            return
        await asyncio.sleep(VISIBLE_PAUSE_S)


def _wanted(settings: KafkaSettings) -> list[NewTopic]:
    prefix, replication = settings.truesend_topic_prefix, settings.kafka_topic_replication
    live = [
        NewTopic(
            f"{prefix}{topic.name}",
            settings.kafka_topic_partitions,
            replication,
            topic_configs=_forgetting(topic.retention_ms, topic.segment_ms),
        )
        for topic in TOPICS
    ]
    dead = [
        NewTopic(
            f"{prefix}{topic.dead_letters}",
            1,
            replication,
            topic_configs=_forgetting(topic.dead_letter_retention_ms, topic.segment_ms),
        )
        for topic in TOPICS
    ]
    return live + dead


def _forgetting(retention_ms: int, segment_ms: int | None) -> dict[str, str]:
    kept = {"retention.ms": str(retention_ms)}
    return kept if segment_ms is None else kept | {"segment.ms": str(segment_ms)}
