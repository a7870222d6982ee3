"""The commands as people and containers run them: what they do, and how they end when they can't."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest

from tests.harness.commands import Ended, truesend
from tests.harness.databases import Database
from tests.harness.rows import insert_message, insert_session, message_row
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.contracts.topics import TOPICS

NOWHERE = "127.0.0.1:1"
WORKER = {
    "DATABASE_URL": f"postgres://{NOWHERE}/crm",
    "KAFKA_BOOTSTRAP_SERVERS": NOWHERE,
    "GATEWAY_URL": f"http://{NOWHERE}",
}


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("migrate", "DATABASE_URL"),
        ("adopt", "DATABASE_URL"),
        ("demo", "DATABASE_URL"),
        ("topics", "KAFKA_BOOTSTRAP_SERVERS"),
        ("api", "DATABASE_URL"),
        ("verifier", "DATABASE_URL"),
        ("sender", "DATABASE_URL"),
    ],
)
def test_a_command_without_its_settings_ends_with_one_line_that_names_the_first(command: str, missing: str) -> None:
    assert truesend(command) == Ended(2, "", f"truesend: {missing}: is missing; set it\n")


def test_a_wrong_setting_is_named_and_its_value_is_not_shown() -> None:
    ended = truesend("topics", KAFKA_BOOTSTRAP_SERVERS=NOWHERE, KAFKA_SECURITY_PROTOCOL="s3cret")

    assert ended.code == 2
    assert ended.errors.startswith("truesend: KAFKA_SECURITY_PROTOCOL: ")
    assert len(ended.errors.splitlines()) == 1
    assert "s3cret" not in ended.errors


@pytest.mark.parametrize("service", ["verifier", "sender"])
def test_a_health_port_that_is_taken_ends_a_worker_with_one_line_that_names_it(service: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = truesend(service, **WORKER, HEALTH_PORT=str(taken.getsockname()[1]))

    assert ended.code == 2
    assert ended.errors.splitlines()[-1].startswith("truesend: HEALTH_HOST, HEALTH_PORT: ")
    assert "Traceback" not in ended.output + ended.errors


async def test_a_worker_that_waits_for_postgres_answers_that_it_lives_and_is_not_ready(
    tmp_path: Path,
) -> None:
    verifier = ServiceProcess("verifier", WORKER, folder=tmp_path, from_nursery=True)
    verifier.launch()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(verifier.kill)
        client = await stack.enter_async_context(aiohttp.ClientSession())

        async def health() -> tuple[int, int] | None:
            with contextlib.suppress(aiohttp.ClientError):
                async with (
                    client.get(f"{verifier.url}/healthz") as alive,
                    client.get(f"{verifier.url}/readyz") as ready,
                ):
                    return alive.status, ready.status
            return None

        assert await until(health, 30, "the verifier answers") == (200, 503)
        assert await asyncio.to_thread(verifier.terminate) == 0


def test_migrate_brings_an_empty_database_up_to_date_and_may_run_twice(empty_database: Database) -> None:
    for _ in range(2):
        ended = truesend("migrate", DATABASE_URL=empty_database.url)
        assert (ended.code, ended.errors) == (0, "")
        assert ended.output.endswith("The database is up to date.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("migrate",),
        ("demo",),
        ("restored", "--yes"),
        ("adopt",),
        ("adopt", "release", "--yes"),
        ("adopt", "compare"),
        ("privacy", "export", "--number", "+4915112345678", "--organization", str(UUID(int=1))),
    ],
    ids=" ".join,
)
def test_a_command_whose_database_is_away_says_so_in_one_line_with_a_code_of_its_own(arguments: Sequence[str]) -> None:
    ended = truesend(*arguments, DATABASE_URL=f"postgres://somebody:s3cret@{NOWHERE}/crm")

    assert ended.code == 3
    assert ended.errors.startswith(f"truesend: {arguments[0]}: the database can")
    assert len(ended.errors.splitlines()) == 1
    assert "s3cret" not in ended.output + ended.errors


def test_topics_are_created_once(kafka: SharedKafka, topic_prefix: str) -> None:
    variables = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "TRUESEND_TOPIC_PREFIX": topic_prefix,
        "KAFKA_TOPIC_PARTITIONS": "1",
    }

    first, second = truesend("topics", **variables), truesend("topics", **variables)

    assert set(first.output.splitlines()) == {
        f"Created {topic_prefix}{name}" for topic in TOPICS for name in (topic.name, topic.dead_letters)
    }
    assert second == Ended(0, "All topics are there.\n", "")


def test_topics_says_in_one_line_that_kafka_is_away() -> None:
    ended = truesend("topics", KAFKA_BOOTSTRAP_SERVERS=NOWHERE)

    assert ended.code == 3
    assert ended.errors.startswith("truesend: topics: Kafka can't be reached")
    assert "KAFKA_BOOTSTRAP_SERVERS" in ended.errors
    assert len(ended.errors.splitlines()) == 1


async def test_adopt_shows_what_is_held_and_sends_or_expires_it_by_organisation(database: Database) -> None:
    ours, theirs = uuid4(), uuid4()
    connection = await database.connect()
    our_message = await _overdue(connection, ours)
    their_message = await _overdue(connection, theirs)
    await connection.execute("UPDATE truesend.adoption SET overdue_before = now()")

    shown = truesend("adopt", DATABASE_URL=database.url)
    sent = truesend("adopt", "--send", "--organization", str(ours), DATABASE_URL=database.url)
    shown_later = truesend("adopt", DATABASE_URL=database.url)
    expired = truesend("adopt", "--expire", DATABASE_URL=database.url)

    assert f"organisation {ours}: 1 messages" in shown.output
    assert f"organisation {theirs}: 1 messages" in shown.output
    assert sent.output == "1 messages may be sent now.\n"
    assert str(ours) not in shown_later.output
    assert expired.output == "1 messages failed as expired.\n"
    assert truesend("adopt", DATABASE_URL=database.url).output == "Nothing is held.\n"
    assert (await message_row(connection, our_message))["status"] == "pending"
    assert (await message_row(connection, their_message))["status"] == "failed"
    await connection.close()


def test_adopt_on_a_database_that_is_not_migrated_says_so(empty_database: Database) -> None:
    ended = truesend("adopt", DATABASE_URL=empty_database.url)

    assert ended == Ended(1, "", "truesend: adopt: the database is not migrated; run truesend migrate\n")


def test_adopt_refuses_two_words_at_once() -> None:
    assert truesend("adopt", "--send", "--expire").code == 2


async def _overdue(connection: asyncpg.Connection, organization_id: UUID) -> UUID:
    session_id = await insert_session(connection, organization_id=organization_id)
    return await insert_message(connection, organization_id=organization_id, session_id=session_id, due_in_s=-3600)
