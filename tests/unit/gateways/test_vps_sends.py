"""Every answer to a send, and the one outcome that it means. The table is the specification."""

from typing import Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truesend.gateways.http_answers import Answer
from truesend.gateways.protocol import OutcomeKind
from truesend.gateways.vps import json_object, said
from truesend.gateways.vps_sends import send_kind

SENT, ACCEPTED = OutcomeKind.SENT, OutcomeKind.ACCEPTED
SESSION_DOWN, TRANSIENT, PERMANENT = OutcomeKind.SESSION_DOWN, OutcomeKind.TRANSIENT, OutcomeKind.PERMANENT
RESTRICTED, CONFIG_ERROR, UNCONFIRMED = OutcomeKind.RESTRICTED, OutcomeKind.CONFIG_ERROR, OutcomeKind.UNCONFIRMED

NGINX: Final = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"

TABLE: Final[tuple[tuple[int, object, OutcomeKind], ...]] = (
    (200, {"success": True, "messageId": "3EB0AB"}, SENT),
    (200, {"success": True}, SENT),
    (200, {"success": True, "messageId": None, "error": None}, SENT),
    (200, {"success": True, "accepted": False, "messageId": "3EB0AB"}, SENT),
    (200, {"messageId": "3EB0AB"}, SENT),
    (201, {"success": True, "messageId": "3EB0AB"}, SENT),
    (200, {"success": True, "accepted": True}, ACCEPTED),
    (200, {"success": True, "accepted": True, "messageId": "3EB0AB"}, ACCEPTED),
    (200, {"accepted": True}, ACCEPTED),
    (200, {"success": True, "status": "queued"}, ACCEPTED),
    (200, {"success": True, "messageId": "3EB0AB", "status": "pending"}, ACCEPTED),
    (202, {"success": True}, ACCEPTED),
    (200, {"success": False, "error": "Session wa_1 is not connected"}, SESSION_DOWN),
    (200, {"success": False, "error": "Connection Closed"}, SESSION_DOWN),
    (200, {"success": False, "message": "session_not_connected"}, SESSION_DOWN),
    (200, {"success": False, "error": "Timed Out"}, UNCONFIRMED),
    (200, {"success": False, "error": "Connection Closed after the request timed out"}, UNCONFIRMED),
    (200, {"success": False, "error": "number 919 is not on WhatsApp"}, PERMANENT),
    (200, {"success": False, "error": "Invalid phone"}, PERMANENT),
    (200, {"success": False, "error": "Invalid API key"}, CONFIG_ERROR),
    (200, {"success": False, "errorCode": 463, "error": "rejected"}, RESTRICTED),
    (200, {"success": False, "error": "Your account has been restricted"}, RESTRICTED),
    (200, {"success": False, "error": "something odd"}, TRANSIENT),
    (200, {"success": False}, TRANSIENT),
    (200, {"error": "Session wa_1 is not connected"}, SESSION_DOWN),
    (200, {"error": "something odd"}, UNCONFIRMED),
    (200, {"error": True}, UNCONFIRMED),
    (200, {"success": True, "error": "something odd"}, UNCONFIRMED),
    (200, {"success": True, "errorCode": 463}, UNCONFIRMED),
    (200, {"success": True, "status": "failed"}, UNCONFIRMED),
    (200, {"success": True, "accepted": "yes"}, UNCONFIRMED),
    (200, {"success": True, "accepted": False}, UNCONFIRMED),
    (200, {"success": "true", "messageId": "3EB0AB"}, UNCONFIRMED),
    (200, {"success": 1, "messageId": "3EB0AB"}, UNCONFIRMED),
    (200, {"success": True, "messageId": {"id": "3EB0AB"}}, UNCONFIRMED),
    (200, {"success": True, "messageId": 17}, UNCONFIRMED),
    (200, {"success": "no", "accepted": True}, UNCONFIRMED),
    (200, {}, UNCONFIRMED),
    (200, [{"success": True}], UNCONFIRMED),
    (200, "sent", UNCONFIRMED),
    (200, None, UNCONFIRMED),
    (200, True, UNCONFIRMED),
    (200, b"", UNCONFIRMED),
    (200, b"OK", UNCONFIRMED),
    (200, b'{"success":true,"messageId":"3EB0', UNCONFIRMED),
    (200, b'{"success":true\x00}', UNCONFIRMED),
    (200, b"\xff\xfe{}", UNCONFIRMED),
    (200, b"[" * 100_000, UNCONFIRMED),
    (200, NGINX, UNCONFIRMED),
    (204, b"", UNCONFIRMED),
    (400, {"error": "Missing required fields: sessionId, phone, message"}, PERMANENT),
    (400, {"error": "Number 919800000400 is not on WhatsApp"}, PERMANENT),
    (400, {"error": "something odd"}, PERMANENT),
    (400, b"", PERMANENT),
    (400, {"error": "Session wa_1 is not connected"}, SESSION_DOWN),
    (400, {"error": "Bad Request", "message": ["Error: Connection Closed"]}, SESSION_DOWN),
    (400, {"error": "Timed Out"}, UNCONFIRMED),
    (400, {"error": "rejected", "errorCode": "475"}, RESTRICTED),
    (401, {"error": "Invalid API key"}, CONFIG_ERROR),
    (401, {"error": "Unauthorized"}, CONFIG_ERROR),
    (401, {"error": "you are not logged in"}, SESSION_DOWN),
    (401, b"", CONFIG_ERROR),
    (402, {"error": "Payment required"}, CONFIG_ERROR),
    (403, {"error": "Forbidden"}, CONFIG_ERROR),
    (403, NGINX, CONFIG_ERROR),
    (404, {"error": "Session not found"}, SESSION_DOWN),
    (404, {"error": "Not Found"}, SESSION_DOWN),
    (404, b"", SESSION_DOWN),
    (404, b"Cannot POST /send", CONFIG_ERROR),
    (404, b"<!DOCTYPE html><pre>Cannot POST /send</pre>", CONFIG_ERROR),
    (405, b"", CONFIG_ERROR),
    (408, {"error": "Request Timeout"}, UNCONFIRMED),
    (409, {"error": "in flight"}, UNCONFIRMED),
    (410, {"error": "gone"}, SESSION_DOWN),
    (413, {"error": "request entity too large"}, PERMANENT),
    (418, {"error": "teapot"}, UNCONFIRMED),
    (420, {"error": "rejected"}, RESTRICTED),
    (420, b"", RESTRICTED),
    (463, {"error": "rejected"}, RESTRICTED),
    (475, {"error": "rejected"}, RESTRICTED),
    (479, {"error": "rejected"}, RESTRICTED),
    (422, {"error": "bad"}, PERMANENT),
    (422, {"error": "Session status is not as expected", "status": "STARTING"}, SESSION_DOWN),
    (425, b"", TRANSIENT),
    (429, {"error": "Too many requests"}, TRANSIENT),
    (429, b"", TRANSIENT),
    (429, {"error": "Temporary ban: too many people"}, RESTRICTED),
    (500, {"error": "Connection Closed"}, SESSION_DOWN),
    (500, {"error": "CONNECTION CLOSED"}, SESSION_DOWN),
    (500, {"error": "no session"}, SESSION_DOWN),
    (500, {"error": "the store doesn't contain a device JID"}, SESSION_DOWN),
    (500, {"error": "failed to send usync query: websocket not connected"}, SESSION_DOWN),
    (500, {"error": "Cannot read properties of undefined (reading 'onWhatsApp')"}, SESSION_DOWN),
    (500, {"error": {"code": "INVALID_WA_CLI", "message": "INVALID_WA_CLI"}}, SESSION_DOWN),
    (500, {"error": "Internal Server Error", "message": "Connection Closed"}, SESSION_DOWN),
    # WhatsApp's encryption has sessions, too: these two are about the recipient.
    (500, {"error": "SessionError: No sessions"}, TRANSIENT),
    (500, {"error": "No session record"}, TRANSIENT),
    (500, {"error": "Timed Out"}, UNCONFIRMED),
    (500, {"error": "timed out waiting for message send response"}, UNCONFIRMED),
    (500, {"error": "context deadline exceeded"}, UNCONFIRMED),
    (500, {"error": "read ECONNRESET"}, UNCONFIRMED),
    (500, {"error": "socket hang up"}, UNCONFIRMED),
    (500, {"error": "2 UNKNOWN: server returned error 463"}, RESTRICTED),
    (500, {"error": "the number is not registered on WhatsApp"}, PERMANENT),
    (500, {"error": "Cannot read properties of null"}, TRANSIENT),
    (500, b"Internal Server Error", TRANSIENT),
    (500, b"", TRANSIENT),
    (502, NGINX, UNCONFIRMED),
    (502, {"error": "Session wa_1 is not connected"}, UNCONFIRMED),
    (504, NGINX, UNCONFIRMED),
    (504, b"", UNCONFIRMED),
    (503, {"error": "Session wa_1 is not connected"}, SESSION_DOWN),
    (503, {"error": "Session wa_1 is not connected (timeout)"}, SESSION_DOWN),
    (503, b"", SESSION_DOWN),
    (503, NGINX, SESSION_DOWN),
    (503, b"upstream connect error or disconnect/reset before headers", UNCONFIRMED),
    (520, NGINX, UNCONFIRMED),
    (521, NGINX, TRANSIENT),
    (524, NGINX, UNCONFIRMED),
    (301, b"", CONFIG_ERROR),
    (302, NGINX, CONFIG_ERROR),
    (304, b"", CONFIG_ERROR),
    (308, b"", CONFIG_ERROR),
    (101, b"", UNCONFIRMED),
    (103, b"", UNCONFIRMED),
    (599, b"", UNCONFIRMED),
    (999, b"", UNCONFIRMED),
)


