"""How many records Kafka has, by the ends of its logs."""

from collections import Counter

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.bench.stack import Stack


async def record_counts(play: Stack) -> Counter[str]:
    """Records ever written to each of the stack's topics, without the prefix of their names."""
    prefix = play.settings.truesend_topic_prefix
    partitions = await topic_partitions(play.settings.kafka_bootstrap_servers, prefix)
    consumer = AIOKafkaConsumer(bootstrap_servers=play.settings.kafka_bootstrap_servers)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    counts: Counter[str] = Counter()
    for partition, end in ends.items():
        counts[partition.topic.removeprefix(prefix)] += end
    return counts


async def topic_partitions(bootstrap_servers: str, prefix: str) -> list[TopicPartition]:
    """Of every topic whose name begins so."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        described = await admin.describe_topics(topics)
    finally:
        await admin.close()
    return [TopicPartition(each["topic"], part["partition"]) for each in described for part in each["partitions"]]
