"""From a request on Kafka to the row, the history and the events."""

import asyncio
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.harness.fixtures import StartService
from tests.harness.waiting import times_longer, until
from tests.integration.verifier.conftest import API_KEY, Stage
from truesend.contracts.events import VerifyReason


async def test_a_session_that_says_connected_but_is_dead_turns_disconnected_in_the_gateways_words(stage: Stage) -> None:
    session_id = await stage.session("wa_dead", state="disconnected", error="Connection Closed")
    await stage.start_verifier()

    await stage.ask(session_id)

    row = await stage.becomes(session_id, status="disconnected")
    assert row["last_error"] == "Connection Closed"
    assert row["version"] == 1
    verifying = await stage.hears(session_id, "session.verifying")
    assert (verifying["status"], verifying.get("position")) == ("connected", None)
    fact = await stage.hears(session_id, "session.disconnected")
    assert (fact["previous_status"], fact["status"], fact["version"]) == ("connected", "disconnected", 1)
    assert fact["last_error"] == "Connection Closed"
    assert fact["organization_id"] == str(stage.organization_id)
    assert fact["position"] >= 1


async def test_a_verification_that_changes_nothing_is_told_but_is_no_history(stage: Stage) -> None:
    session_id = await stage.session("wa_fine")
    await stage.start_verifier()

    await stage.ask(session_id)

    told = await stage.hears(session_id, "session.verified")
    row = await stage.row(session_id)
    assert (row["status"], row["version"], await stage.facts(session_id)) == ("connected", 0, [])
    assert told["last_verified_at"] is not None
    assert row["last_verified_at"] is not None


async def test_a_session_without_an_id_of_the_gateway_is_asked_for_by_its_own(stage: Stage) -> None:
    session_id = await stage.session("unused")
    await stage.connection.execute("UPDATE whatsapp_sessions SET session_data = NULL WHERE id = $1", session_id)
    stage.gateway.world.add(f"wa_{session_id}", state="connected", phone_number="919812345678")
    await stage.start_verifier()

    await stage.ask(session_id)

    await stage.becomes(session_id, verified=True, phone_number="919812345678")


async def test_a_gateway_that_refuses_our_key_leaves_the_status_and_says_why(stage: Stage) -> None:
    session_id = await stage.session("wa_fine")
    await stage.start_verifier(gateway_api_key="wrong")

    await stage.ask(session_id)

    fact = await stage.hears(session_id, "session.cannot_verify")
    row = await stage.row(session_id)
    assert (row["status"], row["last_verified_at"]) == ("connected", None)
    assert "401" in row["last_error"]
    assert API_KEY not in str(fact)


async def test_a_session_of_a_gateway_that_is_not_configured_cannot_be_verified(stage: Stage) -> None:
    session_id = await stage.session("wa_fine")
    await stage.connection.execute("UPDATE whatsapp_sessions SET gateway = 'elsewhere' WHERE id = $1", session_id)
    await stage.start_verifier()

    await stage.ask(session_id)

    row = await stage.becomes(session_id, last_error="gateway “elsewhere” is not configured")
    assert row["status"] == "connected"


@pytest.mark.parametrize("raw", ["PASSKEY_REQUIRED", "x\x00y", "drop table", "🦆" * 400, "migrated"])
async def test_a_raw_state_that_nobody_knows_never_breaks_the_write(stage: Stage, raw: str) -> None:
    strange = await stage.session("wa_strange", raw_status=raw)
    fine = await stage.session("wa_fine", "disconnected")
    await stage.start_verifier()

    await stage.ask(strange, fine)

    row = await stage.becomes(strange, status="disconnected")
    assert "unknown state" in row["last_error"]
    await stage.becomes(fine, status="connected")


async def test_a_qr_code_reaches_the_row(stage: Stage) -> None:
    session_id = await stage.session("wa_new", "connecting", state="qr", qr="data:image/png;base64,AA==")
    await stage.start_verifier()

    await stage.ask(session_id)

    row = await stage.becomes(session_id, status="qr_pending")
    assert row["qr_code"] == "data:image/png;base64,AA=="
    assert 55 < (row["qr_expires_at"] - row["last_verified_at"]).total_seconds() <= 60


async def test_what_the_crm_overwrote_is_put_right(stage: Stage) -> None:
    session_id = await stage.session("wa_fine", phone_number="919812345678")
    await stage.start_verifier()
    await stage.ask(session_id)
    await stage.becomes(session_id, phone_number="919812345678")

    await stage.connection.execute(
        "UPDATE whatsapp_sessions SET status = 'disconnected', phone_number = NULL WHERE id = $1", session_id
    )
    await stage.ask(session_id, reason=VerifyReason.OPERATOR)

    await stage.becomes(session_id, status="connected", phone_number="919812345678", last_error=None)


