"""What gateways tell after the send: each case by itself, on the sender's real statements."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.sender.attempt import StartedAttempt
from tests.harness.databases import Database
from tests.harness.rows import insert_session
from tests.integration.sender.scene import CHAT, Scene
from truesend.gateways.protocol import OutcomeKind
from truesend.store.pool import open_pool
from truesend.store.queries import load_queries

GROUP = "120363012345678901@g.us"
SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    pool = await open_pool(database.url, application="test", max_size=4)
    yield await Scene.on(pool, database.url)
    await pool.close()


@pytest_asyncio.fixture
async def shared_scene(database: Database) -> AsyncIterator[Scene]:
    """Others send through its gateway too."""
    pool = await open_pool(database.url, application="test", max_size=4)
    yield await Scene.on(pool, database.url, exclusive=False)
    await pool.close()


async def accepted(
    scene: Scene, gateway_message_id: str | None = None, recipient: str = CHAT
) -> tuple[UUID, StartedAttempt]:
    message_id = await scene.message(recipient)
    attempt = await scene.start(message_id)
    await scene.answer(attempt, OutcomeKind.ACCEPTED, gateway_message_id)
    return message_id, attempt


async def test_a_callback_makes_an_accepted_message_sent_and_says_so(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")

    await scene.tell(scene.event("sent", attempt.started_at + SECOND, gateway_message_id="3EB0"))

    row = await scene.row(message_id)
    assert (row["status"], row["gateway_message_id"], row["lease_token"]) == ("sent", "3EB0", None)
    fact = (await scene.facts(message_id))[-1]
    assert (fact["type"], fact["confirmed_by"], fact["correction"], fact["version"]) == (
        "message.sent",
        "callback",
        False,
        row["version"],
    )


@pytest.mark.parametrize("spelling", [CHAT, f"+{CHAT}", f"{CHAT}@s.whatsapp.net", f"{CHAT}@c.us"])
async def test_a_callback_without_an_id_of_ours_finds_the_one_in_flight_however_the_chat_is_spelled(
    scene: Scene, spelling: str
) -> None:
    message_id, attempt = await accepted(scene)

    await scene.tell(scene.event("sent", attempt.started_at + SECOND, chat=spelling, gateway_message_id="3EB1"))

    row = await scene.row(message_id)
    assert (row["status"], row["gateway_message_id"]) == ("sent", "3EB1")


async def test_where_others_send_too_a_callback_without_an_id_of_ours_proves_nothing(shared_scene: Scene) -> None:
    message_id, attempt = await accepted(shared_scene)

    await shared_scene.tell(shared_scene.event("sent", attempt.started_at + SECOND, gateway_message_id="3EB1"))

    assert (await shared_scene.row(message_id))["status"] == "sending"


async def test_where_others_send_too_a_callback_with_our_id_counts_even_before_the_answer(shared_scene: Scene) -> None:
    message_id = await shared_scene.message()
    attempt = await shared_scene.start(message_id)
    await shared_scene.tell(shared_scene.event("sent", attempt.started_at + SECOND, gateway_message_id="3EB1"))
    assert (await shared_scene.row(message_id))["status"] == "sending"

    await shared_scene.answer(attempt, OutcomeKind.ACCEPTED, "3EB1")

    assert (await shared_scene.row(message_id))["status"] == "sent"


async def test_a_callback_before_the_answer_confirms_the_one_in_flight_and_the_answer_changes_nothing(
    scene: Scene,
) -> None:
    message_id = await scene.message()
    attempt = await scene.start(message_id)

    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id=None))
    confirmed = await scene.row(message_id)
    await scene.answer(attempt, OutcomeKind.ACCEPTED, "3EB7")

    assert (confirmed["status"], confirmed["lease_token"]) == ("sent", None)
    row = await scene.row(message_id)
    assert (row["status"], row["gateway_message_id"], row["accepted_at"]) == ("sent", "3EB7", None)
    (recorded,) = await scene.pool.fetch("SELECT * FROM truesend.message_attempts WHERE message_id = $1", message_id)
    assert (recorded["outcome"], recorded["gateway_message_id"]) == ("accepted", "3EB7")
    assert await scene.pool.fetchval("SELECT count(*) FROM truesend.dispatch_queue") == 0


async def test_a_session_keeps_its_order_while_a_confirmed_post_is_not_answered(scene: Scene) -> None:
    message_id = await scene.message()
    attempt = await scene.start(message_id)
    await scene.tell(scene.event("sent", attempt.started_at))

    claim = await scene.claim(await scene.message("919800000002"))
    assert claim is not None
    assert await scene.started(claim) is None

    await scene.answer(attempt, OutcomeKind.ACCEPTED)
    assert await scene.started(claim) is not None


@pytest.mark.parametrize("kind", [OutcomeKind.UNCONFIRMED, OutcomeKind.ACCEPTED, OutcomeKind.TRANSIENT])
async def test_a_late_answer_that_proves_nothing_leaves_the_chat_to_its_doubt(scene: Scene, kind: OutcomeKind) -> None:
    message_id, next_in_chat = await scene.message(), await scene.message()
    attempt = await scene.start(message_id)
    await scene.pool.execute(
        "UPDATE scheduled_whatsapp_messages SET lease_until = '-infinity' WHERE id = $1", message_id
    )
    await load_queries("sender")["reap_leases"].execute(scene.pool, row_limit=500, doubt_message="unconfirmed")

    await scene.answer(attempt, kind)

    assert (await scene.row(message_id))["unconfirmed_at"] is not None
    assert await scene.claim(next_in_chat) is None


async def test_a_callback_older_than_the_attempt_is_about_something_else(scene: Scene) -> None:
    message_id, attempt = await accepted(scene)

    await scene.tell(scene.event("sent", attempt.started_at - 6 * SECOND))

    assert (await scene.row(message_id))["status"] == "sending"


async def test_an_id_of_an_earlier_message_of_the_chat_never_confirms_the_current_one(scene: Scene) -> None:
    first, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("sent", attempt.started_at + SECOND, gateway_message_id="3EB0"))
    second, later = await accepted(scene)

    await scene.tell(scene.event("sent", later.started_at + SECOND, gateway_message_id="3EB0"))
    await scene.tell(scene.event("delivered", later.started_at + SECOND, gateway_message_id="3EB0"))

    assert (await scene.row(second))["status"] == "sending"
    assert (await scene.row(first))["delivered_at"] is not None


async def test_between_two_messages_that_may_be_meant_nothing_is_guessed(scene: Scene) -> None:
    first, _ = await accepted(scene)
    await scene.pool.execute("DELETE FROM truesend.dispatch_queue WHERE message_id = $1", first)
    second, attempt = await accepted(scene)

    await scene.tell(scene.event("sent", attempt.started_at + SECOND, gateway_message_id="3EB9"))

    assert [(await scene.row(message_id))["status"] for message_id in (first, second)] == ["sending", "sending"]


async def test_a_callback_that_comes_late_for_an_answered_message_never_confirms_the_next_one(scene: Scene) -> None:
    first = await scene.message()
    attempt = await scene.start(first)
    await scene.answer(attempt, OutcomeKind.SENT)
    second = await scene.message()
    await scene.start(second)

    await scene.tell(scene.event("sent", attempt.started_at + timedelta(milliseconds=1)))

    assert (await scene.row(second))["status"] == "sending"


async def test_a_callback_that_is_repeated_never_confirms_the_chats_next_message(scene: Scene) -> None:
    first, attempt = await accepted(scene)
    callback = scene.event("sent", attempt.started_at + timedelta(milliseconds=1))
    await scene.tell(callback)
    second, _ = await accepted(scene)

    await scene.tell(callback.model_copy(update={"received_at": callback.received_at + SECOND}))

    assert (await scene.row(first))["status"] == "sent"
    assert (await scene.row(second))["status"] == "sending"


async def test_a_contradiction_about_one_message_never_fails_the_chats_next_one(scene: Scene) -> None:
    _, attempt = await accepted(scene)
    await scene.tell(scene.event("sent", attempt.started_at + timedelta(milliseconds=1)))
    second, _ = await accepted(scene)

    await scene.tell(scene.event("failed", attempt.started_at + timedelta(milliseconds=1), outcome="transient"))

    assert (await scene.row(second))["status"] == "sending"


async def test_a_callback_without_a_time_counts_only_where_nothing_else_went_to_the_chat(scene: Scene) -> None:
    now = await scene.pool.fetchval("SELECT now()")
    untimed = scene.event("sent", None, received_at=now)
    alone, _ = await accepted(scene)
    await scene.tell(untimed)
    second, _ = await accepted(scene)

    await scene.tell(untimed.model_copy(update={"received_at": now + SECOND}))

    assert (await scene.row(alone))["status"] == "sent"
    assert (await scene.row(second))["status"] == "sending"


async def test_a_failed_callback_is_decided_like_an_answer(scene: Scene) -> None:
    message_id, attempt = await accepted(scene)

    await scene.tell(
        scene.event("failed", attempt.started_at + SECOND, outcome="transient", detail="Timed Out at the engine")
    )

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["vps_error"]) == ("pending", 1, "Timed Out at the engine")
    assert row["next_attempt_at"] is not None
    assert row["attempt_started_at"] is None
    assert (await scene.facts(message_id))[-1]["type"] == "message.retry_scheduled"


async def test_a_failed_callback_for_good_fails_with_the_gateways_words(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")

    await scene.tell(
        scene.event(
            "failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent", detail="not on WhatsApp"
        )
    )

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["vps_error"]) == ("failed", 1, "not on WhatsApp")


async def test_a_callback_that_found_the_session_down_costs_no_attempt_and_holds_the_session(scene: Scene) -> None:
    message_id, attempt = await accepted(scene)

    await scene.tell(
        scene.event("failed", attempt.started_at + SECOND, outcome="session_down", detail="Connection Closed")
    )

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["vps_error"]) == ("pending", 0, "Connection Closed")
    held = await scene.hold()
    assert held["hold_reason"] == "session_down"


async def test_a_failed_callback_changes_nothing_of_a_sent_message(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id="3EB0"))

    await scene.tell(scene.event("failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent"))

    assert (await scene.row(message_id))["status"] == "sent"


async def test_a_late_rejection_turns_sent_into_failed_and_the_fact_says_it_was_a_correction(scene: Scene) -> None:
    message_id = await scene.message()
    attempt = await scene.start(message_id)
    await scene.answer(attempt, OutcomeKind.SENT, "3EB0")

    await scene.tell(
        scene.event(
            "rejected",
            attempt.started_at,
            gateway_message_id="3EB0",
            outcome="restricted",
            error_code=420,
            detail="Message rejected by WhatsApp (error 420)",
        )
    )

    row = await scene.row(message_id)
    assert (row["status"], row["vps_error"], row["sent_at"]) == (
        "failed",
        "Message rejected by WhatsApp (error 420)",
        None,
    )
    sent, failed = await scene.facts(message_id)
    assert sent["confirmed_by"] == "http"
    assert (failed["type"], failed["correction"]) == ("message.failed", True)
    held = await scene.hold()
    assert held["hold_reason"] == "restricted"
    assert held["held_until"] - attempt.started_at > timedelta(seconds=600)


async def test_a_rejection_that_comes_before_its_callback_ends_failed_all_the_same(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")

    await scene.tell(scene.event("rejected", attempt.started_at, gateway_message_id="3EB0", detail="no"))
    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id="3EB0"))

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["vps_error"]) == ("failed", 1, "no")


async def test_a_rejection_outweighs_a_success_that_is_answered_later(scene: Scene) -> None:
    message_id = await scene.message()
    attempt = await scene.start(message_id)
    await scene.tell(scene.event("rejected", attempt.started_at + SECOND, detail="no"))

    await scene.answer(attempt, OutcomeKind.SENT, "3EB0")

    assert (await scene.row(message_id))["status"] == "failed"


async def test_a_rejected_message_is_not_corrected_by_a_look_up_that_finds_it(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("rejected", attempt.started_at, gateway_message_id="3EB0", detail="no"))

    await scene.find(attempt, "3EB0")

    assert (await scene.row(message_id))["status"] == "failed"


async def test_a_look_up_that_finds_a_doubt_confirms_it_and_what_waited_for_its_id(scene: Scene) -> None:
    message_id = await scene.message()
    attempt = await scene.start(message_id)
    await scene.answer(attempt, OutcomeKind.UNCONFIRMED)
    await scene.tell(scene.event("delivered", attempt.started_at + SECOND, gateway_message_id="3EB0"))

    await scene.find(attempt, "3EB0")

    row = await scene.row(message_id)
    assert (row["status"], row["gateway_message_id"]) == ("sent", "3EB0")
    assert row["delivered_at"] == attempt.started_at + SECOND
    sent = next(fact for fact in await scene.facts(message_id) if fact["type"] == "message.sent")
    assert sent["confirmed_by"] == "lookup"


async def test_a_receipt_after_a_rejection_says_that_it_arrived(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("rejected", attempt.started_at, gateway_message_id="3EB0", detail="no"))

    await scene.tell(scene.event("delivered", attempt.started_at + SECOND, gateway_message_id="3EB0"))

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["vps_error"]) == ("sent", 0, None)
    assert row["delivered_at"] == attempt.started_at + SECOND
    sent, delivered = (await scene.facts(message_id))[-2:]
    assert (sent["confirmed_by"], sent["correction"]) == ("receipt", True)
    assert (delivered["type"], delivered["version"]) == ("message.delivered", sent["version"] + 1)


async def test_receipts_are_monotonic_and_repeats_make_no_facts(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    read = scene.event("read", attempt.started_at + 3 * SECOND, gateway_message_id="3EB0")
    delivered = scene.event("delivered", attempt.started_at + 2 * SECOND, gateway_message_id="3EB0")

    await scene.tell(read, read)
    await scene.tell(delivered)
    before = await scene.facts(message_id)
    await scene.tell(delivered, read)
    await scene.tell(read.model_copy(update={"occurred_at": attempt.started_at + 9 * SECOND}))

    row = await scene.row(message_id)
    assert (row["status"], row["delivered_at"], row["read_at"]) == (
        "sent",
        attempt.started_at + 2 * SECOND,
        attempt.started_at + 3 * SECOND,
    )
    assert [fact["type"] for fact in before] == ["message.accepted", "message.sent", "message.read"]
    assert await scene.facts(message_id) == before


async def test_a_groups_readers_are_counted_once_each(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0", recipient=GROUP)
    for reader in ["919800000001", "919800000002@s.whatsapp.net", "+919800000001", "919800000002"]:
        await scene.tell(
            scene.event("delivered", attempt.started_at, chat=GROUP, gateway_message_id="3EB0", reader=reader),
            scene.event("read", attempt.started_at, chat=GROUP, gateway_message_id="3EB0", reader=reader),
        )

    last = (await scene.facts(message_id))[-1]
    assert (last["type"], last["delivered_to"], last["read_by"]) == ("message.read", 2, 2)
    evidence = await load_queries("api")["message_evidence"].fetch(
        scene.pool, message_id=message_id, organization_id=scene.organization_id
    )
    assert {row["kind"]: (row["readers"], row["confirmed_by"]) for row in evidence} == {
        "delivered": (2, "receipt"),
        "read": (2, "receipt"),
    }


async def test_a_thousand_readers_are_not_a_thousand_facts(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0", recipient=GROUP)
    for reader in range(0, 1000, 4):
        await scene.tell(
            *(
                scene.event("read", attempt.started_at, chat=GROUP, gateway_message_id="3EB0", reader=f"9198{n:08}")
                for n in range(reader, reader + 4)
            )
        )

    facts = [fact for fact in await scene.facts(message_id) if fact["type"] == "message.read"]
    assert len(facts) < 50
    assert facts[-1]["read_by"] == 1000


async def test_a_receipt_before_the_answer_waits_for_the_id(scene: Scene) -> None:
    message_id = await scene.message()
    attempt = await scene.start(message_id)
    await scene.tell(scene.event("delivered", attempt.started_at + SECOND, gateway_message_id="3EB0"))
    assert (await scene.row(message_id))["status"] == "sending"

    await scene.answer(attempt, OutcomeKind.SENT, "3EB0")

    row = await scene.row(message_id)
    assert (row["status"], row["delivered_at"]) == ("sent", attempt.started_at + SECOND)


async def test_a_receipt_before_its_callback_waits_for_the_id_too(scene: Scene) -> None:
    message_id, attempt = await accepted(scene)

    await scene.tell(scene.event("read", attempt.started_at + SECOND, gateway_message_id="3EB0"))
    await scene.tell(scene.event("sent", attempt.started_at + SECOND, gateway_message_id="3EB0"))

    assert (await scene.row(message_id))["read_at"] == attempt.started_at + SECOND


async def test_an_unknown_receipt_is_never_given_to_the_one_in_flight(scene: Scene) -> None:
    message_id, attempt = await accepted(scene)

    await scene.tell(scene.event("read", attempt.started_at + SECOND, gateway_message_id="typed by hand"))

    assert (await scene.row(message_id))["status"] == "sending"


async def test_what_no_crash_may_lose_is_matched_by_and_by(scene: Scene) -> None:
    message_id = await scene.message()
    attempt = await scene.start(message_id)
    await scene.tell(scene.event("delivered", attempt.started_at, gateway_message_id="3EB0"))
    await scene.answer(attempt, OutcomeKind.ACCEPTED)
    await scene.pool.execute(
        "UPDATE truesend.message_attempts SET gateway_message_id = '3EB0' WHERE message_id = $1", message_id
    )

    await scene.pool.execute("UPDATE truesend.evidence SET match_again_at = now()")
    await scene.evidence.one_pass()

    assert (await scene.row(message_id))["status"] == "sent"


async def test_evidence_for_a_row_that_somebody_holds_locked_is_weighed_when_they_let_go(
    scene: Scene, database: Database
) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    other = await database.connect()
    transaction = other.transaction()
    await transaction.start()
    await other.execute("SELECT FROM scheduled_whatsapp_messages WHERE id = $1 FOR UPDATE", message_id)

    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id="3EB0"))
    assert (await scene.row(message_id))["status"] == "sending"
    await transaction.rollback()
    await other.close()
    await scene.pool.execute("UPDATE truesend.evidence SET recorded_at = recorded_at - interval '1 second'")
    await scene.evidence.one_pass()

    assert (await scene.row(message_id))["status"] == "sent"


async def test_evidence_of_an_older_attempt_takes_back_a_retry_that_has_not_started(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent"))
    assert await scene.retry(message_id)

    await scene.tell(scene.event("delivered", attempt.started_at, gateway_message_id="3EB0"))

    row = await scene.row(message_id)
    assert (row["status"], row["gateway_message_id"], row["next_attempt_at"]) == ("sent", "3EB0", None)


async def test_a_rejection_of_an_older_attempt_does_not_stop_an_operators_retry(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent"))
    assert await scene.retry(message_id)

    await scene.tell(scene.event("rejected", attempt.started_at, gateway_message_id="3EB0"))

    assert (await scene.row(message_id))["status"] == "pending"


async def test_a_retry_that_was_taken_back_for_a_callback_stands_when_that_message_is_rejected(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent"))
    assert await scene.retry(message_id)
    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id="3EB0"))
    assert (await scene.row(message_id))["status"] == "sent"

    await scene.tell(scene.event("rejected", attempt.started_at, gateway_message_id="3EB0"))

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["sent_at"], row["vps_error"]) == ("pending", 0, None, None)
    assert (await scene.facts(message_id))[-1]["correction"] is True


async def test_evidence_of_an_older_attempt_waits_for_the_new_ones_end(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent"))
    assert await scene.retry(message_id)
    newer = await scene.start(message_id)

    await scene.tell(scene.event("delivered", attempt.started_at, gateway_message_id="3EB0"))
    assert (await scene.row(message_id))["lease_token"] == newer.lease_token
    await scene.answer(newer, OutcomeKind.PERMANENT)

    row = await scene.row(message_id)
    assert (row["status"], row["gateway_message_id"]) == ("sent", "3EB0")


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("failed", "permanent"), ("failed", "transient"), ("failed", "session_down"), ("rejected", None)],
)
async def test_what_ends_the_new_attempt_lets_the_proof_of_the_older_one_count(
    scene: Scene, kind: str, outcome: str | None
) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent"))
    assert await scene.retry(message_id)
    newer = await scene.start(message_id)
    await scene.answer(newer, OutcomeKind.ACCEPTED, "3EB1")
    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id="3EB0"))
    assert (await scene.row(message_id))["status"] == "sending"

    await scene.tell(scene.event(kind, newer.started_at, gateway_message_id="3EB1", outcome=outcome))

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["next_attempt_at"]) == ("sent", 0, None)


async def test_a_message_is_not_sent_any_more_when_its_only_proof_is_rejected_whatever_was_tried_since(
    scene: Scene,
) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(scene.event("failed", attempt.started_at, gateway_message_id="3EB0", outcome="permanent"))
    assert await scene.retry(message_id)
    await scene.answer(await scene.start(message_id), OutcomeKind.TRANSIENT)
    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id="3EB0"))
    assert (await scene.row(message_id))["status"] == "sent"

    await scene.tell(scene.event("rejected", attempt.started_at, gateway_message_id="3EB0"))

    row = await scene.row(message_id)
    assert (row["status"], row["retry_count"], row["sent_at"]) == ("pending", 1, None)


async def test_what_was_cancelled_stays_cancelled_whatever_the_gateway_tells(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.pool.execute("UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1", message_id)

    await scene.tell(scene.event("delivered", attempt.started_at, gateway_message_id="3EB0"))

    row = await scene.row(message_id)
    assert (row["status"], row["delivered_at"]) == ("cancelled", None)


async def test_evidence_about_a_message_that_was_deleted_is_recorded_and_is_no_error(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.pool.execute("DELETE FROM scheduled_whatsapp_messages WHERE id = $1", message_id)

    await scene.tell(scene.event("sent", attempt.started_at, gateway_message_id="3EB0"))

    assert await scene.pool.fetchval("SELECT count(*) FROM truesend.evidence WHERE weighed_at IS NULL") == 0


async def test_another_organisations_session_never_touches_our_message(scene: Scene, database: Database) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    stranger = await Scene.on(scene.pool, database.url)

    await stranger.tell(stranger.event("sent", attempt.started_at, gateway_message_id="3EB0"))

    assert (await scene.row(message_id))["status"] == "sending"


async def test_a_session_that_is_not_ours_or_that_two_rows_claim_is_ignored(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    async with scene.pool.acquire() as connection:
        await insert_session(
            connection,  # type: ignore[arg-type]
            organization_id=uuid4(),
            vps_session_id=f"wa_{scene.session_id}",
        )
    told = scene.event("sent", attempt.started_at, gateway_message_id="3EB0")

    await scene.tell(told, told.model_copy(update={"gateway_session_id": "wa_nobody's"}))

    assert (await scene.row(message_id))["status"] == "sending"
    assert await scene.pool.fetchval("SELECT count(*) FROM truesend.evidence") == 0


async def test_every_session_that_is_heard_of_is_noted_also_for_messages_nobody_knows(scene: Scene) -> None:
    now: datetime = await scene.pool.fetchval("SELECT now()")
    await scene.tell(
        scene.event("read", now - 9 * SECOND, gateway_message_id="unknown"),
        scene.event("read", now - 5 * SECOND, gateway_message_id="unknown too"),
    )

    (acks,) = await scene.pool.fetch("SELECT * FROM truesend.session_acks")
    assert acks["session_id"] == scene.session_id
    assert acks["organization_id"] == scene.organization_id
    assert acks["last_ack_at"] - acks["first_ack_at"] == 4 * SECOND


async def test_ids_with_quotes_and_nuls_and_times_of_no_year_stop_nothing(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB'\"; --")
    first, last = (datetime.fromisoformat(f"{year}-06-01T00:00:00+00:00") for year in ("0001", "9999"))

    await scene.tell(
        scene.event("sent", attempt.started_at, gateway_message_id="\0"),
        scene.event("delivered", last, gateway_message_id="x", received_at=attempt.started_at),
        scene.event("read", first, gateway_message_id="3EB'\"; --", received_at=attempt.started_at),
    )

    row = await scene.row(message_id)
    assert (row["status"], row["read_at"]) == ("sent", attempt.started_at)


async def test_what_never_matched_is_kept_for_a_day_and_the_rest_as_long_as_the_history(scene: Scene) -> None:
    message_id, attempt = await accepted(scene, "3EB0")
    await scene.tell(
        scene.event("sent", attempt.started_at, gateway_message_id="3EB0"),
        scene.event("sent", attempt.started_at, gateway_message_id="unknown", chat="919899999999"),
    )
    await scene.pool.execute("UPDATE truesend.evidence SET recorded_at = now() - interval '23 hours'")
    await scene.evidence.prune()
    assert await scene.pool.fetchval("SELECT count(*) FROM truesend.evidence") == 2

    await scene.pool.execute(
        "UPDATE truesend.evidence SET recorded_at = now() - CASE WHEN message_id = $1 THEN interval '23 hours'"
        " ELSE interval '25 hours' END",
        message_id,
    )
    await scene.evidence.prune()

    assert await scene.pool.fetchval("SELECT count(*) FROM truesend.evidence") == 1
