"""From event_log to Kafka."""

import asyncio
from uuid import uuid4

import orjson
import pytest

from tests.integration.broker.conftest import ReadTopic
from tests.integration.relay.conftest import APPEND, Office, publish_all
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher, PublishError
from truesend.contracts.topics import MESSAGE_EVENTS, SESSION_EVENTS
from truesend.runtime.relay import Relay
from truesend.settings import Settings


async def test_facts_are_published_in_order_with_gapless_positions(office: Office, read_topic: ReadTopic) -> None:
    message, session = uuid4(), uuid4()
    for number in range(5):
        await office.append(message, number)
    await office.append(session, kind="session")

    await publish_all(office.relay())

    records = await read_topic(MESSAGE_EVENTS.name, 5)
    bodies = [orjson.loads(record.value) for record in records]
    assert [body["number"] for body in bodies] == [0, 1, 2, 3, 4]
    assert [body["position"] for body in bodies] == [1, 2, 3, 4, 5]
    assert {record.key for record in records} == {str(message).encode()}
    assert {body["type"] for body in bodies} == {"message.happened"}
    (about_session,) = await read_topic(SESSION_EVENTS.name, 1)
    assert orjson.loads(about_session.value)["position"] == 6


async def test_a_fact_whose_transaction_commits_late_is_published_and_gets_a_later_position(
    office: Office, read_topic: ReadTopic
) -> None:
    slow, quick = uuid4(), uuid4()
    relay = office.relay()
    async with office.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(APPEND, "message", slow, "message.happened", 1)
        await office.append(quick, 2)
        await publish_all(relay)
        await transaction.commit()
    await publish_all(relay)

    records = await read_topic(MESSAGE_EVENTS.name, 2)
    positions = {record.key: orjson.loads(record.value)["position"] for record in records}
    assert positions == {str(quick).encode(): 1, str(slow).encode(): 2}


async def test_many_relays_publish_everything_once_in_the_normal_case(office: Office, read_topic: ReadTopic) -> None:
    keys = [uuid4() for _ in range(4)]
    relays = [office.relay() for _ in range(3)]
    for number in range(40):
        await office.append(keys[number % 4], number)

    async def work(relay: Relay) -> None:
        for _ in range(10):
            await relay.one_pass()

    await asyncio.gather(*(work(relay) for relay in relays))

    records = await read_topic(MESSAGE_EVENTS.name, 40)
    assert len(records) == 40
    assert await office.positions() == list(range(1, 41))
    for key in keys:
        numbers = [orjson.loads(r.value)["number"] for r in records if r.key == str(key).encode()]
        assert numbers == sorted(numbers)


async def test_without_kafka_nothing_is_lost_and_the_mark_stays(
    office: Office, kafka_settings: Settings, read_topic: ReadTopic
) -> None:
    away = make_broker(kafka_settings, service="test")
    relay = office.relay(publisher=Publisher(away, topic_prefix="", source="/truesend/test"))
    await office.append(uuid4())

    with pytest.raises(PublishError):
        await relay.one_pass()
    assert await office.pool.fetchval("SELECT published_position FROM truesend.relay_state") == 0
    await relay.resign()

    await publish_all(office.relay())
    assert len(await read_topic(MESSAGE_EVENTS.name, 1)) == 1


async def test_a_leader_that_dies_before_it_advances_repeats_and_never_skips(
    office: Office, read_topic: ReadTopic
) -> None:
    await office.append(uuid4())
    await publish_all(office.relay())
    await office.pool.execute("UPDATE truesend.relay_state SET published_position = 0, leader_until = '-infinity'")

    await publish_all(office.relay())

    first, second = await read_topic(MESSAGE_EVENTS.name, 2)
    assert first.value == second.value
    assert dict(first.headers)["ce_id"] == dict(second.headers)["ce_id"]


async def test_a_silent_leader_is_replaced(office: Office) -> None:
    leading, standing_by = office.relay(), office.relay()
    await leading.one_pass()
    await office.append(uuid4())
    await standing_by.one_pass()
    assert await office.positions() == [None]

    await office.pool.execute("UPDATE truesend.relay_state SET leader_until = now() - interval '1 second'")
    await standing_by.one_pass()

    assert await office.positions() == [1]
