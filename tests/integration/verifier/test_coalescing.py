"""However many ask, a gateway is asked once; news are never lost; one that hangs delays nobody else's sessions."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from tests.harness.fixtures import StartService
from tests.harness.waiting import times_longer
from tests.integration.verifier.conftest import Stage
from truesend.contracts.events import VerifyReason


async def test_a_hundred_pages_and_two_verifiers_make_one_status_call(stage: Stage) -> None:
    sessions = {f"wa_{number}": await stage.session(f"wa_{number}", latency_ms=200) for number in range(10)}
    await stage.start_verifier(verify_freshness_s=60)
    await stage.start_verifier(verify_freshness_s=60)

    for _ in range(100):
        await stage.ask(*sessions.values())

    for session_id in sessions.values():
        await stage.finished(session_id)
    await stage.ask(*sessions.values())
    marker = await stage.session("wa_marker")
    await stage.ask(*[marker] * 20)
    await stage.finished(marker)
    assert {stage.reads(name) for name in sessions} == {1}


async def test_news_do_not_wait_for_the_freshness_window(stage: Stage) -> None:
    session_id = await stage.session("wa_fine")
    await stage.start_verifier(verify_freshness_s=60)
    await stage.ask(session_id)
    ended = await stage.finished(session_id)

    for number, reason in enumerate((VerifyReason.OPERATOR, VerifyReason.FAILED_SEND, VerifyReason.WEBHOOK)):
        await stage.ask(session_id, reason=reason)
        ended = await stage.finished(session_id, after=ended)
        assert stage.reads("wa_fine") == number + 2


async def test_news_that_come_while_the_gateway_is_asked_make_it_be_asked_once_more(stage: Stage) -> None:
    session_id = await stage.session("wa_slow", hang_status_s=4.5)
    await stage.start_verifier(verify_freshness_s=60)
    await stage.start_verifier(verify_freshness_s=60)
    await stage.ask(session_id)
    await stage.asked("wa_slow", 1)

    for _ in range(5):
        await stage.ask(session_id, reason=VerifyReason.FAILED_SEND)
    stage.gateway.world.drop("wa_slow", "Connection Closed")
    await stage.asked("wa_slow", 2)

    await stage.becomes(session_id, status="disconnected")
    await stage.finished(session_id)
    assert stage.reads("wa_slow") == 2


async def test_a_session_that_hangs_delays_only_itself(stage: Stage) -> None:
    hanging = [await stage.session(f"wa_hangs_{number}", hang_status_s=30) for number in range(8)]
    fine = [await stage.session(f"wa_{number}", "disconnected") for number in range(20)]
    await stage.start_verifier(status_timeout_s=1.5)
    await stage.ask(*hanging)
    await stage.asked("wa_hangs_7", 1)

    began = time.monotonic()
    await stage.ask(*fine)
    for session_id in fine:
        await stage.becomes(session_id, status="connected")
    assert time.monotonic() - began < 1.2 * times_longer()

    for session_id in hanging:
        await stage.finished(session_id)
        row = await stage.row(session_id)
        assert (row["status"], row["last_verified_at"]) == ("connected", None)
        assert "can't reach the gateway" in row["last_error"]


async def test_an_answer_that_was_asked_for_earlier_loses(stage: Stage) -> None:
    session_id = await stage.session("wa_late", hang_status_s=1)
    await stage.start_verifier()
    await stage.ask(session_id)
    await stage.asked("wa_late", 1)

    later = datetime.now(UTC) + timedelta(seconds=30)
    await stage.connection.execute(
        "UPDATE whatsapp_sessions SET status = 'disconnected', last_error = 'newer', last_verified_at = $2 WHERE id = $1",
        session_id,
        later,
    )

    await stage.finished(session_id)
    row = await stage.row(session_id)
    assert (row["status"], row["last_error"], row["last_verified_at"]) == ("disconnected", "newer", later)


async def test_a_session_that_is_deleted_meanwhile_is_no_error(stage: Stage) -> None:
    gone = await stage.session("wa_gone", hang_status_s=0.5)
    other = await stage.session("wa_other", "disconnected")
    await stage.start_verifier()
    await stage.ask(gone)
    await stage.asked("wa_gone", 1)

    await stage.connection.execute("DELETE FROM whatsapp_sessions WHERE id = $1", gone)
    await stage.finished(gone)
    await stage.ask(other)

    await stage.becomes(other, status="connected")
    assert await stage.facts(gone) == []


async def test_what_a_killed_verifier_was_asking_is_asked_again_by_another(
    stage: Stage, start_service: StartService
) -> None:
    session_id = await stage.session("wa_hangs", hang_status_s=60)
    timeouts = {"STATUS_TIMEOUT_S": "1.5", "GATEWAY_CONNECT_TIMEOUT_S": "0.5"}
    killed = await start_service("verifier", stage.environment | {"STATUS_TIMEOUT_S": "40"}, within_s=40)
    await stage.ask(session_id)
    await stage.asked("wa_hangs", 1)
    killed.kill()
    await stage.connection.execute(
        "UPDATE truesend.session_checks SET lease_until = now() + interval '1 second',"
        " due_at = now() + interval '1 second'"
    )

    stage.gateway.world.drop("wa_hangs", "Connection Closed")
    stage.gateway.world.change("wa_hangs", hang_status_s=0)
    await stage.start_verifier(verify_sweep_s=2, **{name.lower(): float(value) for name, value in timeouts.items()})

    await stage.becomes(session_id, status="disconnected", within_s=25)


async def test_a_verifier_that_is_stopped_gives_its_checks_back(stage: Stage) -> None:
    session_id = await stage.session("wa_hangs", hang_status_s=60)
    verifier = await stage.start_verifier(status_timeout_s=50, shutdown_grace_s=1)
    await stage.ask(session_id)
    await stage.asked("wa_hangs", 1)

    await asyncio.wait_for(verifier.stop(), 5)

    check = await stage.connection.fetchrow(
        "SELECT token, ask_again, due_at <= now() AS due FROM truesend.session_checks"
    )
    assert check is not None
    assert (check["token"], check["ask_again"], check["due"]) == (None, True, True)
