"""Kafka: reachable, with all topics, consumers that keep up, and no dead letters."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from truesend.broker.consumer_lag import committed_by
from truesend.broker.factory import kafka_client_options, knock
from truesend.broker.refusals import KafkaRefusedError
from truesend.broker.topics import partitions_of
from truesend.cli.doctor.finding import Finding, ill, warning, well
from truesend.cli.doctor.retention import check_retention
from truesend.contracts.topics import GATEWAY_EVENTS, MESSAGE_DISPATCH, SESSION_VERIFY, TOPICS
from truesend.settings import KafkaSettings, SettingsError

REQUEST_TIMEOUT_MS = 3_000
LARGE_LAG = 10_000
HOUR_S = 3_600.0
JUST_NOW_S = 130.0
PROBES_AN_HOUR = 45
GROUPS = {
    "truesend-verifier": SESSION_VERIFY,
    "truesend-sender": MESSAGE_DISPATCH,
    "truesend-verifier-webhooks": GATEWAY_EVENTS,
    "truesend-sender-evidence": GATEWAY_EVENTS,
}


async def check_broker(settings: KafkaSettings) -> list[Finding]:
    """Every finding about it. Raises nothing of Kafka's."""
    try:
        client_options = kafka_client_options(settings)
        await knock(client_options)
    except (SettingsError, KafkaRefusedError) as error:
        return [ill("kafka", str(error), "docs/install/kafka.md has the settings for each kind of listener.")]
    except (KafkaError, OSError) as error:
        return [_away(error)]
    options: dict[str, Any] = {**client_options, "request_timeout_ms": REQUEST_TIMEOUT_MS}
    admin = AIOKafkaAdminClient(**options)
    consumer = AIOKafkaConsumer(enable_auto_commit=False, **options)
    try:
        await admin.start()
        await consumer.start()
        findings = await _look(admin, consumer, settings)
        return [*findings, *await check_retention(options, settings.truesend_topic_prefix)]
    except (KafkaError, OSError) as error:
        return [_away(error)]
    finally:
        await consumer.stop()
        await admin.close()


def _away(error: Exception) -> Finding:
    why = f"can't be reached ({type(error).__name__})"
    return ill("kafka", why, "Is Kafka running, and KAFKA_BOOTSTRAP_SERVERS right?")


async def _look(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, settings: KafkaSettings) -> list[Finding]:
    prefix = settings.truesend_topic_prefix
    wanted = [f"{prefix}{name}" for topic in TOPICS for name in (topic.name, topic.dead_letters)]
    there = set(await admin.list_topics())
    missing = [name for name in wanted if name not in there]
    if missing:
        return [
            well("kafka", "answers"),
            ill("topics", f"{len(missing)} are missing: {', '.join(missing)}", "Run truesend topics."),
        ]
    findings = [well("kafka", "answers"), well("topics", f"all {len(wanted)} are there")]
    findings += [
        await check_consumer(admin, consumer, f"{prefix}{group}", f"{prefix}{topic.name}")
        for group, topic in GROUPS.items()
    ]
    buried = [name for name in wanted if name.endswith(".dlq")]
    return [*findings, await _dead_letters(admin, consumer, buried, settings.dead_letters_per_minute)]


async def check_consumer(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, group: str, topic: str) -> Finding:
    """How far the group is behind on this topic, which is there. Raises what Kafka raises."""
    check = f"consumer {group}"
    partitions = (await partitions_of(admin, [topic]))[topic]
    committed = await committed_by(admin, group, partitions)
    ends = await consumer.end_offsets(partitions)
    beginnings = await consumer.beginning_offsets(partitions)
    if committed is None or all(offset < 0 for offset in committed.values()):
        if not any(ends.values()):
            return well(check, "nothing to read yet")
        if committed is None:
            return warning(
                check, "Kafka does not say how far it has read", "Has Kafka just been started? Run it again."
            )
        return warning(check, "has read nothing yet", "Is its service running?")
    lag = sum(ends[partition] - max(committed[partition], beginnings[partition]) for partition in partitions)
    if lag > LARGE_LAG:
        return ill(check, f"{lag:,} records behind", "Start its service, or more of them; see its log.")
    return well(check, f"{max(lag, 0):,} records behind")


async def _dead_letters(
    admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, topics: Sequence[str], per_minute: int
) -> Finding:
    partitions = [each for found in (await partitions_of(admin, topics)).values() for each in found]
    ends, beginnings = await consumer.end_offsets(partitions), await consumer.beginning_offsets(partitions)
    count = sum(ends[partition] - beginnings[partition] for partition in partitions)
    flooded = await _flooded(consumer, ends, per_minute)
    if flooded:
        says = f"more than {per_minute} in a minute: who reads {', '.join(flooded)} stands still, or is about to"
        advice = (
            "Its /readyz and its log say where. Mend what writes or reads these records; see them: truesend dlq list"
        )
        return ill("dead letters", says, advice)
    if count:
        return warning("dead letters", f"up to {count:,}", "Look at them: truesend dlq list")
    return well("dead letters", "none")


async def _flooded(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], per_minute: int) -> list[str]:
    """Topics of which one record a minute still goes to the dead letters, after as many as are allowed at once."""
    within_an_hour, just_now = await _since(consumer, ends, HOUR_S), await _since(consumer, ends, JUST_NOW_S)
    most = min(per_minute, PROBES_AN_HOUR)
    return [
        partition.topic.removesuffix(".dlq")
        for partition in ends
        if within_an_hour[partition] >= most and just_now[partition]
    ]


async def _since(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], seconds: float
) -> dict[TopicPartition, int]:
    """How many records each partition has got since."""
    since_ms = int((time.time() - seconds) * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(ends, since_ms))
    return {partition: end - found[partition].offset if found[partition] else 0 for partition, end in ends.items()}
