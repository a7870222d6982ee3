"""What the API writes for an operator, as the sender takes it up."""

from typing import Any
from uuid import UUID

from tests.harness.rows import attempts_of, facts_of
from tests.harness.waiting import until
from tests.integration.sender.conftest import Stage
from truesend.store.queries import load_queries

OPERATOR = {"actor": "user ann@example.com", "reason": None, "traceparent": None}


async def order(stage: Stage, query: str, message_id: UUID, states: list[str], **values: Any) -> bool:
    which = {"message_ids": [message_id]} if query == "retry_messages" else {"message_id": message_id}
    row = await load_queries("api")[query].fetchrow(
        stage.connection, organization_id=stage.organization_id, states=states, **which, **OPERATOR, **values
    )
    assert row is not None
    return bool(row["applied"])


async def no_look_up(stage: Stage) -> bool:
    lookups: int = await stage.connection.fetchval("SELECT count(*) FROM truesend.lookups")
    return lookups == 0


async def test_a_retried_message_is_sent_and_its_attempts_go_on_counting(stage: Stage) -> None:
    session_id = await stage.session("wa_1", send_answer={"status": 400, "body": {"error": "Invalid phone number"}})
    await stage.start_sender()
    message_id = await stage.message(session_id)
    await stage.becomes(message_id, status="failed")
    stage.gateway.world.change("wa_1", send_answer=None)

    assert await order(stage, "retry_messages", message_id, ["failed"], session_id=None)

    sent = await stage.becomes(message_id, status="sent")
    attempts = await attempts_of(stage.connection, message_id)
    assert [(attempt["number"], attempt["outcome"]) for attempt in attempts] == [(1, "permanent"), (2, "sent")]
    assert (sent["error_message"], sent["vps_error"], sent["retry_count"]) == (None, None, 0)


async def test_a_retry_through_another_session_leaves_by_that_one(stage: Stage) -> None:
    first = await stage.session("wa_1", send_answer={"status": 400, "body": {"error": "Invalid phone number"}})
    second = await stage.session("wa_2")
    await stage.start_sender()
    message_id = await stage.message(first)
    await stage.becomes(message_id, status="failed")

    assert await order(stage, "retry_messages", message_id, ["failed"], session_id=second)

    await stage.becomes(message_id, status="sent")
    assert {delivery.session_id for delivery in stage.gateway.ledger.deliveries} == {"wa_2"}


async def test_an_old_message_that_is_retried_is_sent_and_not_expired(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id, due_in_s=-3 * 86_400.0)
    await stage.start_sender()
    await stage.becomes(message_id, status="failed")

    assert await order(stage, "retry_messages", message_id, ["failed"], session_id=None)

    await stage.becomes(message_id, status="sent")


async def test_a_check_of_an_accepted_message_finds_what_no_callback_told(stage: Stage) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none")
    await stage.start_sender()
    message_id = await stage.message(session_id)
    await stage.becomes(message_id, accepted=True)

    assert await order(stage, "check_message", message_id, ["accepted"])

    await stage.becomes(message_id, status="sent")
    facts = await facts_of(stage.connection, message_id)
    assert facts == ["message.accepted", "message.check_requested", "message.sent"]


async def test_a_check_of_an_accepted_message_that_finds_nothing_never_has_it_sent_again(stage: Stage) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none", lookup="forgets")
    await stage.start_sender(lookup_absence="resend", lookup_settle_s=0.0)
    message_id = await stage.message(session_id)
    await stage.becomes(message_id, accepted=True)

    for _ in range(3):
        assert await order(stage, "check_message", message_id, ["accepted"])
        await until(lambda: no_look_up(stage), 10, "the look-up has been made")

    row = await stage.row(message_id)
    assert (row["status"], row["unconfirmed_at"], row["retry_count"]) == ("sending", None, 0)
    assert stage.gateway.ledger.post_count == 1
