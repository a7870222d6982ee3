"""What gateways say of sessions by themselves, from Kafka to the row."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.harness.rows import insert_message, insert_session
from tests.harness.waiting import until
from tests.integration.verifier.conftest import Stage, status
from truesend.contracts.events import GatewayEvent, VerifyReason


@pytest.fixture(autouse=True)
def nothing_is_asked_by_itself(stage: Stage) -> None:
    stage.only_told = True


async def test_a_webhook_changes_the_session_without_the_gateway_being_asked(stage: Stage) -> None:
    session_id = await stage.session("wa_1", state="disconnected")
    await stage.start_verifier()

    await stage.tell(status("wa_1", "disconnected", detail="Connection Closed"))

    row = await stage.becomes(session_id, status="disconnected")
    assert row["last_error"] == "Connection Closed"
    fact = await stage.hears(session_id, "session.disconnected")
    assert (fact["previous_status"], fact["version"]) == ("connected", 1)
    assert stage.reads("wa_1") == 0


async def test_a_session_that_is_told_connected_lets_its_messages_go(stage: Stage) -> None:
    session_id = await stage.session("wa_1", "disconnected")
    await stage.connection.execute(
        "INSERT INTO truesend.session_pace (session_id, held_until, hold_reason, hold_count)"
        " VALUES ($1, now() + interval '1 hour', 'session_down', 3)",
        session_id,
    )
    woken: list[str] = []

    def heard(_connection: Any, _process: Any, channel: str, _payload: Any) -> None:
        woken.append(channel)

    await stage.connection.add_listener("truesend_dispatch", heard)
    await stage.start_verifier()

    await stage.tell(status("wa_1", "connected", phone_number="919812345678"))

    await stage.becomes(session_id, status="connected", phone_number="919812345678", last_error=None)

    async def was_woken() -> bool:
        return bool(woken)

    await until(was_woken, 5, "the dispatcher is woken")
    assert await stage.connection.fetchval("SELECT held_until FROM truesend.session_pace") is None


async def test_a_number_changes_hands_by_webhook_too(stage: Stage) -> None:
    old = await stage.session("wa_old", phone_number="919812345678")
    await stage.connection.execute("UPDATE whatsapp_sessions SET phone_number = '919812345678' WHERE id = $1", old)
    new = await stage.session("wa_new", "disconnected")
    message = await insert_message(stage.connection, organization_id=stage.organization_id, session_id=old)
    await stage.start_verifier()

    await stage.tell(status("wa_new", "connected", phone_number="919812345678"))

    await stage.becomes(new, status="connected", phone_number="919812345678")
    await stage.becomes(old, status="disconnected", phone_number=None)
    moved = await stage.connection.fetchval("SELECT session_id FROM scheduled_whatsapp_messages WHERE id = $1", message)
    assert moved == new


async def test_what_is_about_nobodys_or_two_rows_or_no_state_changes_nothing_and_stops_nothing(stage: Stage) -> None:
    twins = [await stage.session("wa_twin"), None]
    twins[1] = await insert_session(
        stage.connection, organization_id=uuid4(), vps_session_id="wa_twin", status="connected"
    )
    last = await stage.session("wa_last")
    await stage.start_verifier()

    await stage.tell(
        status("wa_nobody", "disconnected"),
        status("wa_twin", "disconnected"),
        status("wa_last", "disconnected", gateway="another"),
        status("wa_last\x00", "disconnected"),
        status("wa_last", "cannot_tell"),
        status("wa_last", "a state of tomorrow"),
        GatewayEvent(
            gateway="default",
            gateway_session_id="wa_last",
            kind="sent",
            received_at=datetime.now(UTC),
            state="qr_wanted",
        ),
    )
    await stage.tell(status("wa_last", "connecting"))

    await stage.becomes(last, status="connecting")
    assert await stage.facts(last) == ["session.connecting"]
    for twin in twins:
        assert twin is not None
        assert (await stage.row(twin))["status"] == "connected"


async def test_an_older_word_of_the_gateway_changes_nothing_whatever_its_clock_says(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    other = await stage.session("wa_2")
    await stage.start_verifier()
    years_ago = datetime(2021, 1, 1, tzinfo=UTC)

    await stage.tell(status("wa_1", "connected", occurred_at=years_ago + timedelta(seconds=9)))
    await stage.becomes(session_id, verified=True)
    await stage.tell(
        status("wa_1", "disconnected", occurred_at=years_ago + timedelta(seconds=8)), status("wa_2", "disconnected")
    )
    await stage.becomes(other, status="disconnected")
    await stage.asked("wa_1", 1)

    await stage.finished(session_id)
    assert (await stage.row(session_id))["status"] == "connected"
    assert await stage.facts(session_id) == []

    await stage.tell(status("wa_1", "disconnected", occurred_at=years_ago + timedelta(seconds=10)))
    await stage.becomes(session_id, status="disconnected")


async def test_an_answer_that_was_asked_for_before_the_webhook_does_not_undo_it(stage: Stage) -> None:
    session_id = await stage.session("wa_1", hang_status_s=1.5)
    await stage.start_verifier()
    await stage.ask(session_id, reason=VerifyReason.OPERATOR)
    await stage.asked("wa_1", 1)

    await stage.tell(status("wa_1", "disconnected", detail="Logged out"))

    await stage.becomes(session_id, status="disconnected", last_error="Logged out")
    await stage.finished(session_id)
    assert (await stage.row(session_id))["status"] == "disconnected"
    assert await stage.facts(session_id) == ["session.disconnected"]


async def test_a_webhook_that_comes_too_late_to_be_believed_has_the_gateway_asked(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    await stage.start_verifier()
    await stage.ask(session_id)
    verified = await stage.becomes(session_id, verified=True)
    await stage.finished(session_id)
    stage.gateway.world.sessions["wa_1"].state = "disconnected"

    await stage.tell(status("wa_1", "disconnected", age_s=3600))

    row = await stage.becomes(session_id, status="disconnected")
    assert stage.reads("wa_1") == 2
    assert row["last_verified_at"] > verified["last_verified_at"]


async def test_a_time_in_the_future_counts_as_now(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    await stage.start_verifier()

    await stage.tell(status("wa_1", "disconnected", age_s=-86_400))
    row = await stage.becomes(session_id, status="disconnected")
    assert row["last_verified_at"] <= await stage.connection.fetchval("SELECT now()")

    await stage.ask(session_id, reason=VerifyReason.OPERATOR)
    await stage.becomes(session_id, status="connected")


async def test_a_gateway_that_repeats_itself_makes_one_write_and_one_notice_per_freshness_window(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    other = await stage.session("wa_2")
    await stage.start_verifier(verify_freshness_s=30)
    await stage.ask(session_id, other)
    checked_at = (await stage.becomes(session_id, verified=True))["last_verified_at"]
    await stage.finished(session_id)
    await stage.finished(other)
    await stage.tell(status("wa_1", "connected", occurred_at=datetime.now(UTC)))

    async def told() -> Any:
        row = await stage.row(session_id)
        return row if row["last_verified_at"] > checked_at else None

    first = await until(told, 10, "the first webhook is written")
    before = await stage.connection.fetchval("SELECT xmin::text FROM whatsapp_sessions WHERE id = $1", session_id)

    for _ in range(20):
        await stage.tell(*(status("wa_1", "connected", occurred_at=datetime.now(UTC)) for _ in range(10)))
        await asyncio.sleep(0.02)  # so that they come in many batches
    await stage.tell(status("wa_1", "connected"), status("wa_2", "disconnected"))
    await stage.becomes(other, status="disconnected")
    await stage.tell(status("wa_1", "connected", occurred_at=datetime.now(UTC)), status("wa_2", "connected"))
    await stage.becomes(other, status="connected")

    after = await stage.connection.fetchval("SELECT xmin::text FROM whatsapp_sessions WHERE id = $1", session_id)
    assert (after, (await stage.row(session_id))["last_verified_at"]) == (before, first["last_verified_at"])
    notices = [body for body in stage.heard if (body["id"], body["type"]) == (str(session_id), "session.verified")]
    assert len(notices) == 2  # of the check, and of the first webhook

    await stage.tell(status("wa_1", "disconnected", occurred_at=datetime.now(UTC)))
    await stage.becomes(session_id, status="disconnected")
