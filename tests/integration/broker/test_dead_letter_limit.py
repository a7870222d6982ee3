"""Poison in numbers: the consumer stands still, instead of emptying its topic into the dead letters."""

from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from prometheus_client import REGISTRY

from tests.harness.waiting import until
from tests.integration.broker.conftest import ReadTopic
from tests.integration.broker.listener import Listener, command, record
from truesend.cli.doctor.broker import check_broker
from truesend.cli.doctor.finding import State
from truesend.contracts.events import DispatchMessage
from truesend.contracts.topics import MESSAGE_DISPATCH
from truesend.settings import Settings

LIMIT = 3


def body(one: DispatchMessage) -> bytes:
    return one.model_dump_json().encode()


async def stands_still(listener: Listener) -> str:
    return await until(listener.dead_letters.problem, 20, "the consumer stands still")


async def dead(settings: Settings) -> int:
    """How many dead letters there are."""
    partition = TopicPartition(f"{settings.truesend_topic_prefix}{MESSAGE_DISPATCH.dead_letters}", 0)
    async with AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap_servers) as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets([partition])
    return ends[partition]


async def committed(settings: Settings) -> int:
    """How far the group has come, over all partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        offsets: dict[Any, Any] = await admin.list_consumer_group_offsets(f"{settings.truesend_topic_prefix}listener")
    finally:
        await admin.close()
    return sum(each.offset for each in offsets.values())


def told_by_metrics() -> float | None:
    return REGISTRY.get_sample_value("truesend_consumer_standing_still", {"topic": MESSAGE_DISPATCH.name})


async def test_above_the_limit_a_consumer_stands_still_and_says_where_and_why_and_what_to_do(
    kafka_settings: Settings,
) -> None:
    listener = Listener(kafka_settings, dead_letters_per_minute=LIMIT)
    good = [command() for _ in range(3)]
    key = uuid4()
    poison = record(b"not json", key)
    async with listener.broker:
        await listener.broker.start()
        await listener.publisher.publish(
            [record(body(good[0]), key), poison, record(body(good[1]), key), *[poison] * 9, record(body(good[2]), key)]
        )
        problem = await stands_still(listener)
        while_standing = told_by_metrics()
        done = await committed(kafka_settings)
        limited = kafka_settings.model_copy(update={"dead_letters_per_minute": LIMIT})
        findings = {each.check: each for each in await check_broker(limited)}

    assert f"{MESSAGE_DISPATCH.name}:" in problem
    assert ":5: over 3 dead letters in a minute" in problem
    assert "truesend dlq list" in problem
    assert "DEAD_LETTERS_PER_MINUTE" in problem
    assert while_standing == 1
    assert await dead(kafka_settings) == LIMIT
    assert listener.heard == [good[0].message_id, good[1].message_id]
    assert done == 5
    assert findings["dead letters"].state is State.ILL
    assert MESSAGE_DISPATCH.name in findings["dead letters"].says


async def test_whoever_comes_after_it_repeats_none_and_goes_on_where_it_stood(
    kafka_settings: Settings, read_topic: ReadTopic
) -> None:
    first = Listener(kafka_settings, dead_letters_per_minute=LIMIT)
    key = uuid4()
    poison = [b"poison %d" % number for number in range(5)]
    good = command()
    async with first.broker:
        await first.broker.start()
        await first.publisher.publish([*(record(each, key) for each in poison), record(body(good), key)])
        await stands_still(first)

    second = Listener(kafka_settings, dead_letters_per_minute=LIMIT)
    async with second.broker:
        await second.broker.start()
        await second.hears(good.message_id)

    assert [letter.value for letter in await read_topic(MESSAGE_DISPATCH.dead_letters, 5)] == poison
    assert await dead(kafka_settings) == 5


async def test_it_tries_again_by_itself_and_goes_on_when_the_record_can_be_handled(kafka_settings: Settings) -> None:
    listener = Listener(kafka_settings, dead_letters_per_minute=1, minute_s=1.0)
    commands = [command() for _ in range(6)]
    ids = [each.message_id for each in commands]
    listener.poison = set(ids[1:])
    async with listener.broker:
        await listener.broker.start()
        await listener.publisher.publish([record(body(each), commands[0].session_id) for each in commands])
        await stands_still(listener)
        listener.poison.clear()
        await listener.hears(ids[-1])

    assert await listener.dead_letters.problem() is None
    assert told_by_metrics() == 0
    unheard: set[UUID] = set(ids) - set(listener.heard)
    assert ids[1] in unheard
    assert await dead(kafka_settings) == len(unheard)


async def test_a_probe_buries_one_and_what_follows_is_handled(kafka_settings: Settings) -> None:
    listener = Listener(kafka_settings, dead_letters_per_minute=1, minute_s=0.5)
    good = command()
    key = uuid4()
    async with listener.broker:
        await listener.broker.start()
        await listener.publisher.publish([*[record(b"poison", key)] * 3, record(body(good), key)])
        await listener.hears(good.message_id)

    assert await dead(kafka_settings) == 3
    assert listener.heard == [good.message_id]