async def test_a_request_that_comes_after_a_quiet_time_is_taken_at_once(stage: Stage) -> None:
    session_id = await stage.session("wa_fine")
    await stage.start_verifier()
    await stage.ask(session_id)
    ended = await stage.finished(session_id)

    for quiet_s in (1.05, 1.2, 1.4):
        await asyncio.sleep(quiet_s)  # the quiet itself
        began = time.monotonic()
        await stage.ask(session_id, reason=VerifyReason.OPERATOR)
        ended = await stage.finished(session_id, after=ended)
        assert time.monotonic() - began < 0.55 * times_longer()


async def test_another_organisations_request_is_ignored(stage: Stage) -> None:
    session_id = await stage.session("wa_mine")
    await stage.connection.execute(
        "INSERT INTO truesend.session_checks (session_id, due_at) VALUES ($1, 'infinity')", session_id
    )
    other = await stage.session("wa_other", "disconnected")
    await stage.start_verifier()

    await stage.ask(session_id, organization_id=uuid4(), reason=VerifyReason.OPERATOR)
    await stage.ask(uuid4(), reason=VerifyReason.OPERATOR)
    await stage.ask(other)

    await stage.becomes(other, status="connected")
    assert stage.reads("wa_mine") == 0


async def test_a_request_that_cannot_be_read_stops_nothing(stage: Stage) -> None:
    session_id = await stage.session("wa_fine", "disconnected")
    await stage.start_verifier()

    await stage.publish_garbage()
    await stage.ask(session_id)

    await stage.becomes(session_id, status="connected")


async def test_a_session_that_is_connected_again_ends_its_hold_and_no_other(stage: Stage) -> None:
    held = {reason: await stage.session(f"wa_{reason}", "disconnected") for reason in ("session_down", "restricted")}
    for reason, session_id in held.items():
        await stage.connection.execute(
            "INSERT INTO truesend.session_pace (session_id, held_until, hold_reason, hold_count)"
            " VALUES ($1, now() + interval '1 hour', $2, 3)",
            session_id,
            reason,
        )
    woken: list[str] = []

    def heard(_connection: Any, _process: Any, channel: str, _payload: Any) -> None:
        woken.append(channel)

    await stage.connection.add_listener("truesend_dispatch", heard)
    await stage.start_verifier()

    await stage.ask(*held.values())

    for session_id in held.values():
        await stage.becomes(session_id, status="connected")
    holds = await stage.connection.fetch("SELECT session_id, held_until FROM truesend.session_pace")
    assert {row["session_id"]: row["held_until"] is None for row in holds} == {
        held["session_down"]: True,
        held["restricted"]: False,
    }

    async def was_woken() -> bool:
        return bool(woken)

    await until(was_woken, 5, "the dispatcher is woken")


async def test_a_hold_outlives_a_look_that_changes_nothing(stage: Stage) -> None:
    session_id = await stage.session("wa_liar", lie=True)
    await stage.connection.execute(
        "INSERT INTO truesend.session_pace (session_id, held_until, hold_reason, hold_count)"
        " VALUES ($1, now() + interval '1 hour', 'session_down', 3)",
        session_id,
    )
    await stage.start_verifier()

    await stage.ask(session_id, reason=VerifyReason.FAILED_SEND)

    await stage.finished(session_id)
    assert await stage.connection.fetchval("SELECT hold_count FROM truesend.session_pace") == 3


async def test_a_row_that_the_crms_own_rules_refuse_does_not_keep_the_others_from_being_written(stage: Stage) -> None:
    refused = await stage.session("wa_refused", state="disconnected", hang_status_s=0.3)
    others: list[UUID] = [await stage.session(f"wa_{n}", "disconnected", hang_status_s=0.3) for n in range(5)]
    await stage.connection.execute(
        f"ALTER TABLE whatsapp_sessions ADD CHECK (id <> '{refused}' OR status = 'connected')"
    )
    await stage.start_verifier()

    await stage.ask(refused, *others)

    for session_id in others:
        await stage.becomes(session_id, status="connected")
    await stage.finished(refused)
    assert (await stage.row(refused))["status"] == "connected"


async def test_the_process_says_that_it_is_ready_verifies_and_ends_on_sigterm(
    stage: Stage, start_service: StartService
) -> None:
    session_id = await stage.session("wa_dead", state="disconnected", error="Connection Closed")
    service = await start_service("verifier", stage.environment, within_s=40)

    await stage.ask(session_id)

    await stage.becomes(session_id, status="disconnected")
    assert service.terminate() == 0
    assert API_KEY not in service.log_tail(1000)
