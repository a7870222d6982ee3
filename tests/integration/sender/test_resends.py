"""A doubt at a gateway that takes our ids: sent again under the same id, never called failed for it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from simulator.frame.server import SimulatedGateway
from simulator.kinds.waha import SimulatedWaha
from tests.harness.rows import insert_session
from tests.harness.waiting import until
from tests.integration.sender.conftest import Stage

KEY = "key-123456"


class Waha:
    """A WAHA in front of whatsmeow, and a sender that knows its version."""

    def __init__(self, stage: Stage, simulated: SimulatedGateway) -> None:
        self.stage = stage
        self.simulated = simulated
        self.session_id = UUID(int=0)

    async def starts(self, **changes: Any) -> None:
        settings = {
            "gateway_kind": "waha",
            "gateway_url": self.simulated.url,
            "gateway_api_key": KEY,
            "gateway_options": {"engine": "GOWS", "version": "2026.7.1"},
            "send_timeout_s": 0.5,
        }
        await self.stage.start_sender(**(settings | changes))

    async def doubt(self, **behaviour: Any) -> UUID:
        """A message whose first send has no answer."""
        self.session_id = await insert_session(
            self.stage.connection, organization_id=self.stage.organization_id, vps_session_id="s1"
        )
        self.simulated.memory.put("s1", state="WORKING", hang_send_s=60, hang_send="after_delivery", **behaviour)
        message_id = await self.stage.message(self.session_id)
        await self.starts()
        await self.stage.becomes(message_id, status="sending", unconfirmed=True, within_s=15)
        return message_id

    async def says(self, message_id: UUID, words: str) -> None:
        async def said() -> bool:
            return words in ((await self.stage.row(message_id))["error_message"] or "")

        await until(said, 30, f"the row says {words}")

    async def due_now(self, message_id: UUID) -> None:
        query = "UPDATE truesend.lookups SET next_lookup_at = now() WHERE message_id = $1"
        await self.stage.connection.execute(query, message_id)


@pytest.fixture
async def waha(stage: Stage) -> AsyncIterator[Waha]:
    async with SimulatedGateway.running(SimulatedWaha, api_key=KEY) as simulated:
        simulated.memory.change_settings(extra={"engine": "GOWS", "wait_s": 0.05})
        yield Waha(stage, simulated)


async def test_a_doubt_that_had_arrived_is_sent_again_under_its_id_and_shown_once(waha: Waha) -> None:
    message_id = await waha.doubt()
    reserved = (await waha.stage.row(message_id))["gateway_message_id"]
    waha.simulated.memory.put("s1", hang_send_s=0)

    row = await waha.stage.becomes(message_id, status="sent", within_s=20)

    assert [each.message_id for each in waha.simulated.ledger.deliveries] == [reserved]
    assert row["gateway_message_id"] == reserved
    assert (row["retry_count"] or 0, row["error_message"]) == (0, None)


async def test_a_refusal_under_the_same_id_never_makes_a_doubt_failed(waha: Waha) -> None:
    message_id = await waha.doubt()
    waha.simulated.memory.script("send", status=400, body={"message": "chatId must be a string"})

    await waha.says(message_id, "sent again under the same id (1 of 2), and refused")
    await waha.due_now(message_id)
    await waha.says(message_id, "(2 of 2), and refused")
    await waha.due_now(message_id)
    await waha.says(message_id, "Check the chat")

    row = await waha.stage.row(message_id)
    assert (row["status"], row["retry_count"] or 0) == ("sending", 0)
    assert waha.simulated.memory.calls.count("send") == 3


async def test_a_doubt_waits_until_its_session_may_send(waha: Waha) -> None:
    message_id = await waha.doubt()
    await waha.stage.connection.execute(
        "UPDATE whatsapp_sessions SET status = 'disconnected' WHERE id = $1", waha.session_id
    )
    await waha.due_now(message_id)
    await waha.says(message_id, "as soon as its session can send")
    resends = waha.simulated.memory.calls.count("send")
    waha.simulated.memory.put("s1", hang_send_s=0)
    await waha.stage.connection.execute(
        "UPDATE whatsapp_sessions SET status = 'connected' WHERE id = $1", waha.session_id
    )
    await waha.due_now(message_id)

    await waha.stage.becomes(message_id, status="sent", within_s=20)
    assert waha.simulated.memory.calls.count("send") == resends + 1


async def test_a_doubt_that_is_cancelled_is_not_sent_again(waha: Waha) -> None:
    message_id = await waha.doubt()
    await waha.stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1", message_id
    )
    sends = waha.simulated.memory.calls.count("send")
    await waha.due_now(message_id)

    async def is_dropped() -> bool:
        query = "SELECT count(*) FROM truesend.lookups WHERE message_id = $1"
        return bool(await waha.stage.connection.fetchval(query, message_id) == 0)

    await until(is_dropped, 10, "nobody looks after it")
    assert waha.simulated.memory.calls.count("send") in {sends, sends + 1}
    assert (await waha.stage.row(message_id))["status"] == "cancelled"
