"""The simulated VPS: its wire format, its control API, its webhooks, and its ledger."""

import asyncio
import base64
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from simulator.ledger import Filter
from simulator.qr_picture import qr_data_url
from simulator.server import Simulator
from tests.harness.waiting import times_longer

KEY = "key-123456"
SEND = {"sessionId": "wa_1", "phone": "919800000001", "message": "hello"}


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator.running(api_key=KEY) as simulator:
        simulator.world.add("wa_1", phone_number="919812345678")
        yield simulator


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(sim.url, headers={"X-API-Key": KEY}, timeout=timeout) as session:
        yield session


async def _json(response: aiohttp.ClientResponse) -> tuple[int, Any]:
    return response.status, await response.json()


@asynccontextmanager
async def _listener() -> AsyncIterator[tuple[str, "asyncio.Queue[tuple[dict[str, Any], str | None]]"]]:
    """Somebody who takes webhooks: each event with the key that came with it."""
    events: asyncio.Queue[tuple[dict[str, Any], str | None]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        key = request.headers.get("X-API-Key") or request.headers.get("Authorization")
        events.put_nowait((await request.json(), key))
        return web.Response()

    application = web.Application()
    application.router.add_post("/hook", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/hook", events
    finally:
        await runner.cleanup()


async def test_the_status_has_the_fields_of_the_gateway(client: aiohttp.ClientSession) -> None:
    status, body = await _json(await client.get("/status/wa_1"))

    assert (status, body) == (200, {"sessionId": "wa_1", "status": "connected", "phoneNumber": "919812345678"})


async def test_a_send_answers_with_an_id_and_stands_in_the_ledger(
    sim: Simulator, client: aiohttp.ClientSession
) -> None:
    status, body = await _json(await client.post("/send", json=SEND))

    (delivery,) = sim.ledger.delivered(Filter(session_id="wa_1", recipient="919800000001", text="hello"))
    assert (status, body) == (200, {"success": True, "messageId": delivery.message_id})
    assert delivery.message_id.startswith("3EB0")


@pytest.mark.parametrize("missing", ["sessionId", "phone", "message"])
async def test_a_send_without_a_field_is_refused_in_the_gateway_s_words(
    sim: Simulator, client: aiohttp.ClientSession, missing: str
) -> None:
    fields = {key: value for key, value in SEND.items() if key != missing}

    answer = await _json(await client.post("/send", json=fields))

    assert answer == (400, {"error": "Missing required fields: sessionId, phone, message"})
    assert sim.ledger.post_count == 0


async def test_a_body_that_is_no_json_is_refused(client: aiohttp.ClientSession) -> None:
    assert (await client.post("/send", data=b"{")).status == 400
    assert (await client.post("/send", data=b"[]")).status == 400


@pytest.mark.parametrize("path", ["/status/wa_1", "/health"])
async def test_without_the_key_only_the_health_is_told(sim: Simulator, path: str) -> None:
    async with aiohttp.ClientSession(sim.url) as stranger:
        assert (await stranger.get(path)).status == (200 if path == "/health" else 401)


async def test_a_dropped_session_answers_503_until_it_is_revived(client: aiohttp.ClientSession) -> None:
    await client.post("/_control/sessions/wa_1/drop", json={"error": "Logged out"})
    _, seen = await _json(await client.get("/status/wa_1"))
    answer = await _json(await client.post("/send", json=SEND))
    await client.post("/_control/sessions/wa_1/revive")

    assert (seen["status"], seen["error"]) == ("disconnected", "Logged out")
    assert answer == (503, {"error": "Session wa_1 is not connected"})
    assert (await client.post("/send", json=SEND)).status == 200


async def test_a_flapping_session_says_another_state_at_every_read(client: aiohttp.ClientSession) -> None:
    await client.put("/_control/sessions/wa_1", json={"flap": True})

    said = [(await _json(await client.get("/status/wa_1")))[1]["status"] for _ in range(4)]

    assert said == ["disconnected", "connecting", "disconnected", "connecting"]


async def test_a_state_of_any_kind_can_be_said(client: aiohttp.ClientSession) -> None:
    await client.put("/_control/sessions/wa_1", json={"raw_status": "banana"})

    assert (await _json(await client.get("/status/wa_1")))[1]["status"] == "banana"


async def test_an_answer_can_be_scripted_down_to_its_bytes(client: aiohttp.ClientSession) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Odd: yes\r\n\r\n{\x00}\n"
    script = {"raw_base64": base64.b64encode(raw).decode()}
    await client.put("/_control/sessions/wa_1", json={"send_answer": script})

    answer = await client.post("/send", json=SEND)

    assert (answer.status, answer.headers["X-Odd"], await answer.read()) == (200, "yes", b"{\x00}\n")


async def test_a_scripted_answer_may_deliver_nevertheless(sim: Simulator, client: aiohttp.ClientSession) -> None:
    script = {"status": 502, "text": "<h1>Bad Gateway</h1>", "delivers": True}
    await client.put("/_control/sessions/wa_1", json={"send_answer": script})

    assert (await client.post("/send", json=SEND)).status == 502
    assert sim.ledger.delivery_count == 1


async def test_a_recipient_can_be_refused_in_every_session(client: aiohttp.ClientSession) -> None:
    await client.put("/_control/recipients/919800000001", json={"status": 400, "body": {"error": "not on WhatsApp"}})
    refused = await _json(await client.post("/send", json=SEND))
    await client.delete("/_control/recipients/919800000001")

    assert refused == (400, {"error": "not on WhatsApp"})
    assert (await client.post("/send", json=SEND)).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_control/sessions/wa_1", {"mood": "bad"}),
        ("/_control/sessions/wa_1", {"hang_send": "sideways"}),
        ("/_control/settings", {"latency_ms": "slow"}),
        ("/_control/settings", []),
    ],
)
async def test_a_wrong_behaviour_is_refused_by_name_and_changes_nothing(
    client: aiohttp.ClientSession, path: str, body: object
) -> None:
    before = await (await client.get(path)).json()

    answer = await client.put(path, json=body)

    assert answer.status == 422
    assert await (await client.get(path)).json() == before


