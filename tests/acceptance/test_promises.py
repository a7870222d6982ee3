"""The seven promises, each kept by real processes."""

from simulator.world import ScriptedAnswer
from tests.acceptance.conftest import API_KEY, GATEWAY_KEY, OTHER_API_KEY, Town
from tests.harness.waiting import until

SECRET_TEXT = "canary message text 16180"


async def test_no_false_sent(town: Town) -> None:
    """Sent only when it was: not on accepted, not on 503, not on an error inside a 200."""
    accepted = await town.message(await town.session("wa_a", mode="accepted", callback="none", lookup="off"))
    down = await town.message(await town.session("wa_b", lie=True))
    lie = ScriptedAnswer(status=200, body={"success": False, "error": "engine broke"})
    broken = await town.message(await town.session("wa_c", send_answer=lie))
    sent = await town.message(await town.session("wa_d"))
    await town.start("sender", confirm_timeout_s=1)

    await town.becomes(sent, "sent")
    await town.becomes(broken, "failed")

    async def settled() -> bool:
        return await town.counts() == {"sent": 1, "failed": 1, "pending": 1, "unconfirmed": 1}

    await until(settled, 10, "each says what is true of it")
    assert (await town.row(accepted))["accepted_at"] is not None
    assert (await town.row(down))["status"] == "pending"


async def test_no_false_failed(town: Town) -> None:
    """A time-out and a lost connection are doubts, and are cleared up at the gateway."""
    slow = await town.message(await town.session("wa_a", hang_send_s=3, hang_send="after_delivery"))
    cut = await town.message(await town.session("wa_b", reset="after_delivery"))
    await town.start("sender", send_timeout_s=0.5)

    for message_id in (slow, cut):
        row = await town.becomes(message_id, "sent")
        assert row["retry_count"] == 0
    assert town.gateway.ledger.post_count == 2


async def test_no_duplicates(town: Town) -> None:
    """Two senders side by side send each message once."""
    for n in range(10):
        session_id = await town.session(f"wa_{n}", latency_ms=5)
        for m in range(20):
            await town.message(session_id, recipient=f"9198{n:03}{m:05}", due_in_s=-100 + m)
    await town.start("sender")
    await town.start("sender")

    await town.all_are("sent", 200, within_s=60)

    assert town.gateway.ledger.delivery_count == 200
    assert town.gateway.ledger.post_count == 200
    for n in range(10):
        recipients = [d.recipient for d in town.gateway.ledger.deliveries if d.session_id == f"wa_{n}"]
        assert recipients == sorted(recipients)


async def test_no_silent_errors(town: Town) -> None:
    """The gateway's own words reach the operator, on the message and on the session."""
    refusal = ScriptedAnswer(status=400, body={"error": "The number is not on WhatsApp"})
    message_id = await town.message(await town.session("wa_a", send_answer=refusal))
    dead = await town.session("wa_b", state="disconnected", error="Logged out from the phone")
    await town.start("sender")
    await town.start("verifier")
    api = await town.start("api")

    await town.becomes(message_id, "failed")
    await town.session_becomes(dead, "disconnected")

    _, message = await town.get(api, f"/v1/messages/{message_id}")
    _, sessions = await town.get(api, "/v1/sessions")
    assert "not on WhatsApp" in message["vps_error"]
    assert "not on WhatsApp" in message["attempts"][0]["answer"]
    shown = next(item for item in sessions["items"] if item["id"] == str(dead))
    assert "Logged out from the phone" in shown["last_error"]
    assert shown["last_error_at"]


async def test_no_burnt_retries(town: Town) -> None:
    """While a session is down its messages wait; they leave by themselves, within two seconds of its return."""
    session_id = await town.session("wa_a")
    town.gateway.world.drop("wa_a", "Connection Closed")
    messages = [await town.message(session_id, recipient=f"91980000{n:04}") for n in range(5)]
    await town.start("sender")
    await town.start("verifier")
    await town.session_becomes(session_id, "disconnected")

    town.gateway.world.revive("wa_a")
    await town.session_becomes(session_id, "connected")

    for message_id in messages:
        row = await town.becomes(message_id, "sent", within_s=2)
        assert row["retry_count"] == 0


async def test_a_session_says_connected_only_when_its_gateway_confirms_it(town: Town) -> None:
    """A dead session turns red, a hung gateway changes nothing and says so, a healthy one is green at once."""
    dead = await town.session("wa_dead", state="disconnected")
    hanging = await town.session("wa_hanging", hang_status_s=30)
    healthy = await town.session("wa_healthy")
    api = await town.start("api")

    status, answer = await town.post(api, "/v1/sessions/verify")
    assert status == 202
    assert set(answer["verifying"]) == {str(dead), str(hanging), str(healthy)}
    assert answer["fresh"] == []
    await town.start("verifier", verify_sweep_s=600)

    row = await town.session_becomes(dead, "disconnected", within_s=5)
    assert row["last_error"]

    async def seen() -> bool:
        async with town.database() as connection:
            rows = await connection.fetch("SELECT * FROM whatsapp_sessions")
        by_id = {row["id"]: row for row in rows}
        cannot_verify = by_id[hanging]["status"] == "connected" and by_id[hanging]["last_error"] is not None
        return cannot_verify and by_id[healthy]["last_verified_at"] is not None

    await until(seen, 10, "the hanging session cannot be verified, the healthy one is")


async def test_no_leaks(town: Town) -> None:
    """Another organisation sees nothing, and no secret and no message text reaches logs, events or errors."""
    echo = ScriptedAnswer(status=500, body={"error": f"could not send '{SECRET_TEXT}' with key {GATEWAY_KEY}"})
    session_id = await town.session("wa_a", send_answer=echo)
    message_id = await town.message(session_id, text=SECRET_TEXT)
    sender = await town.start("sender", log_level="debug", max_attempts=2)
    verifier = await town.start("verifier", log_level="debug")
    api = await town.start("api", log_level="debug")
    await town.becomes(message_id, "failed")

    for path in (f"/v1/messages/{message_id}", f"/v1/sessions/{session_id}", f"/v1/sessions/{session_id}/history"):
        assert (await town.get(api, path, OTHER_API_KEY))[0] == 404
    assert (await town.get(api, "/v1/messages", OTHER_API_KEY))[1]["items"] == []
    assert (await town.get(api, "/v1/sessions", "no such key"))[0] == 401
    status, problem = await town.get(api, "/v1/sessions", GATEWAY_KEY)
    assert status == 401

    async with town.database() as connection:
        row = await connection.fetchrow(
            "SELECT vps_error, error_message FROM scheduled_whatsapp_messages WHERE id = $1", message_id
        )
        facts = await connection.fetch("SELECT payload::text FROM truesend.event_log")
        attempts = await connection.fetch("SELECT answer FROM truesend.message_attempts")
    written = f"{row}{facts}{attempts}{problem}"
    written += "".join(service.log_file.read_text() for service in (sender, verifier, api))
    for secret in (SECRET_TEXT, GATEWAY_KEY, API_KEY, OTHER_API_KEY):
        assert secret not in written
