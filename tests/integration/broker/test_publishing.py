"""Order, partitions, and sizes of what is published."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from tests.integration.broker.conftest import ReadTopic
from tests.integration.broker.listener import record
from truesend.broker.factory import make_broker
from truesend.broker.lanes import BATCH_FROM
from truesend.broker.publisher import Publisher, PublishError
from truesend.contracts.topics import MESSAGE_DISPATCH
from truesend.settings import Settings

FILLING = b" " * 10_000


@pytest_asyncio.fixture
async def publisher(kafka_settings: Settings) -> AsyncIterator[Publisher]:
    broker = make_broker(kafka_settings, service="test")
    async with broker:
        await broker.start()
        yield Publisher(broker, topic_prefix=kafka_settings.truesend_topic_prefix, source="/truesend/test")


async def test_what_several_publish_at_once_stays_in_the_order_of_their_asking(
    publisher: Publisher, read_topic: ReadTopic
) -> None:
    keys = [uuid4() for _ in range(3)]
    sizes = [1, 60, 1, BATCH_FROM, 2, 200, 1, 1, 30]
    asked: list[tuple[UUID, bytes]] = []

    def next_ones(count: int) -> list[tuple[UUID, bytes]]:
        ones = [(keys[number % 3], b"%d" % number) for number in range(len(asked), len(asked) + count)]
        asked.extend(ones)
        return ones

    publications = [[record(body, key) for key, body in next_ones(size)] for size in sizes]
    await asyncio.gather(*(publisher.publish(records) for records in publications))

    published = await read_topic(MESSAGE_DISPATCH.name, len(asked))
    for key in keys:
        assert [letter.value for letter in published if letter.key == str(key).encode()] == [
            body for of_key, body in asked if of_key == key
        ]


async def test_more_than_one_batch_can_hold_is_published_in_order(publisher: Publisher, read_topic: ReadTopic) -> None:
    key = uuid4()
    bodies = [b"%d%s" % (number, FILLING) for number in range(100)]

    await publisher.publish([record(body, key) for body in bodies])

    assert [letter.value for letter in await read_topic(MESSAGE_DISPATCH.name, 100)] == bodies


async def test_a_key_goes_where_every_other_client_puts_it(
    publisher: Publisher, kafka_settings: Settings, read_topic: ReadTopic
) -> None:
    keys = [uuid4() for _ in range(20)]
    topic = f"{kafka_settings.truesend_topic_prefix}{MESSAGE_DISPATCH.name}"
    await publisher.publish([record(b"{}", key) for key in keys])
    async with AIOKafkaProducer(bootstrap_servers=kafka_settings.kafka_bootstrap_servers) as other:
        for key in keys:
            await other.send_and_wait(topic, b"{}", key=str(key).encode())

    published = await read_topic(MESSAGE_DISPATCH.name, 2 * len(keys))
    assert len({(letter.key, letter.partition) for letter in published}) == len(keys)


async def test_a_record_that_kafka_refuses_is_not_confirmed(publisher: Publisher) -> None:
    too_large = b" " * 2_000_000
    with pytest.raises(PublishError):
        await publisher.publish([record(too_large, uuid4())])
    with pytest.raises(PublishError):
        await publisher.publish([record(too_large, uuid4()) for _ in range(2 * BATCH_FROM)])


async def test_a_topic_that_is_not_there_confirms_nothing_in_the_time_given(kafka_settings: Settings) -> None:
    broker = make_broker(kafka_settings, service="test")
    async with broker:
        await broker.start()
        with pytest.raises(PublishError):
            await Publisher(broker, topic_prefix="nowhere.", source="/test").publish([record(b"{}")], timeout_s=0.5)
