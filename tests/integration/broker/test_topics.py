"""Creating the topics."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.harness.waiting import until
from truesend.broker.factory import kafka_client_options
from truesend.broker.topics import create_topics
from truesend.cli.doctor.finding import Finding, State
from truesend.cli.doctor.retention import check_retention
from truesend.contracts.topics import DAY_MS, GATEWAY_EVENTS, GATEWAY_FORWARD, TOPICS
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


async def test_what_may_hold_personal_data_is_forgotten_soon_and_in_small_segments(kafka_settings: Settings) -> None:
    prefix = kafka_settings.truesend_topic_prefix
    personal = [name for topic in (GATEWAY_EVENTS, GATEWAY_FORWARD) for name in (topic.name, topic.dead_letters)]
    kept_for_ever = ConfigResource(
        ConfigResourceType.TOPIC, f"{prefix}{GATEWAY_EVENTS.name}", configs={"retention.ms": "-1"}
    )

    async def is_noticed() -> Finding | None:
        (finding,) = await check_retention(kafka_client_options(kafka_settings), prefix)
        return finding if finding.state is State.WARNING else None

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        resources = [ConfigResource(ConfigResourceType.TOPIC, f"{prefix}{name}") for name in personal]
        answers = await admin.describe_configs(resources)
        (as_made,) = await check_retention(kafka_client_options(kafka_settings), prefix)
        await admin.alter_configs([kept_for_ever])
        as_left_by_somebody = await until(is_noticed, 15, "the doctor warns of it")
    finally:
        await admin.close()

    configs = [dict(entry[:2] for entry in found[4]) for answer in answers for found in answer.resources]
    assert len(configs) == len(personal)
    for config in configs:
        assert int(config["retention.ms"]) + int(config["segment.ms"]) <= 8 * DAY_MS
    assert as_made.state is State.WELL
    assert GATEWAY_EVENTS.name in as_left_by_somebody.says


async def test_creating_the_topics_again_changes_nothing(kafka_settings: Settings) -> None:
    assert await create_topics(kafka_settings) == []
