"""The whole loop through each kind of gateway: from a due row to its receipt, and what goes wrong on the way."""

import pytest

from tests.harness.rows import facts_of
from tests.harness.waiting import until
from tests.integration.gateways.conformance.bench import GROUP
from tests.integration.gateways.loop.conftest import KEY, WITHIN_S, Loop


async def test_a_due_row_becomes_sent_and_delivered_and_a_late_rejection_is_believed(loop: Loop) -> None:
    can = loop.capabilities
    await loop.add_session(status="disconnected")
    await loop.verify()
    await loop.session_becomes("connected")
    loop.bench.put_session(loop.gateway, receipts=["delivered", "read"])

    to_person, to_group = await loop.message(), await loop.message(recipient=GROUP)
    confirmed = ("sent_at", "gateway_message_id")
    receipts = ("delivered_at", "read_at") if can.receipts else ()
    person = await loop.becomes(to_person, "sent", *confirmed, *receipts)
    group = await loop.becomes(to_group, "sent", *confirmed)

    delivered = {each.recipient: each.message_id for each in loop.gateway.ledger.deliveries}
    assert delivered == {
        loop.bench.number_chat: person["gateway_message_id"],
        loop.bench.group_chat: group["gateway_message_id"],
    }
    assert loop.gateway.ledger.duplicates() == {}

    if can.acks:
        loop.bench.put_session(loop.gateway, ack="error", ack_delay_ms=300, receipts=[])
        rejected = await loop.becomes(await loop.message(), "failed", "vps_error")
        assert rejected["sent_at"] is None or can.answer_confirms


async def test_a_session_that_is_lost_holds_its_messages_and_they_leave_when_it_is_back(loop: Loop) -> None:
    await loop.add_session(status="connected")
    word = loop.gateway.kind.word
    loop.bench.put_session(loop.gateway, state=word("disconnected"))

    message_id = await loop.message()
    await loop.session_becomes("disconnected")
    waiting = await loop.row(message_id)
    loop.bench.put_session(loop.gateway, state=word("connected"))
    await loop.verify()
    await loop.session_becomes("connected")
    sent = await loop.becomes(message_id, "sent")

    assert (waiting["status"], waiting["retry_count"] or 0) in {("pending", 0), ("sending", 0)}
    assert (sent["retry_count"] or 0, sent["vps_error"]) == (0, None)
    assert [each.text for each in loop.gateway.ledger.deliveries] == [sent["message_content"]]


async def test_a_send_without_an_answer_is_never_called_sent_or_failed_without_proof(loop: Loop) -> None:
    can = loop.capabilities
    await loop.add_session(status="connected")
    loop.bench.put_session(loop.gateway, hang_send_s=60, hang_send="after_delivery", ack="none")

    message_id = await loop.message()
    await loop.becomes(message_id, "sending", "unconfirmed_at")
    loop.bench.put_session(loop.gateway, hang_send_s=0, ack="on")

    if can.caller_id is not None:
        row = await loop.becomes(message_id, "sent")
        (delivery,) = loop.gateway.ledger.deliveries
        assert row["gateway_message_id"] == delivery.message_id
        # once more, or twice where the first of these met the gateway while it still hung
        assert loop.gateway.ledger.post_count in {2, 3}
        return

    async def is_left_to_the_operator() -> bool:
        return "Check the chat" in ((await loop.row(message_id))["error_message"] or "")

    await until(is_left_to_the_operator, WITHIN_S, "an operator is asked")
    assert (await loop.row(message_id))["status"] == "sending"
    assert loop.gateway.ledger.post_count == 1


async def test_an_ack_that_overtakes_its_answer_confirms_the_message(loop: Loop) -> None:
    if not loop.capabilities.acks:
        pytest.skip("acks is not declared")
    await loop.add_session(status="connected")
    loop.bench.put_session(loop.gateway, ack="before_answer", hang_send_s=1.0, hang_send="after_delivery")

    message_id = await loop.message()
    row = await loop.becomes(message_id, "sent")

    assert row["gateway_message_id"] == loop.gateway.ledger.deliveries[0].message_id
    types = await facts_of(loop.connection, message_id)
    assert types.count("message.sent") == 1


async def test_an_ack_of_a_reserved_id_confirms_a_send_that_is_never_answered(loop: Loop) -> None:
    can = loop.capabilities
    if not (can.acks and can.caller_id):
        pytest.skip("acks and caller_id are not both declared")
    await loop.add_session(status="connected")
    loop.bench.put_session(loop.gateway, ack="before_answer", hang_send_s=60, hang_send="after_delivery")

    row = await loop.becomes(await loop.message(), "sent")

    assert row["unconfirmed_at"] is None
    assert row["gateway_message_id"] == loop.gateway.ledger.deliveries[0].message_id
    assert loop.gateway.ledger.post_count == 1


async def test_a_retry_of_an_operator_has_an_id_of_its_own(loop: Loop) -> None:
    can = loop.capabilities
    if not (can.acks and can.caller_id):
        pytest.skip("acks and caller_id are not both declared")
    await loop.add_session(status="connected")
    loop.bench.put_session(loop.gateway, ack="error")
    message_id = await loop.message()
    first = await loop.becomes(message_id, "failed", "gateway_message_id")
    loop.bench.put_session(loop.gateway, ack="on")

    answer = await loop.api.call("POST", f"/v1/messages/{message_id}/retry", headers={"X-API-Key": KEY}, json={})
    second = await loop.becomes(message_id, "sent", "gateway_message_id")

    assert answer.status == 200, answer
    assert first["gateway_message_id"] != second["gateway_message_id"]
    assert loop.gateway.ledger.delivery_count == 2
