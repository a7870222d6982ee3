"""How far consumers are behind, as Kafka knows it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchResponse_v3
from aiokafka.protocol.coordination import FindCoordinatorRequest, FindCoordinatorResponse_v1
from prometheus_client import REGISTRY
from pydantic import SecretStr

from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.consumer_lag import LAG, ConsumerLag, committed_by
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher, Record
from truesend.broker.topics import create_topics
from truesend.cli.doctor.broker import check_consumer
from truesend.contracts.topics import MESSAGE_DISPATCH
from truesend.settings import Settings

GROUP = "truesend-sender"


def settings_for(servers: str, prefix: str) -> Settings:
    return Settings(
        database_url=SecretStr("postgres://nobody@127.0.0.1:1/none"),
        kafka_bootstrap_servers=servers,
        kafka_topic_partitions=2,
        truesend_topic_prefix=prefix,
        gateway_url="http://127.0.0.1:9",
    )


def lag(topic: str, group: str) -> float | None:
    return REGISTRY.get_sample_value(LAG, {"topic": topic, "group": group})


async def test_the_lag_is_what_the_group_has_not_committed_whether_anybody_reads_or_not(
    kafka: SharedKafka, topic_prefix: str
) -> None:
    settings = settings_for(kafka.bootstrap_servers, topic_prefix)
    await create_topics(settings)
    broker = make_broker(settings, service="tests")
    await broker.start()
    publisher = Publisher(broker, topic_prefix=topic_prefix, source="/truesend/tests")
    await publisher.publish(
        [Record(MESSAGE_DISPATCH, uuid4(), b"{}", "message.dispatch", datetime.now(UTC)) for _ in range(10)]
    )
    looks = ConsumerLag(settings, forwards=False)

    async def is_told() -> bool:
        await looks.one_pass()
        figures = lag(MESSAGE_DISPATCH.name, GROUP), lag("whatsapp.session.verify.v1", "truesend-verifier")
        return None not in figures

    await until(is_told, 15, "a new Kafka has a place for what groups have read")
    assert lag(MESSAGE_DISPATCH.name, GROUP) == 10
    assert lag("whatsapp.session.verify.v1", "truesend-verifier") == 0
    assert lag("whatsapp.gateway.forward.v1", "truesend-forwarder") is None

    topic = f"{topic_prefix}{MESSAGE_DISPATCH.name}"
    partitions = [TopicPartition(topic, number) for number in range(2)]
    reader = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap_servers, group_id=f"{topic_prefix}{GROUP}", enable_auto_commit=False
    )
    async with reader:
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        full = max(partitions, key=lambda partition: ends[partition])
        await reader.commit({full: ends[full] - 1})
    await looks.one_pass()
    assert lag(MESSAGE_DISPATCH.name, GROUP) == 10 - ends[full] + 1
    await looks.close()
    await broker.stop()


async def test_no_lag_is_told_while_kafka_cannot_be_asked() -> None:
    looks = ConsumerLag(settings_for("127.0.0.1:9", ""), forwards=True)

    with pytest.raises(KafkaError):
        await looks.one_pass()

    assert lag(MESSAGE_DISPATCH.name, GROUP) is None


class StartingKafka(AIOKafkaAdminClient):  # type: ignore[misc]
    """Answers as a Kafka does that has just come back, and has not read yet how far each group was."""

    def __init__(self, *, coordinator_error: int, group_error: int, **options: Any) -> None:
        super().__init__(**options)
        self._coordinator_error, self._group_error = coordinator_error, group_error

    async def _send_request(self, request: object, node_id: int | None = None) -> object:
        if isinstance(request, OffsetFetchRequest):
            return OffsetFetchResponse_v3(throttle_time_ms=0, topics=[], error_code=self._group_error)
        if not isinstance(request, FindCoordinatorRequest):
            return await super()._send_request(request, node_id)
        return FindCoordinatorResponse_v1(
            throttle_time_ms=0,
            error_code=self._coordinator_error,
            error_message="",
            coordinator_id=1,
            host="127.0.0.1",
            port=9,
        )


@pytest.mark.parametrize(
    ("coordinator_error", "group_error"),
    [(15, 0), (0, 14), (0, 16)],
    ids=["no coordinator", "it loads", "it is another by now"],
)
async def test_a_group_that_kafka_says_nothing_of_is_not_taken_for_one_that_has_read_nothing(
    coordinator_error: int, group_error: int
) -> None:
    starting = StartingKafka(coordinator_error=coordinator_error, group_error=group_error)

    assert await committed_by(starting, GROUP, [TopicPartition(MESSAGE_DISPATCH.name, 0)]) is None


async def test_the_doctor_takes_it_for_no_service_that_does_not_run(kafka: SharedKafka, topic_prefix: str) -> None:
    settings = settings_for(kafka.bootstrap_servers, topic_prefix)
    await create_topics(settings)
    topic = f"{topic_prefix}{MESSAGE_DISPATCH.name}"
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
        await producer.send_and_wait(topic, b"{}")
    starting = StartingKafka(coordinator_error=0, group_error=14, bootstrap_servers=kafka.bootstrap_servers)
    await starting.start()

    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers, enable_auto_commit=False) as consumer:
        finding = await check_consumer(starting, consumer, f"{topic_prefix}{GROUP}", topic)
    await starting.close()

    assert finding.says == "Kafka does not say how far it has read"
