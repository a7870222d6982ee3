"""The harness keeps its own promises: isolation per test, a broker that works, servers that come back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.harness.commands import truesend
from tests.harness.databases import Database, fresh_database
from tests.harness.fixtures import PrivatePostgres
from tests.harness.kafka import KafkaServer
from tests.harness.postgres import postgres_binaries
from tests.harness.shared import SharedKafka, SharedPostgres


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_each_test_gets_a_database_without_what_another_test_left(empty_database: Database, turn: str) -> None:
    connection = await empty_database.connect()

    await connection.execute("CREATE TABLE left_behind (turn text)")
    await connection.execute("INSERT INTO left_behind VALUES ($1)", turn)

    assert await connection.fetchval("SELECT count(*) FROM left_behind") == 1
    await connection.close()


async def test_a_database_made_from_a_template_has_its_tables_and_is_gone_afterwards(
    postgres: SharedPostgres, empty_database: Database
) -> None:
    connection = await empty_database.connect()
    await connection.execute("CREATE TABLE migrated (id int)")
    template = await connection.fetchval("SELECT current_database()")
    await connection.close()

    async with fresh_database(postgres.url, template) as clone:
        connection = await clone.connect()
        assert await connection.fetchval("SELECT count(*) FROM migrated") == 0

    assert connection.is_closed() or await _is_cut_off(connection)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await clone.connect()


async def test_what_was_committed_is_not_delivered_again_to_the_group(kafka: SharedKafka, topic_prefix: str) -> None:
    topic = f"{topic_prefix}round-trip"
    await _create(kafka.bootstrap_servers, topic)
    await _produce(kafka.bootstrap_servers, topic, [b"one", b"two"])

    first = await _consume(kafka.bootstrap_servers, topic, group=f"{topic_prefix}group", count=2)
    await _produce(kafka.bootstrap_servers, topic, [b"three"])
    second = await _consume(kafka.bootstrap_servers, topic, group=f"{topic_prefix}group", count=1)

    assert (first, second) == ([b"one", b"two"], [b"three"])


async def test_a_tests_topics_are_invisible_to_the_next(kafka: SharedKafka, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()

    topics = await admin.list_topics()

    await admin.close()
    assert not [topic for topic in topics if topic.startswith(topic_prefix)]


async def test_a_private_kafka_keeps_records_and_commits_over_a_stop_and_a_kill(
    private_kafka: Callable[[], KafkaServer],
) -> None:
    node = private_kafka()
    await _create(node.bootstrap_servers, "kept")
    await _produce(node.bootstrap_servers, "kept", [b"one"])
    before = await _consume(node.bootstrap_servers, "kept", group="readers", count=1)

    node.restart()
    await _produce(node.bootstrap_servers, "kept", [b"two"])
    node.kill()
    node.start()
    after = await _consume(node.bootstrap_servers, "kept", group="readers", count=1)

    assert (before, after) == ([b"one"], [b"two"])


@pytest.mark.parametrize("major", postgres_binaries())
async def test_a_private_postgres_of_every_version_here_keeps_its_rows_over_a_restart_and_a_kill(
    private_postgres: Callable[..., PrivatePostgres], major: int
) -> None:
    server = private_postgres(major=major)
    connection = await server.connect()
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    assert connection.get_server_version().major == major

    server.restart()
    server.kill()
    server.start()

    connection = await server.connect()
    assert await connection.fetchval("SELECT value FROM kept") == 7
    await connection.close()


async def _is_cut_off(connection: asyncpg.Connection) -> bool:
    try:
        await connection.fetchval("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return True
    return False


async def _create(bootstrap_servers: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()


async def _produce(bootstrap_servers: str, topic: str, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def _consume(bootstrap_servers: str, topic: str, *, group: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap_servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        # The embedded broker lets a group wait for half a session; 6 s is the least that a given Kafka allows.
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
    )
    async with consumer:
        values = [(await consumer.getone()).value for _ in range(count)]
        await consumer.commit()
        assert await consumer.committed(TopicPartition(topic, 0)) is not None
        return values


def test_commands_that_threads_run_at_the_same_time_end_each_with_its_own_code() -> None:
    commands = ["--help", "topics"] * 8

    with ThreadPoolExecutor(8) as threads:
        ended = list(threads.map(truesend, commands))

    assert [each.code for each in ended] == [0, 2] * 8
