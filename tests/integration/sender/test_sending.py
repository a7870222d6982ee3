"""What becomes of a message, from due row to outcome."""

from itertools import pairwise
from uuid import uuid4

import asyncpg
import pytest

from simulator.world import ScriptedAnswer
from tests.harness.rows import attempts_of, facts_of
from tests.harness.waiting import times_longer, until
from tests.integration.sender.conftest import Stage


async def test_a_due_message_leaves_and_says_sent(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id)
    await stage.start_sender()

    row = await stage.becomes(message_id, status="sent", within_s=15)

    assert row["sent_at"] is not None
    assert row["gateway_message_id"]
    assert row["lease_token"] is None
    assert [d.text for d in stage.gateway.ledger.deliveries] == ["Namaste"]
    assert [a["outcome"] for a in await attempts_of(stage.connection, message_id)] == ["sent"]
    assert await facts_of(stage.connection, message_id) == ["message.sent"]


@pytest.mark.parametrize("session_data", [None, "{}", '{"vps_session_id": ""}'])
async def test_a_session_without_a_name_at_its_gateway_sends_by_the_one_that_it_is_verified_by(
    stage: Stage, session_data: str | None
) -> None:
    session_id = await stage.session("unused")
    stage.gateway.world.add(f"wa_{session_id}")
    await stage.connection.execute(
        "UPDATE whatsapp_sessions SET session_data = $2::text::jsonb WHERE id = $1", session_id, session_data
    )
    message_id = await stage.message(session_id)
    await stage.start_sender()

    await stage.becomes(message_id, status="sent", within_s=15)


async def test_a_message_leaves_when_it_is_due_and_not_before(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id, due_in_s=2.5)
    await stage.start_sender()

    row = await stage.becomes(message_id, status="sent", within_s=15)

    assert row["attempt_started_at"] >= row["scheduled_for"]
    assert (row["attempt_started_at"] - row["scheduled_for"]).total_seconds() < 1.0 * times_longer()


async def test_a_refused_message_fails_with_the_gateways_own_words(stage: Stage) -> None:
    refusal = ScriptedAnswer(status=400, body={"error": "The number is not on WhatsApp"})
    session_id = await stage.session("wa_1", send_answer=refusal)
    message_id = await stage.message(session_id)
    await stage.start_sender()

    row = await stage.becomes(message_id, status="failed", within_s=15)

    assert "not on WhatsApp" in row["vps_error"]
    assert row["error_message"]
    assert "not on WhatsApp" not in row["error_message"]
    assert row["retry_count"] == 1
    assert await facts_of(stage.connection, message_id) == ["message.failed"]


async def test_a_transient_failure_is_tried_again_until_the_budget_is_spent(stage: Stage) -> None:
    session_id = await stage.session("wa_1", send_answer=ScriptedAnswer(status=500, body={"error": "engine broke"}))
    message_id = await stage.message(session_id)
    await stage.start_sender(max_attempts=3)

    row = await stage.becomes(message_id, status="failed", within_s=20)

    assert row["retry_count"] == 3
    assert "engine broke" in row["vps_error"]
    assert [a["outcome"] for a in await attempts_of(stage.connection, message_id)] == ["transient"] * 3
    assert [a["number"] for a in await attempts_of(stage.connection, message_id)] == [1, 2, 3]
    facts = await facts_of(stage.connection, message_id)
    assert facts == ["message.retry_scheduled", "message.retry_scheduled", "message.failed"]


async def test_an_unreachable_gateway_is_never_a_doubt(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id)
    await stage.start_sender(gateway_url="http://127.0.0.1:9", max_attempts=2)

    row = await stage.becomes(message_id, status="failed", within_s=20)

    assert row["unconfirmed_at"] is None
    assert {a["outcome"] for a in await attempts_of(stage.connection, message_id)} == {"never_transmitted"}


async def test_a_503_costs_no_attempt_holds_the_session_and_asks_for_a_verification(stage: Stage) -> None:
    session_id = await stage.session("wa_1", lie=True)
    first = await stage.message(session_id, due_in_s=-2)
    second = await stage.message(session_id, recipient="919800000001", due_in_s=-1)
    await stage.start_sender(backoff_base_s=30.0)

    async def held() -> object:
        return await stage.connection.fetchrow(
            "SELECT * FROM truesend.session_pace WHERE session_id = $1 AND held_until > now()", session_id
        )

    await until(held, 15, "the session is held")
    row = await stage.becomes(first, status="pending", leased=False)
    other = await stage.becomes(second, status="pending", leased=False)

    assert row["retry_count"] == 0
    assert "not connected" in row["vps_error"]
    assert other["vps_error"] is None
    assert stage.gateway.ledger.post_count == 1
    assert await facts_of(stage.connection, first) == ["message.held"]


