"""Every answer about a session, and the one observation that it means. The table is the specification."""

from typing import Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truesend.gateways.http_answers import Answer
from truesend.gateways.protocol import Observation, ObservedState
from truesend.gateways.redaction import Redactor
from truesend.gateways.vps import json_object, said
from truesend.gateways.vps_sessions import observation, phone_digits

CONNECTED, DISCONNECTED, CONNECTING = ObservedState.CONNECTED, ObservedState.DISCONNECTED, ObservedState.CONNECTING
QR_WANTED, UNKNOWN_STATE, CANNOT_TELL = (
    ObservedState.QR_WANTED,
    ObservedState.UNKNOWN_STATE,
    ObservedState.CANNOT_TELL,
)
NO_ROUTE: Final = "the gateway's URL is wrong, or the path in it: no such route there (HTTP 404)"
PICTURE: Final = "data:image/png;base64,iVBORw0KGgo="


def _seen(status: int, body: object, *, truncated: bool = False, headers: dict[str, str] | None = None) -> Observation:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = Answer(status, headers or {}, data, truncated)
    told = json_object(answer)
    return observation("wa_1", answer, told, said(answer, told), Redactor(("key-123456",)).words)


TABLE: Final[tuple[tuple[int, object, ObservedState, str], ...]] = (
    (200, {"sessionId": "wa_1", "status": "connected", "phoneNumber": "919800000001"}, CONNECTED, ""),
    (200, {"session_id": "wa_1", "status": "connected"}, CONNECTED, ""),
    (200, {"status": "connected"}, CONNECTED, ""),
    (200, {"status": " Connected "}, CONNECTED, ""),
    (200, {"status": "connected", "error": "old trouble"}, CONNECTED, ""),
    (200, {"status": "open"}, CONNECTED, ""),
    (200, {"status": "disconnected"}, DISCONNECTED, ""),
    (200, {"status": "disconnected", "error": "Connection Closed"}, DISCONNECTED, "Connection Closed"),
    (200, {"status": "disconnected", "error": {"message": "Logged out"}}, DISCONNECTED, "Logged out"),
    (200, {"status": "disconnected", "hasQR": True}, DISCONNECTED, ""),
    (200, {"status": "Logged Out"}, DISCONNECTED, ""),
    (200, {"status": "connecting"}, CONNECTING, ""),
    (200, {"status": "connecting", "qr": None, "hasQR": False}, CONNECTING, ""),
    (200, {"status": "connecting", "qr": PICTURE}, QR_WANTED, ""),
    (200, {"status": "connecting", "hasQR": True}, QR_WANTED, ""),
    (200, {"status": "qr", "qr": PICTURE}, QR_WANTED, ""),
    (200, {"status": "qr_pending"}, QR_WANTED, ""),
    (200, {"status": "banana"}, UNKNOWN_STATE, "unknown state “banana”"),
    (200, {"status": "ba\x00na\nna"}, UNKNOWN_STATE, "unknown state “ba na na”"),
    (200, {"status": ""}, UNKNOWN_STATE, "unknown state “”"),
    (200, {"status": "migrated"}, UNKNOWN_STATE, "unknown state “migrated”"),
    (200, {"status": 1}, CANNOT_TELL, "the gateway named no state"),
    (200, {"status": None}, CANNOT_TELL, "the gateway named no state"),
    (200, {"status": ["connected"]}, CANNOT_TELL, "the gateway named no state"),
    (200, {"success": False, "status": "connected"}, CANNOT_TELL, "the gateway named no state"),
    (200, {"success": False, "error": "database locked"}, CANNOT_TELL, "the gateway named no state: database locked"),
    (200, {"error": "Session not found"}, DISCONNECTED, "Session not found"),
    (
        200,
        {"sessionId": "wa_2", "status": "connected"},
        CANNOT_TELL,
        "the gateway answered about another session: wa_2",
    ),
    (200, {}, CANNOT_TELL, "the gateway named no state"),
    (200, [], CANNOT_TELL, "the gateway's answer can't be read: []"),
    (200, b"", CANNOT_TELL, "the gateway's answer can't be read"),
    (200, b'{"status":"connected"', CANNOT_TELL, """the gateway's answer can't be read: {"status":"connected\""""),
    (200, b"<html><b>Welcome</b></html>", CANNOT_TELL, "the gateway's answer can't be read: Welcome"),
    (204, b"", CANNOT_TELL, "the gateway's answer can't be read"),
    (404, {"error": "Session not found"}, DISCONNECTED, "Session not found"),
    (404, b"", DISCONNECTED, "the gateway does not know this session"),
    (404, b"Cannot GET /status/wa_1", CANNOT_TELL, f"{NO_ROUTE}: Cannot GET /status/wa_1"),
    (404, b"404: Not Found", CANNOT_TELL, f"{NO_ROUTE}: 404: Not Found"),
    (404, b"404 page not found", CANNOT_TELL, f"{NO_ROUTE}: 404 page not found"),
    (
        404,
        b'{"message": "Route GET:/api/status/wa_1 not found"}',
        CANNOT_TELL,
        f"{NO_ROUTE}: Route GET:/api/status/wa_1 not found",
    ),
    (410, {"error": "gone"}, DISCONNECTED, "gone"),
    (401, {"error": "Invalid API key"}, CANNOT_TELL, "the gateway refused our key (HTTP 401): Invalid API key"),
    (403, b"", CANNOT_TELL, "the gateway refused our key (HTTP 403)"),
    (429, {"error": "slow"}, CANNOT_TELL, "the gateway asks us to slow down (HTTP 429): slow"),
    (500, {"error": "boom"}, CANNOT_TELL, "the gateway answered HTTP 500: boom"),
    (502, b"<h1>Bad Gateway</h1>", CANNOT_TELL, "a proxy could not reach the gateway (HTTP 502): Bad Gateway"),
    (503, {"error": "starting"}, CANNOT_TELL, "the gateway answered HTTP 503: starting"),
    (504, b"", CANNOT_TELL, "a proxy had no answer from the gateway (HTTP 504)"),
    (302, b"", CANNOT_TELL, "the gateway's address answers with a redirect (HTTP 302)"),
    (101, b"", CANNOT_TELL, "the gateway answered HTTP 101"),
    (400, {"error": "bad"}, CANNOT_TELL, "the gateway answered HTTP 400: bad"),
)


