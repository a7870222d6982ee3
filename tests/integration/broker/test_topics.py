"""Creating the topics."""

from aiokafka.admin import AIOKafkaAdminClient

from truesend.broker.topics import create_topics
from truesend.contracts.topics import TOPICS
from truesend.settings import Settings


async def test_every_topic_and_its_dead_letters_are_created_with_their_partitions(kafka_settings: Settings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        prefix = kafka_settings.truesend_topic_prefix
        described = await admin.describe_topics([f"{prefix}{topic.name}" for topic in TOPICS])
        dead = await admin.describe_topics([f"{prefix}{topic.dead_letters}" for topic in TOPICS])
    finally:
        await admin.close()

    assert {len(topic["partitions"]) for topic in described} == {kafka_settings.kafka_topic_partitions}
    assert all(topic["error_code"] == 0 for topic in [*described, *dead])


async def test_creating_the_topics_again_changes_nothing(kafka_settings: Settings) -> None:
    assert await create_topics(kafka_settings) == []
