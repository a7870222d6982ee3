"""What nobody confirmed: looked up, never assumed, never blindly sent again."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from simulator.world import ScriptedAnswer
from tests.harness.rows import attempts_of, facts_of
from tests.harness.waiting import until
from tests.integration.sender.conftest import Stage
from truesend.store.queries import load_queries


async def test_a_timed_out_send_is_never_sent_again_without_a_lookup(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=3.0, hang_send="after_delivery", lookup="off")
    message_id = await stage.message(session_id)
    await stage.start_sender(send_timeout_s=0.5)

    row = await stage.becomes(message_id, status="sending", unconfirmed=True, leased=False, within_s=15)

    async def asked() -> bool:
        return "cannot say" in ((await stage.row(message_id))["error_message"] or "")

    await until(asked, 10, "the operator is told that the gateway cannot say")
    assert row["retry_count"] == 0
    assert stage.gateway.ledger.post_count == 1
    assert await facts_of(stage.connection, message_id) == ["message.unconfirmed", "message.unconfirmed"]


async def test_a_timed_out_send_that_arrived_is_found_and_says_sent(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=2.0, hang_send="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender(send_timeout_s=0.5)

    row = await stage.becomes(message_id, status="sent", within_s=20)

    assert row["gateway_message_id"] == stage.gateway.ledger.deliveries[0].message_id
    assert row["error_message"] is None
    assert row["vps_error"] is None
    assert stage.gateway.ledger.post_count == 1


async def test_a_reset_after_the_request_went_out_is_a_doubt_and_not_a_failure(stage: Stage) -> None:
    session_id = await stage.session("wa_1", reset="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender()

    await stage.becomes(message_id, status="sent", within_s=20)

    outcomes = [a["outcome"] for a in await attempts_of(stage.connection, message_id)]
    assert outcomes == ["unconfirmed"]
    assert stage.gateway.ledger.delivery_count == 1


async def test_absence_proves_nothing_by_default_and_waits_for_the_operator(stage: Stage) -> None:
    session_id = await stage.session("wa_1", reset="before_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender(lookup_settle_s=0.1)

    async def looked_up_often() -> bool:
        count = await stage.connection.fetchval(
            "SELECT absences FROM truesend.lookups WHERE message_id = $1", message_id
        )
        return (count or 0) >= 1

    await until(looked_up_often, 15, "it is looked up")
    row = await stage.becomes(message_id, status="sending", unconfirmed=True)
    assert "does not know" in row["error_message"]
    assert stage.gateway.ledger.post_count == 1


async def test_where_absence_counts_a_message_is_sent_again_after_two_absences(stage: Stage) -> None:
    session_id = await stage.session("wa_1", reset="before_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender(lookup_absence="resend", lookup_settle_s=0.5)
    await stage.becomes(message_id, unconfirmed=True, within_s=15)
    stage.gateway.world.change("wa_1", reset=None)

    row = await stage.becomes(message_id, status="sent", within_s=15)

    assert row["retry_count"] == 1
    assert stage.gateway.ledger.delivery_count == 1
    first, second = await attempts_of(stage.connection, message_id)
    assert second["started_at"] - first["finished_at"] >= timedelta(seconds=0.5)


async def test_an_older_message_in_the_chat_proves_nothing(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    first = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(first, status="sent", within_s=15)
    stage.gateway.world.change("wa_1", reset="before_delivery")

    second = await stage.message(session_id)

    row = await stage.becomes(second, status="sending", unconfirmed=True)
    await until(lambda: _lookups(stage, second), 10, "it is looked up")
    assert (await stage.row(second))["status"] == "sending"
    assert row["gateway_message_id"] is None


async def test_where_others_send_too_a_finding_without_an_id_proves_nothing(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=2.0, hang_send="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender(send_timeout_s=0.5, gateway_exclusive=False)

    await stage.becomes(message_id, unconfirmed=True, within_s=15)
    await until(lambda: _lookups(stage, message_id), 10, "it is looked up")

    assert (await stage.row(message_id))["status"] == "sending"


async def test_an_accepted_message_is_not_sent_until_it_is_confirmed(stage: Stage) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none", lookup="off")
    message_id = await stage.message(session_id)
    await stage.start_sender(confirm_timeout_s=0.8)

    accepted = await stage.becomes(message_id, accepted=True, within_s=15)
    doubted = await stage.becomes(message_id, status="sending", unconfirmed=True)

    assert accepted["status"] == "sending"
    assert accepted["unconfirmed_at"] is None
    assert doubted["unconfirmed_at"] - doubted["accepted_at"] >= timedelta(seconds=0.8)
    assert stage.gateway.ledger.post_count == 1


async def test_an_accepted_message_without_a_callback_is_looked_up(stage: Stage) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none")
    message_id = await stage.message(session_id)
    await stage.start_sender(confirm_timeout_s=0.5)

    await stage.becomes(message_id, status="sent", within_s=20)

    facts = await facts_of(stage.connection, message_id)
    assert facts == ["message.accepted", "message.unconfirmed", "message.sent"]


async def test_a_chats_second_message_waits_for_its_first_and_other_chats_do_not(stage: Stage) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none", lookup="off")
    first = await stage.message(session_id, recipient="919800000001", due_in_s=-3)
    second = await stage.message(session_id, recipient="919800000001", due_in_s=-2)
    other = await stage.message(session_id, recipient="919800000002", due_in_s=-1)
    await stage.start_sender(confirm_timeout_s=3.0)

    await stage.becomes(first, accepted=True, within_s=15)
    await stage.becomes(other, accepted=True)
    assert (await stage.row(second))["status"] == "pending"
    released = await stage.becomes(second, accepted=True, within_s=15)

    first_row = await stage.row(first)
    assert released["accepted_at"] - first_row["accepted_at"] >= timedelta(seconds=3)


async def test_doubts_in_a_row_hold_their_session_so_that_an_outage_leaves_few_of_them(stage: Stage) -> None:
    session_id = await stage.session("wa_1", reset="before_delivery", lookup="off")
    for number in range(10):
        await stage.message(session_id, recipient=f"91980000{number:04}")
    await stage.start_sender(backoff_base_s=30.0)

    async def held() -> bool:
        query = "SELECT hold_count FROM truesend.session_pace WHERE session_id = $1 AND held_until > now()"
        return bool(await stage.connection.fetchval(query, session_id) == 2)

    await until(held, 15, "the second doubt holds the session")
    assert stage.gateway.ledger.post_count == 2

    stage.gateway.world.revive("wa_1")
    await stage.connection.execute("UPDATE truesend.session_pace SET held_until = now()")

    async def others_are_sent() -> bool:
        query = "SELECT count(*) FROM scheduled_whatsapp_messages WHERE status = 'sent'"
        return bool(await stage.connection.fetchval(query) == 8)

    await until(others_are_sent, 20, "the others leave when the gateway answers again")
    pace = await stage.connection.fetchrow("SELECT * FROM truesend.session_pace WHERE session_id = $1", session_id)
    assert pace is not None
    assert (pace["hold_count"], pace["held_until"]) == (0, None)


async def test_a_single_doubt_does_not_hold_its_sessions_other_chats(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=60.0, hang_send="after_delivery", lookup="off")
    doubted = await stage.message(session_id, recipient="919800000001", due_in_s=-2)
    other = await stage.message(session_id, recipient="919800000002", due_in_s=-1)
    await stage.start_sender(backoff_base_s=30.0, send_timeout_s=2.0)

    async def posted() -> bool:
        return stage.gateway.ledger.post_count == 1

    await until(posted, 15, "the first is at the gateway")
    stage.gateway.world.change("wa_1", hang_send_s=0.0)

    await stage.becomes(doubted, unconfirmed=True)
    await stage.becomes(other, status="sent")


async def test_a_chat_is_released_when_its_doubt_was_looked_up_and_never_held_for_twice_the_time(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    not_asked = await _answered(stage, session_id, "9198001", ago_s=15, lookups=0)
    await _answered(stage, session_id, "9198002", ago_s=15, lookups=1)
    await _answered(stage, session_id, "9198003", ago_s=25, lookups=0)
    recent = await _answered(stage, session_id, "9198004", ago_s=5, lookups=1)

    await load_queries("sender")["release_chats"].execute(stage.connection, confirm_timeout_s=10.0)

    held = await stage.connection.fetch("SELECT message_id FROM truesend.dispatch_queue")
    assert {row["message_id"] for row in held} == {not_asked, recent}


async def _answered(stage: Stage, session_id: UUID, recipient: str, *, ago_s: float, lookups: int) -> UUID:
    """A doubt of so long ago that still holds its chat."""
    message_id = await stage.message(session_id, recipient=recipient)
    await stage.connection.execute(
        "INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at, gateway,"
        " lease_token, claimed_at, answered_at) VALUES ($1, $2, $3, $4, now(), 'default', gen_random_uuid(), now(),"
        " now() - make_interval(secs => $5))",
        message_id,
        stage.organization_id,
        session_id,
        recipient,
        ago_s,
    )
    await stage.connection.execute(
        "INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway, attempt_started_at,"
        " lookups) VALUES ($1, $2, $3, $4, 'default', now(), $5)",
        message_id,
        stage.organization_id,
        session_id,
        recipient,
        lookups,
    )
    return message_id


async def _claim_by_a_dead_sender(stage: Stage, message_id: UUID, *, started: bool) -> None:
    await stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'sending', lease_token = gen_random_uuid(),"
        " lease_until = now() + interval '1 second',"
        " attempt_started_at = CASE WHEN $2 THEN now() END WHERE id = $1",
        message_id,
        started,
    )
    await stage.connection.execute(
        "INSERT INTO truesend.dispatch_queue"
        " (message_id, organization_id, session_id, recipient, due_at, gateway, lease_token, claimed_at)"
        " SELECT id, organization_id, session_id, recipient, scheduled_for, 'default', lease_token, now()"
        " FROM scheduled_whatsapp_messages WHERE id = $1",
        message_id,
    )


async def test_a_lease_that_ran_out_before_the_start_goes_back_to_pending(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id)
    await _claim_by_a_dead_sender(stage, message_id, started=False)
    await stage.start_sender()

    row = await stage.becomes(message_id, status="sent", within_s=20)

    assert row["retry_count"] == 0
    assert stage.gateway.ledger.delivery_count == 1


async def test_a_lease_that_ran_out_after_the_start_is_a_doubt(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    message_id = await stage.message(session_id)
    await _claim_by_a_dead_sender(stage, message_id, started=True)
    await stage.start_sender()

    row = await stage.becomes(message_id, status="sending", unconfirmed=True, leased=False, within_s=20)

    assert row["attempt_started_at"] is not None
    assert stage.gateway.ledger.post_count == 0
    assert [a["outcome"] for a in await attempts_of(stage.connection, message_id)] == ["unconfirmed"]


async def test_a_late_success_counts_although_its_lease_ran_out(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=2.5, hang_send="after_delivery", lookup="off")
    message_id = await stage.message(session_id)
    await stage.start_sender(lease_s=0.6)

    await stage.becomes(message_id, unconfirmed=True, within_s=15)
    row = await stage.becomes(message_id, status="sent")

    assert row["unconfirmed_at"] is None
    assert [a["outcome"] for a in await attempts_of(stage.connection, message_id)] == ["sent"]
    assert stage.gateway.ledger.post_count == 1


async def test_a_late_failure_changes_nothing(stage: Stage) -> None:
    session_id = await stage.session("wa_1", latency_ms=2000, lookup="off")
    stage.gateway.world.change("wa_1", send_answer=ScriptedAnswer(status=400, body={"error": "too late to matter"}))
    message_id = await stage.message(session_id)
    await stage.start_sender(lease_s=0.6)
    await stage.becomes(message_id, unconfirmed=True, within_s=15)

    async def answered() -> bool:
        attempts = await attempts_of(stage.connection, message_id)
        return bool(attempts) and attempts[0]["outcome"] == "permanent"

    await until(answered, 10, "the late answer is recorded")
    row = await stage.row(message_id)
    assert (row["status"], row["vps_error"]) == ("sending", None)
    assert row["unconfirmed_at"] is not None


async def test_late_evidence_takes_back_a_retry_that_has_not_started(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=3.0, hang_send="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(message_id, started=True, within_s=15)
    await stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'pending', lease_token = NULL, lease_until = NULL,"
        " attempt_started_at = NULL, retry_count = 1, next_attempt_at = now() + interval '1 hour' WHERE id = $1",
        message_id,
    )

    row = await stage.becomes(message_id, status="sent")

    assert row["next_attempt_at"] is None
    assert stage.gateway.ledger.post_count == 1


async def test_late_evidence_corrects_a_failure_and_the_fact_says_so(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_send_s=2.0, hang_send="after_delivery")
    message_id = await stage.message(session_id)
    await stage.start_sender()
    await stage.becomes(message_id, started=True, within_s=15)
    await stage.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'failed', lease_token = NULL, lease_until = NULL WHERE id = $1",
        message_id,
    )

    await stage.becomes(message_id, status="sent")

    payload = await stage.connection.fetchval(
        "SELECT payload->>'correction' FROM truesend.event_log WHERE aggregateid = $1 AND type = 'message.sent'",
        message_id,
    )
    assert payload == "true"


@pytest.mark.parametrize("age_s", [-3600, -60])
async def test_rows_that_another_program_left_in_sending_are_never_sent_again(stage: Stage, age_s: float) -> None:
    session_id = await stage.session("wa_1")
    orphan = await stage.message(session_id, due_in_s=age_s)
    await stage.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'sending' WHERE id = $1", orphan)
    canary = await stage.message(session_id, recipient="919800000002")
    await stage.start_sender(message_max_age_s=600.0)

    await stage.becomes(canary, status="sent", within_s=15)
    row = await stage.becomes(orphan, status="sending", unconfirmed=age_s < -600)

    assert row["lease_token"] is None
    assert [post.recipient for post in stage.gateway.ledger.posts] == ["919800000002"]


async def _lookups(stage: Stage, message_id: UUID) -> bool:
    count = await stage.connection.fetchval(
        "SELECT lookups FROM truesend.lookups WHERE message_id = $1 AND next_lookup_at > now()", message_id
    )
    return bool(count)


async def test_each_message_of_a_chat_is_proved_although_the_gateway_only_accepts(stage: Stage) -> None:
    session_id = await stage.session("wa_1", mode="accepted", callback="none")
    await stage.start_sender(confirm_timeout_s=0.5)
    first = await stage.message(session_id)
    await stage.becomes(first, status="sent", within_s=20)

    second = await stage.message(session_id)

    row = await stage.becomes(second, status="sent", within_s=20)
    assert row["gateway_message_id"] != (await stage.row(first))["gateway_message_id"]


@pytest.mark.parametrize(("seconds_before", "ambiguous"), [(2, True), (60, False)])
async def test_a_message_without_an_id_that_left_a_moment_before_makes_a_finding_ambiguous(
    stage: Stage, seconds_before: int, ambiguous: bool
) -> None:
    session_id = await stage.session("wa_1")
    started_at = await stage.connection.fetchval("SELECT now()")
    await stage.connection.execute(
        "INSERT INTO truesend.message_attempts (message_id, number, organization_id, session_id, gateway, recipient,"
        " lease_token, started_at, finished_at, outcome) VALUES (gen_random_uuid(), 1, $1, $2, 'default', '9198',"
        " gen_random_uuid(), $3, $3, 'sent')",
        stage.organization_id,
        session_id,
        started_at - timedelta(seconds=seconds_before),
    )

    known = await load_queries("sender")["other_claims_on_finding"].fetchrow(
        stage.connection,
        gateway_message_id="3EB0",
        message_id=uuid4(),
        session_id=session_id,
        recipient="9198",
        attempt_started_at=started_at,
        orphan=False,
    )

    assert known is not None
    assert known["is_ambiguous"] is ambiguous


async def test_a_new_doubt_does_not_count_the_absences_of_an_older_one(stage: Stage) -> None:
    session_id = await stage.session("wa_1", lookup="off")
    message_id = await stage.message(session_id)
    await _claim_by_a_dead_sender(stage, message_id, started=True)
    await stage.connection.execute(
        "INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway, attempt_started_at,"
        " absences, last_absence_at, next_lookup_at)"
        " VALUES ($1, $2, $3, '919812345678', 'default', now() - interval '1 day', 1, now(), now() + interval '1 hour')",
        message_id,
        stage.organization_id,
        session_id,
    )
    await stage.start_sender(lookup_absence="resend")

    await stage.becomes(message_id, unconfirmed=True, within_s=15)

    absences = await stage.connection.fetchval(
        "SELECT absences FROM truesend.lookups WHERE message_id = $1", message_id
    )
    assert absences == 0