async def test_held_messages_leave_by_themselves_when_the_session_is_connected_again(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    await stage.connection.execute("UPDATE whatsapp_sessions SET status = 'disconnected' WHERE id = $1", session_id)
    messages = [await stage.message(session_id, recipient=f"9198000000{n:02}") for n in range(5)]
    canary = await stage.message(await stage.session("wa_2"))
    await stage.start_sender()
    await stage.becomes(canary, status="sent", within_s=15)
    assert stage.gateway.ledger.post_count == 1

    await stage.connection.execute("UPDATE whatsapp_sessions SET status = 'connected' WHERE id = $1", session_id)

    for message_id in messages:
        row = await stage.becomes(message_id, status="sent", within_s=2)
        assert row["retry_count"] == 0


async def test_messages_of_a_session_leave_in_scheduled_order(stage: Stage) -> None:
    session_id = await stage.session("wa_1", latency_ms=5)
    for n in range(20):
        await stage.message(session_id, recipient=f"91980000{n:04}", text=f"{n}", due_in_s=-100 + n)
    last = await stage.message(session_id, text="20", due_in_s=-1)
    await stage.start_sender()

    await stage.becomes(last, status="sent", within_s=20)

    assert [d.text for d in stage.gateway.ledger.deliveries] == [f"{n}" for n in range(21)]


async def test_a_message_that_waits_for_its_retry_does_not_block_the_next(stage: Stage) -> None:
    session_id = await stage.session("wa_1", send_answer=ScriptedAnswer(status=500, body={"error": "engine broke"}))
    first = await stage.message(session_id, due_in_s=-2)
    await stage.start_sender(backoff_base_s=60.0, backoff_max_s=60.0)
    await stage.becomes(first, retry_count=1, status="pending", within_s=15)
    stage.gateway.world.change("wa_1", send_answer=None)
    await stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET next_attempt_at = now() + interval '1 hour' WHERE id = $1", first
    )

    second = await stage.message(session_id, recipient="919800000002")

    await stage.becomes(second, status="sent")
    assert (await stage.row(first))["status"] == "pending"


