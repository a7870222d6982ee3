"""Dealing with dead letters deletes none that comes meanwhile."""

from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from tests.harness.databases import Database
from tests.harness.shared import SharedKafka
from truesend.broker.factory import kafka_client_options
from truesend.broker.topics import create_topics
from truesend.cli.dead_letters.letters import Letter, Letters
from truesend.contracts.topics import SESSION_VERIFY
from truesend.settings import KafkaSettings


class LettersWithAnotherOneComing(Letters):
    """Something is buried each time right after the letters were read."""

    coming: Any = None

    async def of(self, topics: Sequence[str]) -> list[Letter]:
        found = await super().of(topics)
        if self.coming is not None:
            await self.coming()
        return found


async def test_a_dead_letter_that_is_buried_while_another_is_dropped_stays(
    database: Database, kafka: SharedKafka, topic_prefix: str
) -> None:
    settings = KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers, truesend_topic_prefix=topic_prefix)
    await create_topics(settings)
    topic = f"{topic_prefix}{SESSION_VERIFY.dead_letters}"
    connection = await database.connect()
    letters = LettersWithAnotherOneComing(kafka_client_options(settings), topic_prefix, connection)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
        await producer.send_and_wait(topic, b"{}")
        first = await letters.of([topic])

        letters.coming = lambda: producer.send_and_wait(topic, b'{"came": "meanwhile"}')
        await letters.drop(first)
        letters.coming = None

    left = await letters.of([topic])
    await connection.close()
    assert [letter.record.value for letter in left] == [b'{"came": "meanwhile"}']
