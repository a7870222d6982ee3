"""Pairing by a code that is typed into the phone, where the gateway offers it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.api.shapes import PairingAnswer
from simulator.frame.server import SimulatedGateway
from simulator.kinds.waha import SimulatedWaha
from simulator.server import Simulator
from tests.integration.api.client import ApiClient, StreamClosedError
from tests.integration.api.conftest import StartApi
from tests.integration.api.rows import Rows
from tests.integration.api.test_session_actions import quick

CODE = "ABCD-ABCD"
NUMBER = "4915123456789"


@pytest_asyncio.fixture
async def waha() -> AsyncIterator[SimulatedGateway]:
    """A gateway that offers pairing codes."""
    async with SimulatedGateway.running(SimulatedWaha) as running:
        yield running


@pytest_asyncio.fixture
async def api_of_waha(start_api: StartApi, waha: SimulatedGateway) -> ApiClient:
    """Its API, which looks at codes often."""
    return await start_api(pairing=quick(), gateway_url=waha.url, gateway_kind="waha", status_timeout_s=2.0)


def asked(waha: SimulatedGateway) -> int:
    return sum(call.startswith("pairing_code") for call in waha.memory.calls)


async def test_a_pairing_code_is_shown_to_the_caller_and_neither_it_nor_the_number_is_kept(
    api_of_waha: ApiClient,
    waha: SimulatedGateway,
    rows: Rows,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    session_id = await rows.session(status="disconnected")
    waha.memory.put(f"wa_{session_id}", state="SCAN_QR_CODE")

    offered = await api_of_waha.get(f"/v1/sessions/{session_id}/qr")
    answer = await api_of_waha.get(f"/v1/sessions/{session_id}/qr", params={"phone_number": "+49 1512 3456789"})

    PairingAnswer.model_validate(answer.body)
    assert (offered.body["offers_pairing_code"], offered.body["pairing_code"]) == (True, None)
    assert (answer.status, answer.body["status"], answer.body["pairing_code"]) == (200, "qr_pending", CODE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert asked(waha) == 1
    printed = capsys.readouterr()
    kept = caplog.text + printed.out + printed.err
    kept += str(await rows.connection.fetch("SELECT payload FROM truesend.event_log"))
    kept += str(await rows.connection.fetch("SELECT * FROM whatsapp_sessions"))
    assert CODE not in kept
    assert NUMBER not in kept
    assert "1512" not in kept


async def test_the_stream_asks_for_a_pairing_code_once_and_looks_until_connected(
    api_of_waha: ApiClient, waha: SimulatedGateway, rows: Rows
) -> None:
    session_id = await rows.session(status="disconnected")
    name = f"wa_{session_id}"
    session = waha.memory.put(name, state="STARTING", qr="first")

    async with api_of_waha.codes(session_id, phone_number=NUMBER) as stream:
        starting = await stream.event()
        waha.memory.put(name, state="SCAN_QR_CODE")
        shown = await stream.event()
        reads = session.reads
        waha.memory.put(name, qr="second")
        renewed = await stream.event()
        waha.memory.put(name, state="WORKING")
        connected = await stream.event()
        with pytest.raises(StreamClosedError):
            await stream.event()

    assert (starting.data["status"], starting.data["pairing_code"]) == ("connecting", None)
    assert (shown.data["status"], shown.data["pairing_code"]) == ("qr_pending", CODE)
    assert (renewed.data["pairing_code"], renewed.data["qr"] != shown.data["qr"]) == (CODE, True)
    assert (connected.event, connected.data["pairing_code"]) == ("connected", None)
    assert asked(waha) == 1
    assert session.reads > reads


async def test_what_the_gateway_says_instead_of_a_pairing_code_stays_to_be_read(
    api_of_waha: ApiClient, waha: SimulatedGateway, rows: Rows
) -> None:
    session_id = await rows.session(status="disconnected")
    name = f"wa_{session_id}"
    waha.memory.put(name, state="SCAN_QR_CODE", qr="first")
    waha.memory.script("pairing_code", status=500, body={"statusCode": 500, "message": "rate-overlimit"})

    async with api_of_waha.codes(session_id, phone_number=NUMBER) as stream:
        refused = await stream.event()
        waha.memory.put(name, qr="second")
        later = await stream.event()

    for event in (refused, later):
        assert event.data["pairing_code"] is None
        assert "rate-overlimit" in event.data["detail"]
    assert asked(waha) == 1


async def test_a_gateway_without_pairing_codes_is_not_asked_for_one(start_api: StartApi, rows: Rows) -> None:
    async with Simulator.running() as vps:
        api = await start_api(gateway_url=vps.url)
        session_id = await rows.session(status="disconnected")
        session = vps.world.connect(f"wa_{session_id}")
        path = f"/v1/sessions/{session_id}/qr"

        offered = await api.get(path)
        reads = session.reads
        answers = [
            await api.get(path, params={"phone_number": NUMBER}),
            await api.get(
                path,
                params={"phone_number": NUMBER},
                headers={"X-API-Key": "key-of-the-first-organization", "Accept": "text/event-stream"},
            ),
        ]

    assert offered.body["offers_pairing_code"] is False
    for answer in answers:
        assert (answer.status, answer.body["type"]) == (409, "urn:truesend:problem:no-pairing-codes")
        assert "Scan its QR code instead." in answer.body["detail"]
    assert session.reads == reads


@pytest.mark.parametrize("written", ["120363012345678901@g.us", "12", "my phone", ""])
async def test_what_is_no_phone_number_is_told_without_repeating_it(
    api_of_waha: ApiClient, waha: SimulatedGateway, rows: Rows, written: str
) -> None:
    session_id = await rows.session(status="disconnected")
    waha.memory.put(f"wa_{session_id}", state="SCAN_QR_CODE")

    answer = await api_of_waha.get(f"/v1/sessions/{session_id}/qr", params={"phone_number": written})

    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == "phone_number"
    assert "country code" in answer.body["detail"]
    assert asked(waha) == 0