@pytest.mark.parametrize(("status", "body", "state", "detail"), TABLE, ids=lambda value: str(value)[:60])
def test_every_answer_about_a_session_shows_the_state_in_its_row(
    status: int, body: object, state: ObservedState, detail: str
) -> None:
    seen = _seen(status, body)

    assert (seen.state, seen.detail) == (state, detail)


def test_an_answer_that_was_cut_off_is_never_connected() -> None:
    assert _seen(200, b'{"status":"connected"}', truncated=True).state is CANNOT_TELL


def test_a_404_page_of_another_server_says_nothing_about_the_session() -> None:
    assert _seen(404, b"nothing", headers={"Content-Type": "text/html; charset=utf-8"}).state is CANNOT_TELL


@pytest.mark.parametrize("field", ["qr", "qrCode", "qrcode"])
def test_the_qr_code_is_found_under_each_of_its_names(field: str) -> None:
    assert _seen(200, {"status": "qr", field: PICTURE}).qr == PICTURE


@pytest.mark.parametrize("state", ["connected", "disconnected"])
def test_an_old_qr_code_is_not_shown_where_none_is_wanted(state: str) -> None:
    assert _seen(200, {"status": state, "qr": PICTURE}).qr is None


def test_a_qr_code_of_the_wrong_type_is_left_out() -> None:
    assert _seen(200, {"status": "qr", "qr": {"code": 1}}) == Observation(QR_WANTED)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("919800000001", "919800000001"),
        ("+91 98000-00001", "919800000001"),
        ("919800000001:12@s.whatsapp.net", "919800000001"),
        ("919800000001@c.us", "919800000001"),
        (919800000001, "919800000001"),
        ("", None),
        ("unknown", None),
        ("١٢٣", None),
        (None, None),
        (True, None),
        (1e12, None),
        ({"number": "1"}, None),
        ("9" * 50, None),
        (10**40, None),
    ],
)
def test_a_phone_number_is_digits_only_or_nothing(written: object, digits: str | None) -> None:
    assert phone_digits(written) == digits


ODD = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20) | st.lists(st.text(max_size=3))
FIELDS = st.dictionaries(
    st.sampled_from(["status", "sessionId", "phoneNumber", "qr", "hasQR", "error", "success", "message"]),
    ODD,
    max_size=6,
)


@given(st.integers(100, 999), st.binary(max_size=50) | FIELDS.map(orjson.dumps), st.booleans())
def test_no_answer_whatever_it_holds_raises_or_says_connected_without_the_word(
    status: int, body: bytes, truncated: bool
) -> None:
    seen = _seen(status, body, truncated=truncated)

    if seen.state is CONNECTED:
        assert 200 <= status < 300
        assert not truncated
        assert orjson.loads(body)["status"].strip().lower() in {"connected", "open"}
    assert len(seen.detail) <= 500
    assert "\x00" not in f"{seen.detail}{seen.phone_number}{seen.qr}"