async def test_a_session_sends_no_faster_than_its_interval(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    for n in range(4):
        last = await stage.message(session_id, recipient=f"91980000{n:04}", due_in_s=-10 + n)
    await stage.start_sender(session_min_interval_ms=400)

    await stage.becomes(last, status="sent", within_s=20)

    times = [post.at for post in stage.gateway.ledger.posts]
    assert all(later - earlier >= 0.35 for earlier, later in pairwise(times))


async def test_a_gateway_never_has_more_in_flight_than_its_credits(stage: Stage) -> None:
    for n in range(12):
        session_id = await stage.session(f"wa_{n}", latency_ms=150)
        last = await stage.message(session_id, due_in_s=-12 + n)
    await stage.start_sender(gateway_max_in_flight=3)
    await stage.start_sender(gateway_max_in_flight=3)

    async def all_sent() -> bool:
        pending = "SELECT count(*) FROM scheduled_whatsapp_messages WHERE status <> 'sent'"
        count: int = await stage.connection.fetchval(pending)
        return count == 0

    await until(all_sent, 30, "all are sent")
    posts, deliveries = stage.gateway.ledger.posts, stage.gateway.ledger.deliveries
    moments = sorted([(post.at, 1) for post in posts] + [(d.at, -1) for d in deliveries])
    in_flight = peak = 0
    for _, change in moments:
        in_flight += change
        peak = max(peak, in_flight)
    assert peak <= 3
    assert (await stage.row(last))["status"] == "sent"
    assert len(deliveries) == 12


async def test_one_organisation_with_a_long_queue_does_not_starve_another(stage: Stage) -> None:
    for n in range(6):
        busy = await stage.session(f"wa_busy_{n}", latency_ms=50)
        for m in range(40):
            await stage.message(busy, recipient=f"9198{n:02}{m:06}", due_in_s=-1000 + m)
    other_organization = uuid4()
    quiet = await stage.session("wa_quiet", organization_id=other_organization, latency_ms=50)
    message_id = await stage.message(quiet, organization_id=other_organization)
    await stage.start_sender(gateway_max_in_flight=2)

    await stage.becomes(message_id, status="sent", within_s=10)

    assert stage.gateway.ledger.delivery_count < 60


async def test_a_message_of_one_organisation_never_leaves_through_anothers_session(stage: Stage) -> None:
    foreign = await stage.session("wa_foreign", organization_id=uuid4())
    message_id = await stage.message(foreign)
    canary = await stage.message(await stage.session("wa_1"))
    await stage.start_sender()

    await stage.becomes(canary, status="sent", within_s=15)

    assert (await stage.row(message_id))["status"] == "pending"
    assert [d.session_id for d in stage.gateway.ledger.deliveries] == ["wa_1"]


async def test_only_enabled_organisations_are_dispatched(stage: Stage) -> None:
    enabled = uuid4()
    held = await stage.message(await stage.session("wa_1"))
    sent = await stage.message(await stage.session("wa_2", organization_id=enabled), organization_id=enabled)
    await stage.start_sender(dispatch_organizations=str(enabled))

    await stage.becomes(sent, status="sent", within_s=15)

    assert (await stage.row(held))["status"] == "pending"


async def test_a_message_cancelled_while_it_is_sent_stays_cancelled_and_its_attempt_is_recorded(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=1.0, hang_send="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(message_id, started=True, within_s=15)

    await stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1", message_id
    )

    async def recorded() -> bool:
        return bool(await attempts_of(stage.connection, message_id))

    await until(recorded, 10, "the attempt is recorded")
    assert (await stage.row(message_id))["status"] == "cancelled"
    attempt = (await attempts_of(stage.connection, message_id))[0]
    assert (attempt["outcome"], attempt["applied"]) == ("sent", False)


async def test_a_message_deleted_while_it_is_sent_is_no_error(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=0.7, hang_send="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(message_id, started=True, within_s=15)

    await stage.connection.execute("DELETE FROM scheduled_whatsapp_messages WHERE id = $1", message_id)

    next_id = await stage.message(session_id, recipient="919800000009")
    await stage.becomes(next_id, status="sent")
    assert [a["outcome"] for a in await attempts_of(stage.connection, message_id)] == ["sent"]


async def test_a_message_older_than_its_age_expires_and_is_not_sent(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id, due_in_s=-3600)
    await stage.start_sender(message_max_age_s=600.0)

    row = await stage.becomes(message_id, status="failed", within_s=15)

    assert "Expired" in row["error_message"]
    assert row["retry_count"] == 0
    assert stage.gateway.ledger.post_count == 0


async def test_a_message_without_a_session_stays_pending_and_stops_nobody(stage: Stage) -> None:
    orphan = await stage.message(None)
    sent = await stage.message(await stage.session("wa_1"))
    await stage.start_sender()

    await stage.becomes(sent, status="sent", within_s=15)

    assert (await stage.row(orphan))["status"] == "pending"


async def test_messages_overdue_before_adoption_are_neither_sent_nor_expired(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    old = await stage.message(session_id, due_in_s=-3600)
    await stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET created_at = now() - interval '2 hours' WHERE id = $1", old
    )
    await stage.connection.execute("UPDATE truesend.adoption SET overdue_before = now() - interval '1 minute'")
    fresh = await stage.message(session_id, recipient="919800000003")
    await stage.start_sender(message_max_age_s=600.0)

    await stage.becomes(fresh, status="sent", within_s=15)

    assert (await stage.row(old))["status"] == "pending"


async def test_a_message_follows_its_route_when_it_is_changed_while_it_waits(stage: Stage) -> None:
    down = await stage.session("wa_down")
    await stage.connection.execute("UPDATE whatsapp_sessions SET status = 'disconnected' WHERE id = $1", down)
    up = await stage.session("wa_up")
    message_id = await stage.message(down)
    canary = await stage.message(up)
    await stage.start_sender()
    await stage.becomes(canary, status="sent", within_s=15)

    await stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET session_id = $2 WHERE id = $1", message_id, up
    )

    await stage.becomes(message_id, status="sent")
    assert stage.gateway.ledger.deliveries[-1].session_id == "wa_up"


async def test_a_row_that_somebody_holds_locked_holds_up_nobody_else(stage: Stage) -> None:
    held = await stage.message(await stage.session("wa_1", latency_ms=400))
    await stage.start_sender()
    await stage.becomes(held, started=True, within_s=15)
    holder = await asyncpg.connect(stage.settings.database_url.get_secret_value())
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("SELECT FROM scheduled_whatsapp_messages WHERE id = $1 FOR UPDATE", held)

    others = [await stage.message(await stage.session(f"wa_other_{n}")) for n in range(3)]
    for message_id in others:
        await stage.becomes(message_id, status="sent", within_s=8)
    assert (await stage.row(held))["status"] == "sending"
    await transaction.rollback()
    await holder.close()

    await stage.becomes(held, status="sent")
    assert stage.gateway.ledger.delivery_count == 4
