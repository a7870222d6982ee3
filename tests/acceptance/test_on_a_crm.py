"""Truesend on a live CRM's own tables: messages go by workshop and group, and what the CRM left behind is left alone."""

from uuid import UUID

import asyncpg

from simulator.server import Simulator
from tests.acceptance.conftest import GATEWAY_KEY, Town, environment_of
from tests.harness.docs import sql_block
from tests.harness.fixtures import StartService
from tests.harness.shared import SharedKafka, SharedPostgres
from tests.migration.crm import CONNECTED_SESSION, make_crm, owned_database
from truesend.broker.topics import create_topics
from truesend.settings import KafkaSettings
from truesend.store.migrations import migrate_async

VIEW = sql_block("adopting/index.md", "CREATE OR REPLACE VIEW truesend.message_routes")
INSERT = (
    "INSERT INTO scheduled_whatsapp_messages"
    " (organization_id, group_id, workshop_id, message_type, message_content, scheduled_for)"
    " SELECT w.organization_id, g.id, w.id, 'reminder', $2, now() FROM workshops AS w"
    " JOIN whatsapp_groups AS g ON g.organization_id = w.organization_id"
    " WHERE w.whatsapp_session_id = $1 ORDER BY w.id, g.id LIMIT 1 RETURNING id"
)


async def test_a_crms_messages_leave_by_its_own_tables_and_its_leftovers_stay(
    postgres: SharedPostgres, kafka: SharedKafka, topic_prefix: str, start_service: StartService
) -> None:
    async with (
        owned_database(postgres.url) as crm,
        Simulator.running(api_key=GATEWAY_KEY) as gateway,
    ):
        await make_crm(crm)
        await migrate_async(crm.url)
        connection = await crm.connect()
        await connection.execute(VIEW)
        await create_topics(
            KafkaSettings(
                kafka_bootstrap_servers=kafka.bootstrap_servers,
                truesend_topic_prefix=topic_prefix,
                kafka_topic_partitions=4,
            )
        )
        before = await _leftovers(connection)
        gateway.world.change_settings(create_unknown=True)
        environment = environment_of(crm.url, kafka.bootstrap_servers, gateway.url, topic_prefix)
        town = Town(crm.connect, gateway, environment, start_service)
        await connection.execute("UPDATE whatsapp_sessions SET status = 'connected' WHERE id = $1", CONNECTED_SESSION)
        await town.start("sender")

        message_id: UUID = await connection.fetchval(INSERT, CONNECTED_SESSION, "tomorrow at ten")
        row = await town.becomes(message_id, "sent")

        jid = await connection.fetchval("SELECT group_jid FROM whatsapp_groups WHERE id = $1", row["group_id"])
        delivered = [d for d in gateway.ledger.deliveries if d.text == "tomorrow at ten"]
        assert [d.recipient for d in delivered] == [jid]
        assert row["session_id"] is None
        assert await _leftovers(connection) == before
        await connection.close()


async def _leftovers(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """What was pending and overdue, sent, failed or cancelled on the day of adoption."""
    return await connection.fetch(
        "SELECT m.id, m.status, m.retry_count, m.error_message, m.version FROM scheduled_whatsapp_messages AS m,"
        " truesend.adoption AS a WHERE m.created_at <= a.recorded_at"
        " AND (m.status IN ('sent', 'failed', 'cancelled') OR (m.status = 'pending' AND m.scheduled_for <= a.overdue_before))"
        " ORDER BY m.id"
    )
