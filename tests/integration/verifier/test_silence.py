"""Connected, says the gateway, and nothing gets through: noted, shown, held by setting, and over at the first sign."""

from uuid import UUID, uuid4

import pytest

from services.verifier.main import Verifier
from tests.harness.fixtures import StartService
from tests.harness.waiting import until
from tests.integration.verifier.conftest import Stage, status


async def sends(stage: Stage, session_id: UUID, number: int, *, ago_s: float = 60, outcome: str = "sent") -> None:
    """So many sends of the session, a millisecond apart."""
    await stage.connection.execute(
        "INSERT INTO truesend.message_attempts"
        " (message_id, number, organization_id, session_id, gateway, recipient, lease_token, started_at, outcome)"
        " SELECT gen_random_uuid(), 1, $1, $2, 'default', '9198' || n, gen_random_uuid(),"
        " now() - make_interval(secs => $4 - n / 1000.0), $5 FROM generate_series(1, $3) AS n",
        stage.organization_id,
        session_id,
        number,
        ago_s,
        outcome,
    )


async def acknowledged(stage: Stage, session_id: UUID, *, ago_s: float = 0.0) -> None:
    """The gateway was heard about a message of this session."""
    await stage.connection.execute(
        "INSERT INTO truesend.session_acks AS k (session_id, gateway, organization_id, first_ack_at, last_ack_at)"
        " VALUES ($1, 'default', $2, now() - make_interval(secs => $3), now() - make_interval(secs => $3))"
        " ON CONFLICT (session_id) DO UPDATE SET last_ack_at = excluded.last_ack_at",
        session_id,
        stage.organization_id,
        ago_s,
    )


async def silent_one(stage: Stage) -> UUID:
    """A session with five sends without a sign, on a gateway that acknowledged another's long before."""
    session_id = await stage.session("wa_silent")
    await acknowledged(stage, await stage.session("wa_heard"), ago_s=3600)
    await sends(stage, session_id, 5)
    return session_id


async def listened(stage: Stage, verifier: Verifier) -> None:
    """Wait until a control session, which is silent without a doubt, has been found so."""
    control = await stage.session("wa_control")
    await sends(stage, control, 6, ago_s=50)
    await stage.hears(control, "session.silent")
    assert verifier.heartbeats.stale() == []


async def test_a_session_that_nothing_gets_through_is_found_verified_and_heard_again(stage: Stage) -> None:
    session_id = await silent_one(stage)
    await stage.start_verifier(ack_silence_s=2)

    fact = await stage.hears(session_id, "session.silent")

    assert fact["status"] == "connected"
    assert fact["last_error"].startswith("connected, but nothing gets through: 5 messages since ")
    silence = await stage.connection.fetchrow("SELECT * FROM truesend.session_silence")
    assert silence is not None
    assert (silence["session_id"], silence["unacknowledged"]) == (session_id, 5)
    assert fact["silent_since"] is not None
    await stage.asked("wa_silent", 1)
    await stage.finished(session_id)
    row = await stage.row(session_id)
    assert (row["status"], row["last_error"]) == ("connected", fact["last_error"])

    await acknowledged(stage, session_id)

    heard = await stage.hears(session_id, "session.heard")
    assert (heard["status"], heard.get("last_error"), heard.get("silent_since")) == ("connected", None, None)
    await stage.becomes(session_id, last_error=None, last_error_at=None)
    assert await stage.connection.fetchval("SELECT count(*) FROM truesend.session_silence") == 0
    assert await stage.facts(session_id) == ["session.silent", "session.heard"]


async def test_what_can_be_explained_otherwise_is_never_called_silent(stage: Stage) -> None:
    await acknowledged(stage, await stage.session("wa_heard"), ago_s=3600)
    quiet = await stage.session("wa_quiet")
    four = await stage.session("wa_four")
    await sends(stage, four, 4)
    young = await stage.session("wa_young")
    await sends(stage, young, 9, ago_s=0)
    acked = await stage.session("wa_acked")
    await sends(stage, acked, 9)
    await acknowledged(stage, acked, ago_s=1)
    failing = await stage.session("wa_failing")
    await sends(stage, failing, 9, outcome="session_down")
    down = await stage.session("wa_down", "disconnected", state="disconnected")
    await sends(stage, down, 9)
    elsewhere = await stage.session("wa_elsewhere")
    await stage.connection.execute("UPDATE whatsapp_sessions SET gateway = 'mute' WHERE id = $1", elsewhere)
    await sends(stage, elsewhere, 9)
    long_ago = await stage.session("wa_long_ago")
    await sends(stage, long_ago, 9, ago_s=7200)
    verifier = await stage.start_verifier(ack_silence_s=20)

    await listened(stage, verifier)

    for session_id in (quiet, four, young, acked, failing, down, elsewhere, long_ago):
        assert "session.silent" not in await stage.facts(session_id)
    assert await stage.connection.fetchval("SELECT count(*) FROM truesend.session_silence") == 1