async def test_an_unknown_session_is_404_to_the_control_api(client: aiohttp.ClientSession) -> None:
    assert (await client.get("/_control/sessions/wa_elsewhere")).status == 404


async def test_a_restart_ends_what_hangs_without_a_delivery_and_forgets_look_ups(
    sim: Simulator, client: aiohttp.ClientSession
) -> None:
    chat = {"sessionId": "wa_1", "groupJid": "919800000001"}
    await client.post("/send", json=SEND)
    known = await _json(await client.post("/message-status", json=chat))
    sim.world.change("wa_1", hang_send_s=60)
    hanging = asyncio.create_task(_status_of(client.post("/send", json=SEND)))
    async with asyncio.timeout(5 * times_longer()):
        while sim.world.sends_in_flight == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    await client.post("/_control/restart")

    with pytest.raises(aiohttp.ClientError):
        await hanging
    assert (known[0], known[1]["found"], known[1]["status"]) == (200, True, "sent")
    assert await _json(await client.post("/message-status", json=chat)) == (200, {"success": True, "found": False})
    assert sim.ledger.delivery_count == 1


async def _status_of(request: Any) -> int:
    async with request as response:
        return int(response.status)


async def test_a_hang_before_the_delivery_delivers_late_though_the_client_has_gone(sim: Simulator) -> None:
    sim.world.change("wa_1", hang_send_s=0.3)
    timeout = aiohttp.ClientTimeout(total=0.1)
    async with aiohttp.ClientSession(sim.url, headers={"X-API-Key": KEY}, timeout=timeout) as impatient:
        with pytest.raises(TimeoutError):
            await impatient.post("/send", json=SEND)
    assert sim.ledger.delivery_count == 0

    async with asyncio.timeout(5 * times_longer()):
        while sim.ledger.delivery_count == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_gateway_that_is_down_resets_every_connection(sim: Simulator, client: aiohttp.ClientSession) -> None:
    sim.world.restart(down_s=60)

    with pytest.raises(aiohttp.ClientError):
        await client.get("/status/wa_1")
    with pytest.raises(aiohttp.ClientError):
        await client.post("/send", json=SEND)
    assert sim.ledger.post_count == 0


async def test_the_ledger_can_be_asked_and_emptied(client: aiohttp.ClientSession) -> None:
    await client.post("/send", json=SEND)
    await client.post("/send", json=SEND)
    await client.post("/send", json={**SEND, "phone": "919800000002"})

    _, page = await _json(await client.get("/_control/ledger", params={"recipient": "919800000001", "limit": "1"}))
    await client.delete("/_control/ledger")
    _, empty = await _json(await client.get("/_control/ledger"))

    assert page["counts"] == {"posts": 2, "deliveries": 2}
    assert len(page["deliveries"]) == 1
    assert page["duplicates"] == [{"session_id": "wa_1", "recipient": "919800000001", "text": "hello", "times": 2}]
    assert empty["counts"] == {"posts": 0, "deliveries": 0}


