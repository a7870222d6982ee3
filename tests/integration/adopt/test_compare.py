"""While Truesend only verifies, the CRM's own job goes on: what it marks is held against what the gateway said."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest_asyncio

from simulator.server import Simulator
from tests.acceptance.conftest import GATEWAY_KEY, environment_of
from tests.harness.commands import truesend
from tests.harness.fixtures import StartService
from tests.harness.shared import SharedKafka, SharedPostgres
from tests.harness.waiting import until
from tests.integration.adopt.crm_jobs import process_whatsapp_queue
from tests.migration.crm import CONNECTED_SESSION, FIRST_ORGANIZATION, make_crm, owned_database
from truesend.broker.topics import create_topics
from truesend.cli.adopt.check.routes import Path, route_view
from truesend.cli.adopt.compare import Comparison, compare_on
from truesend.settings import KafkaSettings
from truesend.store.migrations import migrate_async

HOUR_S = 3_600.0
VIEW = route_view(
    Path("workshop_id", "workshops", "id", "whatsapp_session_id"),
    Path("group_id", "whatsapp_groups", "id", "group_jid"),
)
DUE = """
    INSERT INTO scheduled_whatsapp_messages
        (organization_id, group_id, workshop_id, message_type, message_content, scheduled_for)
    SELECT w.organization_id, g.id, CASE WHEN $2 THEN w.id END, 'reminder', 'see you at ten', now()
    FROM workshops AS w JOIN whatsapp_groups AS g ON g.organization_id = w.organization_id
    WHERE w.whatsapp_session_id = $1 ORDER BY w.id, g.id LIMIT 1 RETURNING id
"""
SAYS_CONNECTED = "UPDATE whatsapp_sessions SET status = 'connected' WHERE id = $1"


@dataclass
class Shadow:
    """A CRM whose sessions Truesend verifies, and whose messages it does not touch."""

    db: asyncpg.Connection
    gateway: Simulator
    url: str

    async def message(self, *, has_workshop: bool = True) -> UUID:
        """A due message of the one session."""
        message_id: UUID = await self.db.fetchval(DUE, CONNECTED_SESSION, has_workshop)
        return message_id

    async def becomes(self, status: str) -> None:
        """Wait until the session's row says so, written by the verifier."""
        statement = "SELECT status = $2 FROM whatsapp_sessions WHERE id = $1"
        await until(lambda: self.db.fetchval(statement, CONNECTED_SESSION, status), 20, f"the session is {status}")

    async def compared(self) -> Comparison:
        """What is found about the organisation in the last hour."""
        found = await compare_on(self.db, within_s=HOUR_S, organizations=[FIRST_ORGANIZATION])
        [comparison] = found.organizations
        return comparison


@pytest_asyncio.fixture
async def shadow(
    postgres: SharedPostgres, kafka: SharedKafka, topic_prefix: str, start_service: StartService
) -> AsyncIterator[Shadow]:
    """One session of the CRM is connected at the gateway, the verifier runs, and all old messages are gone."""
    async with owned_database(postgres.url) as crm, Simulator.running(api_key=GATEWAY_KEY) as gateway:
        await make_crm(crm, rows=1)
        await migrate_async(crm.url)
        settings = {"kafka_bootstrap_servers": kafka.bootstrap_servers, "truesend_topic_prefix": topic_prefix}
        await create_topics(KafkaSettings.model_validate({**settings, "kafka_topic_partitions": 4}))
        db = await crm.connect()
        await db.execute(VIEW)
        await db.execute("DELETE FROM scheduled_whatsapp_messages")
        await db.execute("DELETE FROM webinars")
        await db.execute("DELETE FROM whatsapp_sessions WHERE id <> $1", CONNECTED_SESSION)
        gateway_id = await db.fetchval("SELECT session_data ->> 'vps_session_id' FROM whatsapp_sessions")
        gateway.world.add(gateway_id)
        await db.execute("UPDATE whatsapp_sessions SET status = 'disconnected'")
        await start_service("verifier", environment_of(crm.url, kafka.bootstrap_servers, gateway.url, topic_prefix))
        yield Shadow(db, gateway, crm.url)
        await db.close()


async def test_what_the_crms_job_marks_as_sent_while_the_session_is_down_is_shown_with_the_session_and_since_when(
    shadow: Shadow,
) -> None:
    await shadow.becomes("connected")
    honest = await shadow.message()
    await process_whatsapp_queue(shadow.db)
    before = await shadow.compared()

    shadow.gateway.world.drop(await _gateway_id(shadow.db))
    await shadow.becomes("disconnected")
    false, orphan = await shadow.message(), await shadow.message(has_workshop=False)
    await process_whatsapp_queue(shadow.db)
    await shadow.db.execute(SAYS_CONNECTED, CONNECTED_SESSION)
    await shadow.becomes("disconnected")
    after = await shadow.compared()

    assert before.counts == {"falsely_down": 1}
    assert before.verified_lately == before.sessions == 1
    assert after.counts == {
        "sent_while_down": 1,
        "sent_without_session": 1,
        "false_statuses": 1,
        "falsely_down": 1,
    }
    [example] = after.examples["sent_while_down"]
    assert (example.message_id, example.session_id) == (false, CONNECTED_SESSION)
    assert example.since is not None
    assert example.since < example.at
    assert [each.message_id for each in after.examples["sent_without_session"]] == [orphan]
    assert honest not in {each.message_id for kept in after.examples.values() for each in kept}

    told = truesend("adopt", "compare", "--within", "1h", DATABASE_URL=shadow.url)
    answer = json.loads(truesend("adopt", "compare", "--json", DATABASE_URL=shadow.url).output)
    assert (told.code, told.errors) == (0, "")
    assert "1 messages marked as sent while their session was down at its gateway" in told.output
    assert str(false) in told.output
    assert answer["organizations"][0]["sent_while_down"]["examples"][0]["message_id"] == str(false)


async def test_what_was_given_up_or_left_although_the_session_was_connected_is_shown(shadow: Shadow) -> None:
    await shadow.becomes("connected")
    given_up, left = await shadow.message(), await shadow.message()
    await shadow.db.execute("UPDATE scheduled_whatsapp_messages SET status = 'failed' WHERE id = $1", given_up)
    await shadow.db.execute(
        "UPDATE scheduled_whatsapp_messages SET scheduled_for = now() - interval '20 minutes' WHERE id = $1", left
    )

    compared = await shadow.compared()

    assert [each.message_id for each in compared.examples["failed_while_up"]] == [given_up]
    assert [each.message_id for each in compared.examples["never_taken"]] == [left]


async def _gateway_id(db: asyncpg.Connection) -> str:
    return str(await db.fetchval("SELECT session_data ->> 'vps_session_id' FROM whatsapp_sessions"))
