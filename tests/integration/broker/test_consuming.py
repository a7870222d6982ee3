"""Batches, poison, and what depends on others."""

import threading
from datetime import datetime
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from tests.harness.waiting import until
from tests.integration.broker.conftest import ReadTopic
from tests.integration.broker.listener import Listener, command, record
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.contracts.events import DispatchMessage
from truesend.contracts.topics import MESSAGE_DISPATCH
from truesend.settings import Settings


async def test_a_record_that_does_not_parse_goes_to_the_dead_letters_with_its_reason_and_stops_nobody(
    kafka_settings: Settings, read_topic: ReadTopic
) -> None:
    listener = Listener(kafka_settings)
    good = command()
    async with listener.broker:
        await listener.broker.start()
        key = good.session_id
        bad = [b"not json", b'{"message_id": "no uuid"}', b"", b"\x00\xff", b"[]"]
        await listener.publisher.publish(
            [*(record(body, key) for body in bad), record(good.model_dump_json().encode(), key)]
        )
        await listener.hears(good.message_id)

    dead = await read_topic(MESSAGE_DISPATCH.dead_letters, len(bad))
    headers = [{name: value.decode() for name, value in letter.headers} for letter in dead]
    assert [letter.value for letter in dead] == bad
    assert all(letter.key == str(key).encode() for letter in dead)
    assert [header["dlq_offset"] for header in headers] == ["0", "1", "2", "3", "4"]
    assert {header["dlq_topic"] for header in headers} == {
        f"{kafka_settings.truesend_topic_prefix}{MESSAGE_DISPATCH.name}"
    }
    assert {header["dlq_handler"] for header in headers} == {"DispatchMessage"}
    assert all(header["dlq_reason"] for header in headers)
    assert {header["ce_type"] for header in headers} == {"message.dispatch"}


async def test_a_record_with_headers_that_are_no_text_goes_to_the_dead_letters_and_takes_nobody_with_it(
    kafka_settings: Settings, read_topic: ReadTopic
) -> None:
    listener = Listener(kafka_settings)
    good = command()
    topic = f"{kafka_settings.truesend_topic_prefix}{MESSAGE_DISPATCH.name}"
    async with AIOKafkaProducer(bootstrap_servers=kafka_settings.kafka_bootstrap_servers) as producer:
        headers = [("binary", b"\xff"), ("traceparent", b"\xff")]
        await producer.send_and_wait(topic, b"not json", key=b"\xff", headers=headers, partition=0)
        await producer.send_and_wait(topic, good.model_dump_json().encode(), headers=headers, partition=0)
    async with listener.broker:
        await listener.broker.start()
        await listener.hears(good.message_id)

    (dead,) = await read_topic(MESSAGE_DISPATCH.dead_letters, 1)
    assert (dead.value, dead.key) == (b"not json", b"\xff")


async def test_a_record_that_the_handler_chokes_on_takes_none_of_its_batch_with_it(
    kafka_settings: Settings, read_topic: ReadTopic
) -> None:
    listener = Listener(kafka_settings)
    commands = [command() for _ in range(5)]
    listener.poison = {commands[2].message_id}
    async with listener.broker:
        await listener.broker.start()
        await listener.publisher.publish(
            [record(c.model_dump_json().encode(), commands[0].session_id) for c in commands]
        )
        await listener.hears(*(c.message_id for c in commands if c.message_id not in listener.poison))

    (dead,) = await read_topic(MESSAGE_DISPATCH.dead_letters, 1)
    assert DispatchMessage.model_validate_json(dead.value) == commands[2]


async def test_a_batch_waits_for_what_its_handler_depends_on(kafka_settings: Settings) -> None:
    listener = Listener(kafka_settings)
    listener.failures_left = 3
    one = command()
    async with listener.broker:
        await listener.broker.start()
        await listener.publisher.publish([record(one.model_dump_json().encode())])
        await listener.hears(one.message_id)

    assert listener.failures_left == 0


async def test_a_batch_goes_through_no_other_thread(kafka_settings: Settings) -> None:
    before = set(threading.enumerate())
    listener = Listener(kafka_settings)
    one = command()
    async with listener.broker:
        await listener.broker.start()
        await listener.publisher.publish([record(one.model_dump_json().encode())])
        await listener.hears(one.message_id)

        assert set(threading.enumerate()) <= before


async def test_a_newer_writers_unknown_fields_are_no_reason_to_refuse(
    kafka_settings: Settings,
) -> None:
    listener = Listener(kafka_settings)
    one = command()
    body = one.model_dump_json().encode().replace(b"{", b'{"added_later": [1], ', 1)
    async with listener.broker:
        await listener.broker.start()
        await listener.publisher.publish([record(body)])
        await listener.hears(one.message_id)


async def test_what_was_not_handled_before_a_crash_is_handled_after_it(kafka_settings: Settings) -> None:
    one = command()
    producer = AIOKafkaProducer(bootstrap_servers=kafka_settings.kafka_bootstrap_servers)
    await producer.start()
    topic = f"{kafka_settings.truesend_topic_prefix}{MESSAGE_DISPATCH.name}"
    await producer.send_and_wait(topic, one.model_dump_json().encode(), key=b"k")
    await producer.stop()
    dying = Listener(kafka_settings)
    dying.failures_left = 10**9
    await dying.broker.start()

    async def tried() -> bool:
        return dying.failures_left < 10**9

    await until(tried, 20, "the first consumer has the record")
    await dying.broker.stop()

    surviving = Listener(kafka_settings)
    async with surviving.broker:
        await surviving.broker.start()
        await surviving.hears(one.message_id)


async def test_records_carry_cloudevents_headers_and_a_plain_text_key(
    kafka_settings: Settings, read_topic: ReadTopic
) -> None:
    broker = make_broker(kafka_settings, service="test")
    publisher = Publisher(broker, topic_prefix=kafka_settings.truesend_topic_prefix, source="/truesend/test")
    key = uuid4()
    async with broker:
        await broker.start()
        await publisher.publish([record(b"{}", key)])

    (published,) = await read_topic(MESSAGE_DISPATCH.name, 1)
    headers = {name: value.decode() for name, value in published.headers}
    assert published.key == str(key).encode()
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == "message.dispatch"
    assert headers["ce_source"] == "/truesend/test"
    assert UUID(headers["ce_id"]).version == 4
    assert datetime.fromisoformat(headers["ce_time"]).tzinfo is not None
    assert headers["content-type"] == "application/json"
