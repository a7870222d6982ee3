"""An operator's hand on sessions: reconnect, QR codes, disconnect, and deleting what was never paired."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio

from services.api.pairing import PairingLimits
from services.api.shapes import PairingAnswer, SessionOrder
from simulator.server import Simulator
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient, StreamClosedError
from tests.integration.api.conftest import OTHER_KEY, StartApi, api_settings
from tests.integration.api.rows import Rows
from tests.integration.api.test_sessions import _commands
from truesend.broker.topics import create_topics
from truesend.contracts.events import VerifyReason

GATEWAY_KEY = "the-gateways-key-of-this-test"


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Simulator]:
    """A VPS."""
    async with Simulator.running(api_key=GATEWAY_KEY) as running:
        yield running


@pytest_asyncio.fixture
async def wired(
    start_api: StartApi, gateway: Simulator, kafka: SharedKafka, topic_prefix: str, rows: Rows
) -> ApiClient:
    """An API with that gateway and a broker, which looks at codes often."""
    given = {"kafka_bootstrap_servers": kafka.bootstrap_servers, "truesend_topic_prefix": topic_prefix}
    await create_topics(api_settings(rows, **given))
    api = await start_api(pairing=quick(), **given, **of_gateway(gateway))
    await api.until_ready()
    return api


def quick(**limits: Any) -> PairingLimits:
    return PairingLimits(**({"look_every_s": 0.05} | limits))


def of_gateway(gateway: Simulator) -> dict[str, Any]:
    return {"gateway_url": gateway.url, "gateway_api_key": GATEWAY_KEY, "status_timeout_s": 2.0}


async def facts(rows: Rows, session_id: UUID) -> list[dict[str, Any]]:
    found = await rows.connection.fetch(
        "SELECT payload FROM truesend.event_log WHERE aggregateid = $1 ORDER BY seq", session_id
    )
    return [orjson.loads(fact["payload"]) for fact in found]


async def test_a_reconnect_restarts_the_session_at_its_gateway_and_has_it_verified(
    wired: ApiClient, rows: Rows, gateway: Simulator, kafka: SharedKafka, topic_prefix: str
) -> None:
    session_id = await rows.session(status="disconnected", session_data='{"vps_session_id": "wa_of_the_vps"}')

    answer = await wired.post(f"/v1/sessions/{session_id}/reconnect", {"reason": "the phone is back"})

    assert answer.status == 202
    assert answer.body == {
        "session_id": str(session_id),
        "status": "disconnected",
        "qr_url": f"/v1/sessions/{session_id}/qr",
    }
    SessionOrder.model_validate(answer.body)
    assert gateway.world.sessions["wa_of_the_vps"].state == "qr"
    (command,) = await _commands(kafka, topic_prefix, count=1)
    assert (command.session_id, command.reason) == (session_id, VerifyReason.OPERATOR)
    (fact,) = await facts(rows, session_id)
    assert (fact["type"], fact["reason"]) == ("session.reconnect_requested", "the phone is back")
    assert fact["actor"].startswith("API key ")
    history = await wired.get(f"/v1/sessions/{session_id}/history")
    assert history.body["items"][0]["actor"] == fact["actor"]
    assert await rows.one("SELECT status FROM whatsapp_sessions") == "disconnected"


async def test_a_session_that_is_made_here_is_paired_by_its_first_reconnect(
    wired: ApiClient, gateway: Simulator
) -> None:
    made = (await wired.post("/v1/sessions", {"display_name": "Front desk"})).body

    answer = await wired.post(f"/v1/sessions/{made['id']}/reconnect")
    shown = await wired.get(answer.body["qr_url"])

    assert (answer.status, gateway.world.sessions[f"wa_{made['id']}"].state) == (202, "qr")
    assert shown.body["status"] == "qr_pending"
    assert shown.body["qr"]


async def test_a_disconnect_logs_out_and_says_who_wanted_it_before_the_gateway_is_called(
    wired: ApiClient, rows: Rows, gateway: Simulator
) -> None:
    session_id = await rows.session()
    gateway.world.add(f"wa_{session_id}", phone_number="4915112345678")

    answer = await wired.post(f"/v1/sessions/{session_id}/disconnect")

    assert answer.status == 202
    assert gateway.world.sessions[f"wa_{session_id}"].state == "disconnected"
    assert [fact["type"] for fact in await facts(rows, session_id)] == ["session.disconnect_requested"]


async def test_a_gateway_that_refuses_is_told_in_its_own_words_without_its_key(
    start_api: StartApi, rows: Rows, gateway: Simulator
) -> None:
    api = await start_api(**of_gateway(gateway))
    session_id = await rows.session()

    answer = await api.post(f"/v1/sessions/{session_id}/disconnect")

    assert (answer.status, answer.body["type"]) == (502, "urn:truesend:problem:gateway-refused")
    assert "Session not found" in answer.body["detail"]
    assert GATEWAY_KEY not in str(answer.body)
    assert [fact["type"] for fact in await facts(rows, session_id)] == ["session.disconnect_requested"]


async def test_a_gateway_that_cannot_be_reached_is_a_502(start_api: StartApi, rows: Rows) -> None:
    api = await start_api()
    session_id = await rows.session(status="disconnected")

    reconnect = await api.post(f"/v1/sessions/{session_id}/reconnect")
    qr = await api.get(f"/v1/sessions/{session_id}/qr")

    assert reconnect.status == 502
    assert "can't reach the gateway" in reconnect.body["detail"]
    assert (qr.status, qr.body["status"]) == (200, "cannot_tell")


async def test_a_second_click_does_not_restart_a_session_twice(
    start_api: StartApi, rows: Rows, gateway: Simulator
) -> None:
    api = await start_api(**of_gateway(gateway))
    session_id, other = await rows.session(status="disconnected"), await rows.session(status="disconnected")

    answers = await asyncio.gather(*(api.post(f"/v1/sessions/{session_id}/reconnect") for _ in range(4)))
    of_another = await api.post(f"/v1/sessions/{other}/reconnect")
    await rows.connection.execute("UPDATE truesend.event_log SET created_at = now() - interval '6 seconds'")
    later = await api.post(f"/v1/sessions/{session_id}/reconnect")

    assert sorted(answer.status for answer in answers) == [202, 409, 409, 409]
    assert (of_another.status, later.status) == (202, 202)


async def test_a_session_of_a_gateway_that_is_not_configured_is_told_its_name(
    start_api: StartApi, rows: Rows, gateway: Simulator
) -> None:
    api = await start_api(**of_gateway(gateway))
    session_id = await rows.session(gateway="berlin")

    for answer in (
        await api.post(f"/v1/sessions/{session_id}/reconnect"),
        await api.post(f"/v1/sessions/{session_id}/disconnect"),
        await api.get(f"/v1/sessions/{session_id}/qr"),
    ):
        assert (answer.status, "berlin" in answer.body["detail"]) == (409, True)
    assert await facts(rows, session_id) == []


async def test_another_organisations_session_is_as_unknown_as_none(
    start_api: StartApi, rows: Rows, gateway: Simulator
) -> None:
    api = await start_api(**of_gateway(gateway))
    mine = await rows.session(status="disconnected")
    calls = [("POST", "reconnect"), ("POST", "disconnect"), ("GET", "qr"), ("DELETE", "")]

    for method, path in calls:
        theirs = await api.call(method, f"/v1/sessions/{mine}/{path}".rstrip("/"), headers={"X-API-Key": OTHER_KEY})
        unknown = await api.call(method, f"/v1/sessions/{uuid4()}/{path}".rstrip("/"), headers={"X-API-Key": OTHER_KEY})
        assert (theirs.status, theirs.body) == (404, unknown.body), path
    assert gateway.world.sessions == {}
    assert await rows.one("SELECT count(*) FROM whatsapp_sessions") == 1


async def test_a_qr_code_is_shown_to_the_caller_and_kept_nowhere(
    wired: ApiClient,
    rows: Rows,
    gateway: Simulator,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    session_id = await rows.session(status="disconnected")
    session = gateway.world.connect(f"wa_{session_id}")

    answer = await wired.get(f"/v1/sessions/{session_id}/qr")

    PairingAnswer.model_validate(answer.body)
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.body["status"], answer.body["qr"]) == ("qr_pending", session.qr)
    assert session.qr is not None
    code = session.qr[-60:]
    printed = capsys.readouterr()
    assert code not in caplog.text + printed.out + printed.err
    assert await rows.one("SELECT qr_code FROM whatsapp_sessions") is None
    assert code not in str(await rows.connection.fetch("SELECT payload FROM truesend.event_log"))


async def test_the_qr_stream_shows_each_new_code_and_ends_when_the_phone_has_scanned_one(
    wired: ApiClient, rows: Rows, gateway: Simulator, kafka: SharedKafka, topic_prefix: str
) -> None:
    session_id = await rows.session(status="disconnected")
    name = f"wa_{session_id}"
    first = gateway.world.connect(name).qr

    async with wired.codes(session_id) as stream:
        shown = await stream.event()
        second = gateway.world.change(name, qr="data:image/png;base64,c2Vjb25k").qr
        renewed = await stream.event()
        gateway.world.scan(name, "4915112345678")
        connected = await stream.event()
        with pytest.raises(StreamClosedError):
            await stream.event()

    assert (shown.event, shown.data["status"], shown.data["qr"]) == ("qr", "qr_pending", first)
    assert (renewed.event, renewed.data["qr"]) == ("qr", second)
    assert (connected.event, connected.data["status"], connected.data["qr"]) == ("connected", "connected", None)
    commands = await _commands(kafka, topic_prefix, count=2)
    assert {(command.session_id, command.reason) for command in commands} == {(session_id, VerifyReason.OPERATOR)}


async def test_the_qr_stream_says_about_when_each_code_of_a_vps_ends(
    wired: ApiClient, rows: Rows, gateway: Simulator
) -> None:
    session_id = await rows.session(status="disconnected")
    name = f"wa_{session_id}"
    began = datetime.now(UTC)
    gateway.world.connect(name)

    async with wired.codes(session_id) as stream:
        first = await stream.event()
        gateway.world.change(name, status_answer={"status": 502, "text": "Bad Gateway"})
        away = await stream.event()
        gateway.world.change(name, status_answer=None)
        back = await stream.event()
        gateway.world.change(name, qr="data:image/png;base64,c2Vjb25k")
        renewed = await stream.event()

    ends = [datetime.fromisoformat(event.data["qr_expires_at"]) for event in (first, back, renewed)]
    assert began + timedelta(seconds=60) <= ends[0] <= datetime.now(UTC) + timedelta(seconds=60)
    assert away.data["qr_expires_at"] is None
    assert ends[0] == ends[1] < ends[2]


async def test_the_qr_stream_goes_on_while_the_gateway_is_away(
    wired: ApiClient, rows: Rows, gateway: Simulator
) -> None:
    session_id = await rows.session(status="disconnected")
    name = f"wa_{session_id}"
    gateway.world.connect(name)

    async with wired.codes(session_id) as stream:
        await stream.event()
        gateway.world.change(name, status_answer={"status": 502, "text": "Bad Gateway"})
        away = await stream.event()
        gateway.world.change(name, status_answer=None)
        back = await stream.event()

    assert (away.data["status"], away.data["qr"]) == ("cannot_tell", None)
    assert "HTTP 502" in away.data["detail"]
    assert back.data["status"] == "qr_pending"


async def test_the_qr_stream_ends_with_its_time_and_asks_the_gateway_no_more(
    start_api: StartApi, rows: Rows, gateway: Simulator
) -> None:
    api = await start_api(pairing=quick(life_s=0.3, keep_alive_s=0.1), **of_gateway(gateway))
    session_id = await rows.session(status="disconnected")
    session = gateway.world.connect(f"wa_{session_id}")

    async with api.codes(session_id) as stream:
        assert [event.event for event in await stream.until_closed()] == ["qr"]
        assert any(block.comment == "keep-alive" for block in stream.blocks)
    reads = session.reads
    await asyncio.sleep(0.2)

    assert session.reads == reads


async def test_a_client_that_goes_away_ends_the_looking_and_makes_room(
    start_api: StartApi, rows: Rows, gateway: Simulator
) -> None:
    api = await start_api(pairing=quick(clients=1), **of_gateway(gateway))
    session_id = await rows.session(status="disconnected")
    gateway.world.connect(f"wa_{session_id}")
    wants_a_stream = {"X-API-Key": "key-of-the-first-organization", "Accept": "text/event-stream"}

    async with api.codes(session_id) as stream:
        await stream.event()
        too_many = await api.get(f"/v1/sessions/{session_id}/qr", headers=wants_a_stream)

    async def has_room() -> bool:
        async with api._http.get(f"{api.url}/v1/sessions/{session_id}/qr", headers=wants_a_stream) as answer:
            return answer.status == 200

    assert (too_many.status, too_many.body["type"]) == (503, "urn:truesend:problem:too-many-clients")
    assert await until(has_room, 5, "the place is free again")


async def test_a_session_that_was_never_paired_is_deleted_and_the_history_says_by_whom(
    api: ApiClient, rows: Rows
) -> None:
    session_id = await rows.session(status="qr_pending")
    await rows.check(session_id, seconds_ago=1)

    answer = await api.call("DELETE", f"/v1/sessions/{session_id}")
    again = await api.call("DELETE", f"/v1/sessions/{session_id}")

    assert (answer.status, answer.body, again.status) == (204, "", 404)
    assert await rows.one("SELECT count(*) FROM whatsapp_sessions") == 0
    assert await rows.one("SELECT count(*) FROM truesend.session_checks") == 0
    (fact,) = await facts(rows, session_id)
    assert (fact["type"], fact["organization_id"]) == ("session.deleted", str(rows.organization_id))
    assert fact["actor"].startswith("API key ")


async def test_a_session_that_something_depends_on_is_not_deleted(api: ApiClient, rows: Rows) -> None:
    paired = await rows.session(status="disconnected", connected_at=datetime(2026, 1, 1, tzinfo=UTC))
    numbered = await rows.session(status="disconnected", phone_number="4915112345678")
    connected = await rows.session()
    used = await rows.session(status="disconnected")
    await rows.message(session_id=used, status="sent")
    tried = await rows.session(status="disconnected")
    await rows.connection.execute(
        "INSERT INTO truesend.message_attempts (message_id, number, organization_id, session_id, lease_token, started_at,"
        " outcome) VALUES (gen_random_uuid(), 1, $1, $2, gen_random_uuid(), now(), 'sent')",
        rows.organization_id,
        tried,
    )

    for session_id, word in [
        (paired, "paired"),
        (numbered, "paired"),
        (connected, "paired"),
        (used, "Messages"),
        (tried, "Messages"),
    ]:
        answer = await api.call("DELETE", f"/v1/sessions/{session_id}")
        assert (answer.status, word in answer.body["detail"]) == (409, True), answer.body
        assert await facts(rows, session_id) == []
    assert await rows.one("SELECT count(*) FROM whatsapp_sessions") == 5


async def test_what_the_crm_hangs_on_a_session_keeps_it(api: ApiClient, rows: Rows) -> None:
    await rows.connection.execute(
        "CREATE TABLE webinars (session_id uuid REFERENCES whatsapp_sessions);"
        ' CREATE TABLE "Groups" ("Session" uuid REFERENCES whatsapp_sessions ON DELETE CASCADE);'
        " CREATE TABLE workshops (id uuid, session_id uuid REFERENCES whatsapp_sessions ON DELETE SET NULL)"
    )
    named, grouped, linked = [await rows.session(status="connecting") for _ in range(3)]
    await rows.connection.execute("INSERT INTO webinars VALUES ($1)", named)
    await rows.connection.execute('INSERT INTO "Groups" VALUES ($1)', grouped)
    await rows.connection.execute("INSERT INTO workshops VALUES (gen_random_uuid(), $1)", linked)

    answers = [await api.call("DELETE", f"/v1/sessions/{session_id}") for session_id in (named, grouped, linked)]

    assert [answer.status for answer in answers] == [409, 409, 204]
    assert "webinars" in answers[0].body["detail"]
    assert "Groups" in answers[1].body["detail"]
    assert await facts(rows, named) == []
    assert await rows.one("SELECT count(*) FROM whatsapp_sessions") == 2


async def test_a_session_that_waiting_messages_reach_through_the_crms_own_tables_is_not_deleted(
    api: ApiClient, rows: Rows
) -> None:
    session_id = await rows.session(status="disconnected")
    message_id = await rows.message(workshop_id=uuid4())
    await rows.connection.execute(
        f"CREATE OR REPLACE VIEW truesend.message_routes AS SELECT m.id AS message_id,"
        f" coalesce(m.session_id, '{session_id}'::uuid) AS session_id, m.recipient FROM scheduled_whatsapp_messages AS m"
    )

    waiting = await api.call("DELETE", f"/v1/sessions/{session_id}")
    await rows.connection.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1", message_id
    )
    free = await api.call("DELETE", f"/v1/sessions/{session_id}")

    assert (waiting.status, free.status) == (409, 204)