async def test_the_silence_of_a_gateway_that_promises_no_acks_means_nothing(stage: Stage) -> None:
    silent = await silent_one(stage)
    heard = await stage.session("wa_elsewhere")
    await stage.connection.execute("UPDATE whatsapp_sessions SET gateway = 'other' WHERE id = $1", heard)
    await sends(stage, heard, 6)
    await stage.connection.execute(
        "INSERT INTO truesend.session_acks (session_id, gateway, organization_id, first_ack_at, last_ack_at)"
        " VALUES ($1, 'other', $2, now() - interval '1 hour', now() - interval '1 hour')",
        uuid4(),
        stage.organization_id,
    )

    await stage.start_verifier(ack_silence_s=2, gateway_kind="wuzapi")

    await stage.hears(heard, "session.silent")
    assert "session.silent" not in await stage.facts(silent)


async def test_where_webhooks_are_refused_we_are_deaf_and_nobody_is_silent(stage: Stage) -> None:
    session_id = await silent_one(stage)
    await stage.connection.execute(
        "INSERT INTO truesend.webhook_gateways (gateway, accepted, last_accepted_at)"
        " VALUES ('default', 1, now() - interval '1 hour')"
    )
    await stage.connection.execute(
        "INSERT INTO truesend.webhook_refusals (gateway, reason, hour, refused, first_at, last_at)"
        " VALUES ('default', 'wrong_secret', now(), 1, now(), now())"
    )
    verifier = await stage.start_verifier(ack_silence_s=2)
    heard = await stage.session("wa_elsewhere")
    await stage.connection.execute("UPDATE whatsapp_sessions SET gateway = 'other' WHERE id = $1", heard)
    await sends(stage, heard, 6)
    await stage.connection.execute(
        "INSERT INTO truesend.session_acks (session_id, gateway, organization_id, first_ack_at, last_ack_at)"
        " VALUES ($1, 'other', $2, now() - interval '1 hour', now() - interval '1 hour')",
        uuid4(),
        stage.organization_id,
    )

    await stage.hears(heard, "session.silent")
    assert await stage.facts(session_id) == []

    await stage.connection.execute("UPDATE truesend.webhook_gateways SET last_accepted_at = now() + interval '1 s'")
    await stage.hears(session_id, "session.silent")
    assert verifier.heartbeats.stale() == []


async def test_a_silent_sessions_messages_wait_by_setting_until_it_is_reconnected_or_heard(stage: Stage) -> None:
    session_id = await silent_one(stage)
    await stage.start_verifier(ack_silence_s=2, ack_silence_hold=True)

    async def reason() -> str | None:
        answer: str | None = await stage.connection.fetchval(
            "SELECT coalesce(hold_reason, 'none') FROM truesend.session_pace"
            " WHERE session_id = $1 AND coalesce(held_until > now() + interval '1 minute', true)",
            session_id,
        )
        return answer

    async def is_held() -> bool:
        return await reason() == "silent"

    async def is_free() -> bool:
        return await reason() == "none"

    await until(is_held, 15, "the session is held")
    await stage.connection.execute("UPDATE truesend.session_pace SET hold_reason = NULL, held_until = NULL")
    await until(is_held, 15, "the session is held again")

    await stage.finished(session_id)
    await stage.tell(status("wa_silent", "disconnected"))
    await stage.becomes(session_id, status="disconnected")
    await stage.tell(status("wa_silent", "connected"))

    row = await stage.becomes(session_id, status="connected")
    assert row["last_error"].startswith("connected, but nothing gets through")
    await until(is_free, 15, "the session may try again")

    await sends(stage, session_id, 5, ago_s=-0.1)
    await until(is_held, 15, "it was in vain")
    await acknowledged(stage, session_id)
    await until(is_free, 15, "the hold is over")
    await stage.becomes(session_id, last_error=None)


async def test_zero_switches_it_off_and_ends_what_was_noted(stage: Stage) -> None:
    session_id = await silent_one(stage)
    first = await stage.start_verifier(ack_silence_s=2)
    await stage.hears(session_id, "session.silent")
    await first.stop()

    await stage.start_verifier(ack_silence_s=0)

    await stage.hears(session_id, "session.heard")


async def test_two_verifiers_note_a_silence_once(stage: Stage) -> None:
    session_id = await silent_one(stage)
    await stage.start_verifier(ack_silence_s=2)
    await stage.start_verifier(ack_silence_s=2)

    await stage.hears(session_id, "session.silent")
    await acknowledged(stage, session_id)
    await stage.hears(session_id, "session.heard")

    assert await stage.facts(session_id) == ["session.silent", "session.heard"]


@pytest.mark.parametrize("silence_s", ["2"])
async def test_the_process_notices_within_seconds(stage: Stage, start_service: StartService, silence_s: str) -> None:
    await start_service("verifier", stage.environment | {"ACK_SILENCE_S": silence_s}, within_s=40)
    session_id = await stage.session("wa_silent")
    await acknowledged(stage, await stage.session("wa_heard"), ago_s=3600)

    await sends(stage, session_id, 5, ago_s=0)

    await stage.hears(session_id, "session.silent", within_s=5)