async def test_state_changes_are_posted_with_the_secret(sim: Simulator) -> None:
    async with _listener() as (url, events):
        sim.world.change_settings(webhook_url=url, webhook_secret="hook-secret")
        sim.world.drop("wa_1")
        dropped, key = await asyncio.wait_for(events.get(), 5 * times_longer())
        sim.world.change_settings(webhook_auth="bearer")
        sim.world.revive("wa_1")
        revived, bearer = await asyncio.wait_for(events.get(), 5 * times_longer())

    assert (dropped["sessionId"], dropped["status"], key) == ("wa_1", "disconnected", "hook-secret")
    assert (revived["status"], revived["phoneNumber"]) == ("connected", "919812345678")
    assert bearer == "Bearer hook-secret"


async def test_an_accepted_message_is_called_back_after_its_delivery(
    sim: Simulator, client: aiohttp.ClientSession
) -> None:
    async with _listener() as (url, events):
        sim.world.change_settings(webhook_url=url, mode="accepted")
        sim.world.change("wa_1", receipts=["delivered", "read"])

        answer = await _json(await client.post("/send", json=SEND))
        said = [(await asyncio.wait_for(events.get(), 5 * times_longer()))[0] for _ in range(3)]

    (delivery,) = sim.ledger.deliveries
    called_back = next(event for event in said if event["event"] == "message_sent")
    assert answer == (200, {"success": True, "accepted": True})
    assert called_back["messageId"] == delivery.message_id
    assert (called_back["groupJid"], called_back["status"], called_back["error"]) == ("919800000001", "sent", None)
    assert sorted(event["event"] for event in said) == ["delivered", "message_sent", "read"]


async def test_an_accepted_message_whose_session_drops_is_called_back_as_failed(
    sim: Simulator, client: aiohttp.ClientSession
) -> None:
    async with _listener() as (url, events):
        sim.world.change("wa_1", mode="accepted", callback_delay_ms=50)
        await client.post("/send", json=SEND)
        sim.world.drop("wa_1")
        sim.world.change_settings(webhook_url=url)
        event, _ = await asyncio.wait_for(events.get(), 5 * times_longer())

    assert (event["event"], event["status"], event["messageId"]) == ("message_failed", "failed", None)
    assert event["error"]
    assert sim.ledger.deliveries == []


async def test_a_late_rejection_names_the_message_and_the_code(sim: Simulator, client: aiohttp.ClientSession) -> None:
    async with _listener() as (url, events):
        sim.world.change_settings(webhook_url=url, webhook_repeats=2)
        sim.world.change("wa_1", late_rejection_code=420)
        _, sent = await _json(await client.post("/send", json=SEND))
        first, _ = await asyncio.wait_for(events.get(), 5 * times_longer())
        second, _ = await asyncio.wait_for(events.get(), 5 * times_longer())

    assert (first["event"], first["messageId"], first["errorCode"]) == ("message_error", sent["messageId"], 420)
    assert second == first


async def test_connecting_wants_a_scan_and_the_scan_connects(client: aiohttp.ClientSession) -> None:
    await client.post("/connect", json={"sessionId": "wa_new"})
    _, waiting = await _json(await client.get("/status/wa_new"))
    await client.post("/_control/sessions/wa_new/scan", json={"phone_number": "919800000009"})
    _, scanned = await _json(await client.get("/status/wa_new"))

    assert (waiting["status"], waiting["hasQR"]) == ("qr", True)
    assert scanned == {"sessionId": "wa_new", "status": "connected", "phoneNumber": "919800000009"}


def test_the_picture_is_a_png_that_a_browser_can_draw() -> None:
    data = base64.b64decode(qr_data_url("wa_1").removeprefix("data:image/png;base64,"))

    width, height = struct.unpack(">II", data[16:24])
    length = struct.unpack(">I", data[33:37])[0]
    pixels = zlib.decompress(data[41 : 41 + length])
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert (width, len(pixels)) == (height, height * (width + 1))
    assert data.endswith(b"IEND\xaeB`\x82")


def test_it_runs_in_the_foreground_and_ends_at_once_when_told_though_a_request_hangs() -> None:
    program = "from simulator.main import run; run(port=0, started=lambda url: print(url, flush=True))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        asyncio.run(_hang_on(f"{url}/status/wa_demo_hanging", process))
        assert process.wait(5) == 0


async def _hang_on(url: str, process: "subprocess.Popen[str]") -> None:
    async with aiohttp.ClientSession() as session:
        hanging = asyncio.create_task(_status_of(session.get(url)))
        done, _ = await asyncio.wait([hanging], timeout=0.3)
        assert not done
        process.terminate()
        with pytest.raises(aiohttp.ClientError):
            await hanging