def _kind(status: int, body: object, *, truncated: bool = False, headers: dict[str, str] | None = None) -> OutcomeKind:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = Answer(status, headers or {}, data, truncated)
    told = json_object(answer)
    return send_kind(answer, told, said(answer, told))


@pytest.mark.parametrize(("status", "body", "expected"), TABLE, ids=lambda value: str(value)[:70])
def test_every_answer_to_a_send_means_the_outcome_in_its_row(status: int, body: object, expected: OutcomeKind) -> None:
    assert _kind(status, body) is expected


@pytest.mark.parametrize("body", [b'{"success":true,"messageId":"3EB0"}', b'{"success":true,"accepted":true}', b"{"])
def test_a_2xx_that_was_cut_off_confirms_nothing(body: bytes) -> None:
    assert _kind(200, body, truncated=True) is UNCONFIRMED


def test_a_500_that_was_cut_off_is_a_doubt_because_the_process_may_have_died_after_the_send() -> None:
    assert _kind(500, b'{"error":"Conn', truncated=True) is UNCONFIRMED


def test_a_refusal_that_was_cut_off_is_still_a_refusal() -> None:
    assert _kind(400, b'{"error":"Miss', truncated=True) is PERMANENT
    assert _kind(503, b"", truncated=True) is SESSION_DOWN


