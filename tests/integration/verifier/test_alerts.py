"""Alerts from a drop to the receiver: one per episode, one when it is over, none for a flap."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from standardwebhooks import Webhook, WebhookVerificationError

from tests.harness.fixtures import StartService
from tests.harness.rows import insert_message, insert_session
from tests.harness.waiting import until
from tests.integration.verifier.conftest import Stage, status
from tests.integration.verifier.receiver import Receiver, receiving
from tests.integration.verifier.test_silence import acknowledged, silent_one

SECRET = "whsec_Y2FuYXJ5LWFsZXJ0LXNlY3JldC0xMjM0NTY3ODk="
DEBOUNCE_S = 0.5


@pytest.fixture(autouse=True)
def nothing_is_asked_by_itself(stage: Stage) -> None:
    stage.only_told = True


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


def alerting(receiver: Receiver, **changes: Any) -> dict[str, Any]:
    return {
        "alert_webhook_url": receiver.url,
        "alert_webhook_secret": SECRET,
        "alert_debounce_s": DEBOUNCE_S,
    } | changes


async def took(receiver: Receiver, *types: str, within_s: float = 15) -> None:
    async def probe() -> bool:
        return receiver.types() == list(types)

    await until(probe, within_s, f"the receiver took {types}, it has {receiver.types()}")


async def a_connected_session(stage: Stage, name: str = "wa_1") -> UUID:
    session_id = await stage.session(name)
    await stage.tell(status(name, "connected"))
    await stage.becomes(session_id, verified=True)
    return session_id


async def drops(stage: Stage, name: str) -> None:
    """The gateway loses the session, and says so."""
    stage.gateway.world.sessions[name].state = "disconnected"
    await stage.tell(status(name, "disconnected", detail="Connection Closed"))


async def comes_back(stage: Stage, name: str) -> None:
    """The gateway has it again, and says so."""
    stage.gateway.world.sessions[name].state = "connected"
    await stage.tell(status(name, "connected"))


async def a_drop_and_its_alert(stage: Stage, receiver: Receiver, name: str) -> None:
    """A session whose drop is raised: by then every earlier one would have been."""
    session_id = await a_connected_session(stage, name)
    before = len(receiver.taken)
    await drops(stage, name)
    await stage.becomes(session_id, status="disconnected")

    async def probe() -> bool:
        return len(receiver.taken) > before

    await until(probe, 15, f"the drop of {name} is raised")
    assert {posted.body["data"]["session_id"] for posted in receiver.taken[before:]} == {str(session_id)}


async def test_a_drop_is_told_once_and_so_is_its_end_signed_for_the_library_to_verify(
    stage: Stage, receiver: Receiver
) -> None:
    await stage.start_verifier(**alerting(receiver))
    session_id = await a_connected_session(stage)
    await stage.connection.execute("UPDATE whatsapp_sessions SET display_name = 'Sales', phone_number = '919800000000'")

    await drops(stage, "wa_1")
    await took(receiver, "session.down.raised")
    await comes_back(stage, "wa_1")
    await took(receiver, "session.down.raised", "session.down.resolved")

    raised, resolved = receiver.taken
    body = Webhook(SECRET).verify(raised.data, raised.headers)
    assert body["data"] | {"alert_id": 0, "since": 0, "raised_at": 0} == {
        "alert_id": 0,
        "kind": "session_down",
        "state": "raised",
        "organization_id": str(stage.organization_id),
        "session_id": str(session_id),
        "since": 0,
        "raised_at": 0,
        "resolved_at": None,
        "display_name": "Sales",
        "gateway": "default",
        "status": "disconnected",
        "last_error": "Connection Closed",
        "messages_waiting": 0,
    }
    assert raised.headers["Content-Type"] == "application/json"
    assert "919800000000" not in raised.data.decode()
    ended = Webhook(SECRET).verify(resolved.data, resolved.headers)
    assert ended["data"]["alert_id"] == body["data"]["alert_id"]
    assert (ended["data"]["state"], ended["data"]["status"]) == ("resolved", "connected")
    assert raised.headers["webhook-id"] != resolved.headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_YW5vdGhlcg==").verify(raised.data, raised.headers)


async def test_a_flap_raises_nothing(stage: Stage, receiver: Receiver) -> None:
    await stage.start_verifier(**alerting(receiver, alert_debounce_s=2))
    session_id = await a_connected_session(stage)

    for _ in range(3):
        await drops(stage, "wa_1")
        await stage.becomes(session_id, status="disconnected")
        await comes_back(stage, "wa_1")
        await stage.becomes(session_id, status="connected")

    await a_drop_and_its_alert(stage, receiver, "wa_2")
    assert receiver.types() == ["session.down.raised"]


async def test_two_verifiers_and_a_restart_tell_an_episode_once(stage: Stage, receiver: Receiver) -> None:
    first = await stage.start_verifier(**alerting(receiver))
    await stage.start_verifier(**alerting(receiver))
    await a_connected_session(stage)
    await drops(stage, "wa_1")
    await took(receiver, "session.down.raised")

    await first.stop()
    await stage.start_verifier(**alerting(receiver))
    await a_drop_and_its_alert(stage, receiver, "wa_2")

    assert receiver.types() == ["session.down.raised", "session.down.raised"]
    assert await stage.connection.fetchval("SELECT count(*) FROM truesend.alerts") == 2


async def test_a_session_that_was_down_before_truesend_came_raises_nothing(stage: Stage, receiver: Receiver) -> None:
    await stage.connection.execute("UPDATE truesend.adoption SET recorded_at = now() + interval '1 hour'")
    liar = await stage.session("wa_liar", state="disconnected")
    dead = await stage.session("wa_dead", "disconnected", state="disconnected")
    await stage.start_verifier(**alerting(receiver))
    await stage.ask(liar, dead)
    await stage.becomes(liar, status="disconnected")
    await stage.becomes(dead, verified=True)

    await a_drop_and_its_alert(stage, receiver, "wa_2")

    assert receiver.types() == ["session.down.raised"]


async def test_what_an_operator_asked_for_or_a_successor_took_over_raises_nothing(
    stage: Stage, receiver: Receiver
) -> None:
    await stage.start_verifier(**alerting(receiver))
    asked_for = await a_connected_session(stage, "wa_1")
    superseded = await a_connected_session(stage, "wa_old")
    await stage.connection.execute(
        "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
        " VALUES ('session', $1, 'session.disconnect_requested',"
        " truesend.session_fact($1, 'session.disconnect_requested', 'somebody', NULL), $2)",
        asked_for,
        stage.organization_id,
    )
    await stage.tell(status("wa_old", "connected", phone_number="919812345678"))
    await stage.becomes(superseded, phone_number="919812345678")
    await stage.session("wa_new", "disconnected")

    await stage.tell(status("wa_1", "disconnected"), status("wa_new", "connected", phone_number="919812345678"))
    await stage.becomes(asked_for, status="disconnected")
    await stage.becomes(superseded, status="disconnected")
    await stage.tell(status("wa_old", "disconnected"))

    await a_drop_and_its_alert(stage, receiver, "wa_2")
    assert receiver.types() == ["session.down.raised"]


async def test_an_alert_is_posted_again_until_the_receiver_takes_it_and_its_end_waits_for_it(
    stage: Stage, receiver: Receiver
) -> None:
    receiver.answers = 302
    await stage.start_verifier(**alerting(receiver))
    await a_connected_session(stage)
    await drops(stage, "wa_1")

    async def was_tried_twice() -> bool:
        return len(receiver.refused) >= 2

    await until(was_tried_twice, 15, "the alert was posted twice")
    await comes_back(stage, "wa_1")

    async def is_over() -> bool:
        return bool(await stage.connection.fetchval("SELECT resolved_at IS NOT NULL FROM truesend.alerts"))

    await until(is_over, 15, "the episode is over")
    receiver.answers = 200

    await took(receiver, "session.down.raised", "session.down.resolved")
    ids = {posted.headers["webhook-id"] for posted in receiver.refused}
    assert ids == {receiver.taken[0].headers["webhook-id"]}
    assert all(posted.headers.get("webhook-signature") for posted in receiver.refused)

    async def nothing_is_left() -> bool:
        return bool(await stage.connection.fetchval("SELECT count(*) = 0 FROM truesend.alert_deliveries"))

    await until(nothing_is_left, 5, "nothing is left to post")


async def test_what_nobody_took_for_a_day_is_given_up(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = 500
    await stage.start_verifier(**alerting(receiver))
    await a_connected_session(stage)
    await drops(stage, "wa_1")

    async def was_tried() -> bool:
        return bool(receiver.refused)

    await until(was_tried, 15, "the alert was posted")
    await stage.connection.execute(
        "UPDATE truesend.alert_deliveries SET created_at = now() - interval '25 hours', next_attempt_at = now()"
    )

    async def nothing_is_left() -> bool:
        return bool(await stage.connection.fetchval("SELECT count(*) = 0 FROM truesend.alert_deliveries"))

    await until(nothing_is_left, 15, "it is given up")


async def test_verification_goes_on_while_the_receiver_hangs(stage: Stage, receiver: Receiver) -> None:
    receiver.hangs = True
    await stage.start_verifier(**alerting(receiver))
    await a_connected_session(stage)
    await drops(stage, "wa_1")

    async def is_hanging() -> bool:
        return bool(receiver.refused)

    await until(is_hanging, 15, "the receiver hangs")
    others = [await stage.session(f"wa_other_{n}", "disconnected") for n in range(20)]
    began = asyncio.get_running_loop().time()
    await stage.ask(*others)
    for session_id in others:
        await stage.becomes(session_id, status="connected", within_s=5)
    assert asyncio.get_running_loop().time() - began < 5
    assert receiver.taken == []


async def test_messages_that_wait_too_long_are_told_once_and_so_is_their_leaving(
    stage: Stage, receiver: Receiver
) -> None:
    session_id = await stage.session("wa_1")
    other = await stage.session("wa_2")
    stage.gateway.world.add("wa_3")
    elsewhere = await insert_session(stage.connection, organization_id=UUID(int=7), vps_session_id="wa_3")
    waiting = [
        await insert_message(
            stage.connection, organization_id=stage.organization_id, session_id=session_id, due_in_s=-ago
        )
        for ago in (60.0, 40.0)
    ]
    await insert_message(stage.connection, organization_id=stage.organization_id, session_id=other)
    await insert_message(stage.connection, organization_id=UUID(int=7), session_id=elsewhere, due_in_s=-60)
    await insert_message(stage.connection, organization_id=stage.organization_id, session_id=None, due_in_s=-60)
    await stage.start_verifier(
        **alerting(receiver, alert_waiting_s=30, dispatch_organizations=str(stage.organization_id))
    )

    await took(receiver, "messages.waiting.raised")
    data = receiver.taken[0].body["data"]
    assert (data["session_id"], data["messages_waiting"]) == (str(session_id), 2)
    assert "Namaste" not in receiver.taken[0].data.decode()

    await stage.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE id = $1", waiting[0])
    await stage.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE id = $1", waiting[1])
    await took(receiver, "messages.waiting.raised", "messages.waiting.resolved")
    assert receiver.taken[1].body["data"]["messages_waiting"] == 0


async def test_what_an_operator_holds_raises_nothing_while_it_is_held(stage: Stage, receiver: Receiver) -> None:
    paused, free = await stage.session("wa_paused"), await stage.session("wa_free")
    for session_id in (paused, free):
        await insert_message(
            stage.connection, organization_id=stage.organization_id, session_id=session_id, due_in_s=-60
        )
    await stage.connection.execute(
        "INSERT INTO truesend.session_rules (session_id, organization_id, paused_at) VALUES ($1, $2, now())",
        paused,
        stage.organization_id,
    )
    await stage.start_verifier(**alerting(receiver, alert_waiting_s=4))

    await took(receiver, "messages.waiting.raised")
    assert receiver.taken[0].body["data"]["session_id"] == str(free)
    freed_at = await stage.connection.fetchval("UPDATE truesend.session_rules SET paused_at = NULL RETURNING now()")

    await took(receiver, "messages.waiting.raised", "messages.waiting.raised")
    raised_at = await stage.connection.fetchval("SELECT raised_at FROM truesend.alerts WHERE session_id = $1", paused)
    assert (raised_at - freed_at).total_seconds() > 2


async def test_what_was_overdue_on_the_day_of_adoption_waits_on_purpose(stage: Stage, receiver: Receiver) -> None:
    old, new = await stage.session("wa_old"), await stage.session("wa_new")
    await insert_message(stage.connection, organization_id=stage.organization_id, session_id=old, due_in_s=-3600)
    await stage.connection.execute("UPDATE truesend.adoption SET overdue_before = now() - interval '1 minute'")
    await insert_message(stage.connection, organization_id=stage.organization_id, session_id=new, due_in_s=-30)
    await stage.start_verifier(**alerting(receiver, alert_waiting_s=10))

    await took(receiver, "messages.waiting.raised")
    assert receiver.taken[0].body["data"]["session_id"] == str(new)


async def test_a_silence_is_told_and_so_is_its_end(stage: Stage, receiver: Receiver) -> None:
    session_id = await silent_one(stage)
    await stage.start_verifier(**alerting(receiver, ack_silence_s=2))

    await took(receiver, "session.silent.raised")
    assert receiver.taken[0].body["data"]["last_error"].startswith("connected, but nothing gets through")
    await acknowledged(stage, session_id)
    await took(receiver, "session.silent.raised", "session.silent.resolved")


async def test_a_session_that_the_crm_deletes_is_no_longer_missed(stage: Stage, receiver: Receiver) -> None:
    await stage.start_verifier(**alerting(receiver))
    session_id = await a_connected_session(stage)
    await drops(stage, "wa_1")
    await took(receiver, "session.down.raised")

    await stage.connection.execute("DELETE FROM whatsapp_sessions WHERE id = $1", session_id)

    await took(receiver, "session.down.raised", "session.down.resolved")
    assert receiver.taken[1].body["data"]["gateway"] == "default"


async def test_without_an_address_alerts_are_kept_and_counted_and_nothing_is_left_to_post(stage: Stage) -> None:
    await stage.start_verifier(alert_debounce_s=DEBOUNCE_S)
    await a_connected_session(stage)
    await drops(stage, "wa_1")

    async def is_raised() -> bool:
        return bool(await stage.connection.fetchval("SELECT count(*) FROM truesend.alerts"))

    await until(is_raised, 15, "the alert is raised")
    assert await stage.connection.fetchval("SELECT count(*) FROM truesend.alert_deliveries") == 0


async def test_the_process_alerts_within_two_seconds_of_the_debounce_and_never_logs_the_address(
    stage: Stage, receiver: Receiver, start_service: StartService
) -> None:
    receiver.answers = 503
    environment = stage.environment | {"ALERT_WEBHOOK_URL": receiver.url, "ALERT_DEBOUNCE_S": "1"}
    service = await start_service("verifier", environment, within_s=40)
    await a_connected_session(stage)

    await drops(stage, "wa_1")

    async def was_tried() -> bool:
        return bool(receiver.refused)

    await until(was_tried, 3, "the alert was posted in time")
    receiver.answers = 200
    await took(receiver, "session.down.raised")
    assert "webhook-signature" not in receiver.taken[0].headers
    log = service.log_file.read_text()
    assert "alerts are posted unsigned" in log
    assert "alert raised" in log
    assert "canary-token" not in log
