"""A phone number that connects under a new session, while others write the same table."""

import asyncio
import contextlib
from uuid import UUID

import asyncpg

from tests.harness.rows import insert_message
from tests.harness.waiting import until
from tests.integration.verifier.conftest import Stage
from truesend.contracts.events import VerifyReason

NUMBER = "919812345678"


async def test_the_number_and_the_undelivered_messages_go_to_the_new_session(stage: Stage) -> None:
    old, new = await _old_and_new(stage)
    pending = await insert_message(stage.connection, organization_id=stage.organization_id, session_id=old)
    sending = await insert_message(stage.connection, organization_id=stage.organization_id, session_id=old)
    await stage.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'sending' WHERE id = $1", sending)
    await stage.start_verifier()

    await stage.ask(new)

    row = await stage.becomes(new, status="connected")
    assert row["phone_number"] == NUMBER
    before = await stage.row(old)
    assert (before["status"], before["phone_number"]) == ("disconnected", None)
    assert before["last_error"] == f"superseded by session {new}, which holds the phone number now"
    assert await stage.facts(old) == ["session.superseded"]
    assert await stage.facts(new) == ["session.connected"]
    assert await _session_of(stage, pending) == new
    assert await _session_of(stage, sending) == old
    fact = await stage.hears(old, "session.superseded")
    assert (fact["status"], fact["previous_status"], fact["phone_number"]) == ("disconnected", "connected", None)


async def test_messages_that_come_later_for_the_old_session_follow_its_number(stage: Stage) -> None:
    old, new = await _old_and_new(stage)
    await stage.start_verifier(verify_sweep_s=1)
    await stage.ask(new)
    await stage.becomes(old, status="disconnected")

    late = await insert_message(stage.connection, organization_id=stage.organization_id, session_id=old)

    async def moved() -> bool:
        return await _session_of(stage, late) == new

    await until(moved, 10, "the late message is moved")


async def test_a_phone_linked_to_both_sessions_makes_no_quarrel(stage: Stage) -> None:
    old, new = await _old_and_new(stage)
    await stage.start_verifier()
    await stage.ask(new)
    await stage.becomes(old, status="disconnected")
    ended = await stage.finished(new)

    for _ in range(3):
        await stage.ask(old, new, reason=VerifyReason.OPERATOR)
        ended = min([await stage.finished(old, after=ended), await stage.finished(new, after=ended)])

    assert (await stage.row(old))["status"] == "disconnected"
    assert (await stage.row(new))["status"] == "connected"
    assert len(await stage.facts(old) + await stage.facts(new)) == 2


async def test_a_crm_that_gives_the_number_away_at_the_same_time_makes_no_error(stage: Stage) -> None:
    session_id = await stage.session("wa_new", "disconnected", phone_number=NUMBER)
    rival = await stage.session("wa_rival", "disconnected", state="disconnected")
    await stage.start_verifier()
    crm = await stage.database.connect()
    transaction = crm.transaction()
    await transaction.start()
    await crm.execute("UPDATE whatsapp_sessions SET phone_number = $2 WHERE id = $1", rival, NUMBER)

    await stage.ask(session_id)
    await stage.waits_for_a_lock()
    await transaction.commit()

    row = await stage.becomes(session_id, status="connected", phone_number=NUMBER)
    assert row["last_error"] is None
    assert (await stage.row(rival))["phone_number"] is None
    await crm.close()


async def test_a_storm_of_crm_writes_never_keeps_a_session_from_being_verified(stage: Stage) -> None:
    sessions = [await stage.session(f"wa_{n}", "disconnected", phone_number=NUMBER) for n in range(6)]
    await stage.start_verifier(verify_freshness_s=0)
    crm = await stage.database.connect()
    stopping = asyncio.Event()

    async def overwrite() -> None:
        turn = 0
        while not stopping.is_set():
            turn += 1
            with contextlib.suppress(asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
                await crm.execute(
                    "UPDATE whatsapp_sessions SET status = 'connecting', phone_number = $2 WHERE id = $1",
                    sessions[turn % 6],
                    (None, NUMBER)[turn % 2],
                )

    writer = asyncio.create_task(overwrite())
    for _ in range(10):
        await stage.ask(*sessions, reason=VerifyReason.OPERATOR)
        for session_id in sessions:
            await stage.finished(session_id)
    stopping.set()
    await writer
    await crm.close()
    await stage.ask(*sessions, reason=VerifyReason.OPERATOR)

    for session_id in sessions:
        await stage.finished(session_id)
        await stage.becomes(session_id, verified=True)
    holders = await stage.connection.fetchval("SELECT count(*) FROM whatsapp_sessions WHERE phone_number = $1", NUMBER)
    assert holders <= 1


async def _old_and_new(stage: Stage) -> tuple[UUID, UUID]:
    """Two sessions linked to one phone: the old one holds its number in the database, with another spelling."""
    old = await stage.session("wa_old", phone_number=NUMBER)
    await stage.connection.execute("UPDATE whatsapp_sessions SET phone_number = '+91 98123 45678' WHERE id = $1", old)
    return old, await stage.session("wa_new", "disconnected", phone_number=NUMBER)


async def _session_of(stage: Stage, message_id: UUID) -> UUID:
    session_id = await stage.connection.fetchval(
        "SELECT session_id FROM scheduled_whatsapp_messages WHERE id = $1", message_id
    )
    assert isinstance(session_id, UUID)
    return session_id
