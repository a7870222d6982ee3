"""The doctor knows a database that was restored from a backup, or copied, by what Kafka has of it."""

from uuid import uuid4

from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from tests.harness.databases import Database
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.topics import create_topics
from truesend.cli.doctor.age import check_age
from truesend.cli.doctor.finding import State
from truesend.contracts.topics import MESSAGE_EVENTS
from truesend.settings import Settings
from truesend.store.restoring import settle_after_restore


async def test_it_is_told_until_the_restore_is_settled(
    database: Database, kafka: SharedKafka, topic_prefix: str
) -> None:
    settings = Settings(
        database_url=SecretStr(database.url),
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        truesend_topic_prefix=topic_prefix,
        kafka_topic_partitions=2,
        gateway_url="http://127.0.0.1:1",
    )
    await create_topics(settings)
    connection = await database.connect()
    of_an_empty_kafka = await check_age(settings)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
        topic = f"{topic_prefix}{MESSAGE_EVENTS.name}"
        for position, partition in ((1041, 0), (1042, 1)):
            body = f'{{"id": "{uuid4()}", "position": {position}}}'.encode()
            await producer.send_and_wait(topic, body, partition=partition)

    await connection.execute("UPDATE truesend.relay_state SET last_position = 1042, published_position = 1042")
    of_the_one_that_works = await check_age(settings)
    await connection.execute("UPDATE truesend.relay_state SET last_position = 1000, published_position = 1000")
    # the doctor asks Kafka for three seconds at most, which a busy machine may not answer in
    [of_a_restored_one] = await until(lambda: check_age(settings), 30, "it is told")
    await settle_after_restore(connection)
    of_one_that_is_settled = await check_age(settings)
    await connection.close()

    assert of_an_empty_kafka == of_the_one_that_works == of_one_that_is_settled == []
    assert of_a_restored_one.state is State.ILL
    assert of_a_restored_one.says == (
        "is of an earlier moment than Kafka, which has fact 1,042; its own last one is 1,000"
    )
    assert "truesend restored" in of_a_restored_one.advice
