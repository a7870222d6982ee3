"""What operators do from a terminal: against a real API, a real Kafka and a real database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from tests.harness.commands import Ended, truesend
from tests.harness.databases import Database
from tests.harness.fixtures import StartService
from tests.harness.rows import insert_message, insert_session, message_row
from tests.harness.shared import SharedKafka
from truesend.broker.topics import create_topics
from truesend.settings import Settings

KEY = "key-of-the-operator"
NOWHERE = "http://127.0.0.1:1"
DLQ = "whatsapp.session.verify.v1.dlq"


@dataclass
class Desk:
    """Where an operator sits: a running API, and its database."""

    connection: asyncpg.Connection
    environment: dict[str, str]
    organization_id: UUID

    async def run(self, *arguments: str, **changes: str) -> Ended:
        """A command, while this test's own loop goes on."""
        return await asyncio.to_thread(truesend, *arguments, **(self.environment | changes))

    async def json(self, *arguments: str) -> Any:
        """What a command answers with --json."""
        ended = await self.run(*arguments, "--json")
        assert ended.code == 0, ended.errors
        return json.loads(ended.output)


@pytest_asyncio.fixture
async def settings(database: Database, kafka: SharedKafka, topic_prefix: str) -> dict[str, str]:
    """The services' settings, with every topic there."""
    values: dict[str, Any] = {
        "database_url": database.url,
        "kafka_bootstrap_servers": kafka.bootstrap_servers,
        "truesend_topic_prefix": topic_prefix,
        "gateway_url": NOWHERE,
        "kafka_topic_partitions": 2,
    }
    await create_topics(Settings(**values))
    return {name.upper(): str(value) for name, value in values.items()}


@pytest_asyncio.fixture
async def desk(database: Database, settings: dict[str, str], start_service: StartService) -> Desk:
    organization_id = uuid4()
    keys = json.dumps({KEY: str(organization_id)})
    api = await start_service("api", settings | {"API_KEYS": keys})
    reached = {"TRUESEND_URL": api.url, "TRUESEND_API_KEY": KEY}
    return Desk(await database.connect(), settings | reached, organization_id)


async def session(desk: Desk, **values: Any) -> UUID:
    return await insert_session(desk.connection, organization_id=desk.organization_id, **values)


async def message(desk: Desk, session_id: UUID, status: str = "failed", **values: Any) -> UUID:
    message_id = await insert_message(
        desk.connection, organization_id=desk.organization_id, session_id=session_id, **values
    )
    await desk.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = $2 WHERE id = $1", message_id, status
    )
    return message_id


async def test_sessions_are_listed_and_shown_whole_for_people_and_for_programs(desk: Desk) -> None:
    session_id = await session(desk)

    listed = await desk.json("sessions", "list")
    plain = await desk.run("sessions", "list")
    shown = await desk.json("sessions", "show", str(session_id))

    assert [row["id"] for row in listed["items"]] == [str(session_id)]
    assert str(session_id) in plain.output
    assert shown["id"] == str(session_id)


async def test_words_of_a_gateway_cannot_move_the_cursor_or_draw_markup(desk: Desk) -> None:
    session_id = await session(desk)
    await desk.connection.execute(
        "UPDATE whatsapp_sessions SET last_error = E'\\x1b[2Jgone [bold]loud[/bold]' WHERE id = $1", session_id
    )

    ended = await desk.run("sessions", "show", str(session_id))

    assert "\x1b" not in ended.output
    assert "[bold]loud[/bold]" in ended.output


async def test_failed_messages_are_retried_by_a_filter_after_they_were_counted(desk: Desk) -> None:
    session_id = await session(desk)
    failed = [await message(desk, session_id) for _ in range(3)]
    sent = await message(desk, session_id, status="sent")

    counted = await desk.json("messages", "retry", "--filter", "status=failed", "--dry-run")
    unanswered = await desk.run("messages", "retry", "--filter", "status=failed")
    done = await desk.json("messages", "retry", "--filter", "status=failed", "--yes")

    assert (counted["matched"], counted["dry_run"]) == (3, True)
    assert unanswered.code != 0
    assert "--yes" in unanswered.errors
    assert done["retried"] == 3
    statuses = [(await message_row(desk.connection, each))["status"] for each in [*failed, sent]]
    assert statuses == ["pending", "pending", "pending", "sent"]


async def test_a_refused_retry_says_why_and_ends_with_a_code_of_its_own(desk: Desk) -> None:
    sent = await message(desk, await session(desk), status="sent")

    refused = await desk.run("messages", "retry", str(sent))
    unknown = await desk.run("messages", "show", str(uuid4()))
    nowhere = await desk.run("messages", "list", TRUESEND_URL=NOWHERE)
    nobody = await desk.run("messages", "list", TRUESEND_API_KEY="wrong")

    assert (refused.code, unknown.code, nowhere.code) == (1, 4, 3)
    assert nobody.code == 2
    for ended in (refused, unknown, nowhere, nobody):
        assert (ended.errors + ended.output).strip()
        assert "Traceback" not in ended.errors
        assert KEY not in ended.errors + ended.output


async def test_a_waiting_message_is_cancelled_and_its_story_is_shown(desk: Desk) -> None:
    message_id = await message(desk, await session(desk), status="pending")

    assert (await desk.run("messages", "cancel", str(message_id))).code == 0

    shown = await desk.run("messages", "show", str(message_id))
    assert "cancelled" in shown.output


