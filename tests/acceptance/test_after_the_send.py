"""After the send, with real processes: the simulated gateway's webhooks go to a real API, through Kafka, to the sender."""

from typing import Any
from uuid import UUID

from tests.acceptance.conftest import Town
from tests.harness.waiting import until

SECRET = "canary-webhook-secret-16180"


async def called_back(town: Town, **settings: Any) -> None:
    """An API and a sender; the gateway posts its webhooks there, each of them twice."""
    api = await town.start("api", webhook_secret=SECRET)
    await town.start("sender", **settings)
    town.gateway.world.change_settings(
        webhook_url=f"{api.url}/v1/webhooks/default", webhook_secret=SECRET, webhook_repeats=2
    )


async def facts(town: Town, message_id: UUID) -> list[str]:
    async with town.database() as connection:
        rows = await connection.fetch(
            "SELECT type FROM truesend.event_log WHERE aggregateid = $1 ORDER BY seq", message_id
        )
    return [row["type"] for row in rows]


async def test_an_accepted_message_is_confirmed_by_the_gateways_own_callback(town: Town) -> None:
    await called_back(town, confirm_timeout_s=60)
    session_id = await town.session(
        "wa_1", mode="accepted", callback="sent", lookup="off", receipts=["delivered", "read"]
    )

    message_id = await town.message(session_id)

    row = await town.becomes(message_id, "sent")
    assert row["gateway_message_id"] == town.gateway.ledger.deliveries[0].message_id

    async def is_read() -> bool:
        return (await town.row(message_id))["read_at"] is not None

    await until(is_read, 20, "it is delivered and read")
    row = await town.row(message_id)
    assert row["delivered_at"] <= row["read_at"]
    assert town.gateway.ledger.post_count == 1


async def test_a_late_rejection_reaches_the_operator_as_a_correction(town: Town) -> None:
    await called_back(town)
    session_id = await town.session("wa_1", late_rejection_code=420, late_rejection_delay_ms=300)

    message_id = await town.message(session_id)

    row = await town.becomes(message_id, "failed")
    assert "420" in row["vps_error"]
    assert await facts(town, message_id) == ["message.sent", "message.failed"]


async def test_a_failed_callback_puts_the_message_back_and_it_leaves_when_all_is_well(town: Town) -> None:
    await called_back(town, confirm_timeout_s=60)
    session_id = await town.session("wa_1", mode="accepted", callback="failed", lookup="off")
    message_id = await town.message(session_id)

    async def was_held() -> bool:
        return "message.held" in await facts(town, message_id)

    await until(was_held, 20, "the callback found the session down")
    town.gateway.world.change("wa_1", callback="sent")

    row = await town.becomes(message_id, "sent")
    assert row["retry_count"] == 0