def test_a_404_page_of_another_server_is_an_error_in_our_settings() -> None:
    assert _kind(404, b"nothing here", headers={"Content-Type": "text/html"}) is CONFIG_ERROR


JSON = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        2**53,
        0.5,
        "",
        "x",
        "true",
        "\x00",
        [],
        [True],
        ["x", {"error": "x"}],
        {},
        {"message": "x"},
    ]
) | st.text(max_size=20)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "success": JSON | st.booleans(),
        "accepted": JSON | st.booleans(),
        "messageId": JSON | st.just("3EB0AB"),
        "status": JSON | st.sampled_from(["sent", "failed", "queued"]),
        "error": JSON | st.sampled_from(["Timed Out", "Connection Closed", "not on WhatsApp"]),
        "errorCode": JSON | st.sampled_from([463, 420]),
        "message": JSON,
    },
)


@given(st.integers(100, 999), st.binary(max_size=50) | FIELDS.map(orjson.dumps), st.booleans())
def test_no_answer_whatever_it_holds_raises_or_says_sent_without_the_confirmation(
    status: int, body: bytes, truncated: bool
) -> None:
    kind = _kind(status, body, truncated=truncated)
    if kind in {SENT, ACCEPTED}:
        told = orjson.loads(body)
        assert 200 <= status < 300
        assert not truncated
        assert told.get("success", True) in (True, None)
        assert not told.get("error")
        assert not told.get("errorCode")
    if kind is SENT:
        told = orjson.loads(body)
        assert told.get("success") is True or isinstance(told.get("messageId"), str)
        assert told.get("accepted") in (None, False)
    assert kind is not OutcomeKind.NEVER_TRANSMITTED