async def bury(settings: dict[str, str], count: int) -> str:
    """Put dead letters on a topic of theirs. Returns its name."""
    topic = f"{settings['TRUESEND_TOPIC_PREFIX']}{DLQ}"
    producer = AIOKafkaProducer(bootstrap_servers=settings["KAFKA_BOOTSTRAP_SERVERS"])
    await producer.start()
    for number in range(count):
        headers = [
            ("dlq_reason", b"it does not fit"),
            ("dlq_handler", b"VerifySession"),
            ("ce_type", b"session.verify"),
        ]
        await producer.send_and_wait(topic, b'{"number": %d}' % number, key=b"key", headers=headers)
    await producer.stop()
    return topic


RunCommand = Callable[..., Awaitable[Ended]]


@pytest.fixture
def run(settings: dict[str, str]) -> RunCommand:
    async def command(*arguments: str, **changes: str) -> Ended:
        return await asyncio.to_thread(truesend, *arguments, **(settings | changes))

    return command


async def test_dead_letters_are_listed_shown_replayed_and_dropped(
    settings: dict[str, str], run: RunCommand, kafka: SharedKafka
) -> None:
    topic = await bury(settings, 3)

    listed = json.loads((await run("dlq", "list", "--json")).output)["items"]
    shown = json.loads((await run("dlq", "show", f"{topic}:0:1", "--json")).output)
    replayed = await run("dlq", "replay", f"{topic}:0:1")
    again = await run("dlq", "replay", f"{topic}:0:1")
    dropped = await run("dlq", "drop", f"{topic}:0:0")
    left = json.loads((await run("dlq", "list", "--json")).output)["items"]
    all_of_them = await run("dlq", "drop", "--all", "--yes")

    assert [row["id"] for row in listed] == [f"{topic}:0:{number}" for number in range(3)]
    assert (shown["body"], shown["reason"]) == ({"number": 1}, "it does not fit")
    assert (replayed.code, again.code, dropped.code, all_of_them.code) == (0, 4, 0, 0), replayed.errors
    assert [row["id"] for row in left] == [f"{topic}:0:2"]
    assert json.loads((await run("dlq", "list", "--json")).output)["items"] == []


async def test_a_replayed_dead_letter_is_on_its_topic_as_it_was(
    settings: dict[str, str], run: RunCommand, kafka: SharedKafka
) -> None:
    from aiokafka import AIOKafkaConsumer

    topic = await bury(settings, 1)

    assert (await run("dlq", "replay", "--all", "--yes")).code == 0

    consumer = AIOKafkaConsumer(
        topic.removesuffix(".dlq"),
        bootstrap_servers=kafka.bootstrap_servers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    record = await asyncio.wait_for(consumer.getone(), 15)
    await consumer.stop()
    assert (record.key, record.value) == (b"key", b'{"number": 0}')
    assert [name for name, _ in record.headers] == ["ce_type"]


async def test_what_names_no_dead_letter_is_refused_in_one_line(run: RunCommand) -> None:
    wrong = await run("dlq", "show", "not-a-place")
    nothing = await run("dlq", "drop")
    away = await run("dlq", "list", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")

    assert (wrong.code, nothing.code, away.code) == (2, 2, 3)
    assert "dlq" in wrong.errors


async def test_the_doctor_says_what_is_ill_and_what_to_do(
    settings: dict[str, str], run: RunCommand, database: Database
) -> None:
    connection = await database.connect()
    await connection.execute(
        "INSERT INTO truesend.webhook_refusals (gateway, reason, hour, refused, first_at, last_at)"
        " VALUES ('default', 'wrong_secret', date_trunc('hour', now()), 12, now(), now())"
    )
    await connection.close()

    ended = await run("doctor", "--json")

    found = {finding["check"]: finding for finding in json.loads(ended.output)}
    assert ended.code == 1
    for check in ("database", "migrations", "clocks", "relay", "leases", "kafka", "topics", "dead letters"):
        assert found[check]["state"] == "well", found[check]
    assert found["gateway default"]["state"] == "ill"
    assert found["gateway default"]["advice"]
    webhooks = found["webhooks of default"]
    assert webhooks["says"].startswith("12 webhooks refused since ")
    assert webhooks["says"].endswith("wrong secret")


async def test_the_doctor_tells_of_a_database_and_a_kafka_that_are_away_and_shows_no_password(run: RunCommand) -> None:
    ended = await run(
        "doctor", DATABASE_URL="postgres://crm:the-password@127.0.0.1:1/crm", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"
    )

    assert ended.code == 1
    assert ended.output.count("✗") >= 2
    assert "can't be reached" in ended.output
    assert "the-password" not in ended.output + ended.errors


async def test_the_doctor_finds_migrations_and_topics_that_are_missing(
    empty_database: Database, run: RunCommand
) -> None:
    ended = await run("doctor", "--json", DATABASE_URL=empty_database.url, TRUESEND_TOPIC_PREFIX="nobody-made-these.")

    found = {finding["check"]: finding for finding in json.loads(ended.output)}
    assert found["migrations"]["advice"] == "Run truesend migrate."
    assert found["topics"]["advice"] == "Run truesend topics."
