"""From the gateway's events on Kafka to the message's row and facts, with a whole sender in between."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from tests.harness.rows import facts_of
from tests.harness.waiting import until
from tests.integration.sender.conftest import Stage
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher, Record
from truesend.contracts.events import GatewayEvent
from truesend.contracts.topics import GATEWAY_EVENTS


class Teller:
    """Publishes what the stage's gateway tells."""

    def __init__(self, stage: Stage, publisher: Publisher) -> None:
        self._stage = stage
        self._publisher = publisher

    async def now(self) -> datetime:
        moment: datetime = await self._stage.connection.fetchval("SELECT now()")
        return moment

    async def tell(self, session_id: UUID, kind: str, **values: Any) -> None:
        now = await self.now()
        event = GatewayEvent.model_validate(
            {
                "gateway": "default",
                "gateway_session_id": "wa_1",
                "kind": kind,
                "received_at": now,
                "occurred_at": now,
                "recipient": "919812345678",
            }
            | values
        )
        await self.publish(session_id, event.model_dump_json().encode())

    async def publish(self, session_id: UUID, body: bytes) -> None:
        record = Record(
            topic=GATEWAY_EVENTS, key=session_id, body=body, event_type="gateway.event", time=await self.now()
        )
        await self._publisher.publish([record])


@pytest_asyncio.fixture
async def teller(stage: Stage) -> AsyncIterator[Teller]:
    broker = make_broker(stage.settings, service="test")
    await broker.start()
    yield Teller(stage, Publisher(broker, topic_prefix=stage.settings.truesend_topic_prefix, source="/test"))
    await broker.stop()


async def test_an_accepted_message_becomes_sent_by_its_callback_from_kafka(stage: Stage, teller: Teller) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none", lookup="off")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(message_id, accepted=True, within_s=15)

    await teller.tell(session_id, "sent", gateway_message_id="3EB0")
    await teller.tell(session_id, "delivered", gateway_message_id="3EB0")
    await teller.tell(session_id, "read", gateway_message_id="3EB0")

    async def is_read() -> bool:
        return (await stage.row(message_id))["read_at"] is not None

    await stage.becomes(message_id, status="sent", within_s=15)
    await until(is_read, 10, "it is read")
    types = await facts_of(stage.connection, message_id)
    assert types == ["message.accepted", "message.sent", "message.delivered", "message.read"]


async def test_a_failed_callback_is_tried_again_and_the_next_attempt_is_confirmed_by_its_own(
    stage: Stage, teller: Teller
) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none", lookup="off")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(message_id, accepted=True, within_s=15)

    await teller.tell(session_id, "failed", outcome="transient", detail="Timed Out")
    await stage.becomes(message_id, accepted=True, retry_count=1, status="sending", within_s=15)
    await teller.tell(session_id, "sent", gateway_message_id="3EB1")

    row = await stage.becomes(message_id, status="sent", within_s=15)
    assert (row["retry_count"], row["gateway_message_id"]) == (1, "3EB1")
    assert stage.gateway.ledger.post_count == 2


async def test_a_late_rejection_from_kafka_corrects_sent_and_holds_the_session(stage: Stage, teller: Teller) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    row = await stage.becomes(message_id, status="sent", within_s=15)

    await teller.tell(
        session_id, "rejected", gateway_message_id=row["gateway_message_id"], outcome="restricted", error_code=463
    )
    await stage.becomes(message_id, status="failed", within_s=15)
    waiting = await stage.message(session_id, recipient="919800000002")

    canary_session = await stage.session("wa_2")
    canary = await stage.message(canary_session)
    await stage.becomes(canary, status="sent", within_s=15)
    assert (await stage.row(waiting))["status"] == "pending"


async def test_an_accepted_message_without_a_callback_is_doubted_and_a_late_callback_still_counts(
    stage: Stage, teller: Teller
) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none", lookup="off")
    message_id = await stage.message(session_id)
    await stage.start_sender(confirm_timeout_s=0.5)
    doubted = await stage.becomes(message_id, unconfirmed=True, within_s=15)

    await teller.tell(session_id, "sent", occurred_at=doubted["attempt_started_at"] + timedelta(seconds=1))

    row = await stage.becomes(message_id, status="sent", within_s=15)
    assert (row["unconfirmed_at"], row["error_message"]) == (None, None)


async def test_a_rejected_message_is_not_corrected_by_an_answer_that_comes_late(stage: Stage, teller: Teller) -> None:
    session_id = await stage.session("wa_1", hang_send_s=1.5, hang_send="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender(send_timeout_s=5.0)
    await stage.becomes(message_id, started=True, within_s=15)

    await teller.tell(session_id, "rejected", detail="not accepted")
    await stage.becomes(message_id, status="failed", within_s=15)

    async def answered() -> bool:
        return bool(
            await stage.connection.fetchval(
                "SELECT count(*) FROM truesend.message_attempts WHERE message_id = $1 AND outcome = 'sent'", message_id
            )
        )

    await until(answered, 15, "the late answer is recorded")
    assert (await stage.row(message_id))["status"] == "failed"


async def test_a_poison_event_and_other_services_kinds_stop_nothing(stage: Stage, teller: Teller) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none", lookup="off")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(message_id, accepted=True, within_s=15)

    await teller.publish(session_id, b'{"kind": "sent"}')
    await teller.tell(session_id, "status", state="connected")
    await teller.tell(session_id, "sent", gateway_session_id=f"wa_{uuid4()}")
    await teller.tell(session_id, "read", gateway_message_id="\0" * 9, error_code=10**30)
    await teller.tell(session_id, "sent")

    await stage.becomes(message_id, status="sent", within_s=15)
