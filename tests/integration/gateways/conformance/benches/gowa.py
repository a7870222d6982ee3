"""GOWA v9.2."""

from typing import Final

from simulator.kinds.gowa import SimulatedGowa
from tests.integration.gateways.conformance.bench import KEY, NUMBER, Answered, Bench
from truesend.gateways.answers import Said
from truesend.gateways.kinds.gowa import Gowa
from truesend.gateways.protocol import ObservedState, OutcomeKind

SENT, PERMANENT, TRANSIENT = OutcomeKind.SENT, OutcomeKind.PERMANENT, OutcomeKind.TRANSIENT
SESSION_DOWN, CONFIG_ERROR = OutcomeKind.SESSION_DOWN, OutcomeKind.CONFIG_ERROR
RESTRICTED, UNCONFIRMED = OutcomeKind.RESTRICTED, OutcomeKind.UNCONFIRMED
CANNOT_TELL, DISCONNECTED = ObservedState.CANNOT_TELL, ObservedState.DISCONNECTED

_TIMELOCK: Final = (
    "WhatsApp rejected this send with error 463 (reach-out timelock). This is WhatsApp's server-side anti-spam "
    "restriction on starting new chats and cannot be bypassed by the API."
)
_UNKNOWN_DEVICE: Final = "device not found; create a device first from /api/devices or provide a valid X-Device-Id"
_STATUS: Final = f"Message sent to {NUMBER}@s.whatsapp.net (server timestamp: 2026-11-24 10:00:00 +0000 UTC)"


def _said(code: str, message: str, results: object = None) -> object:
    return {"code": code, "message": message, "results": results}


def _error(message: str) -> object:
    return _said("INTERNAL_SERVER_ERROR", message)


def _flags(connected: object, logged_in: object) -> object:
    results = {"is_connected": connected, "is_logged_in": logged_in, "device_id": "s1", "jid": ""}
    return _said("SUCCESS", "Connection status retrieved", results)


def _confirms(said: Said) -> bool:
    """A 2xx that calls itself a success and names the message."""
    body = said.json
    if not said.is_ok or not isinstance(body, dict) or body.get("code") != "SUCCESS":
        return False
    results = body.get("results")
    return isinstance(results, dict) and isinstance(results.get("message_id"), str) and results["message_id"] != ""


_SEND_ANSWERS: Final = (
    Answered(200, _said("SUCCESS", _STATUS, {"message_id": "3EB0AB", "status": _STATUS}), SENT),
    Answered(200, _said("SUCCESS", "ok", {"message_id": "3EB0AB", "new": [1]}), SENT),
    Answered(200, _said("SUCCESS", "ok", {"message_id": ""}), UNCONFIRMED),
    Answered(200, _said("SUCCESS", "ok", {"message_id": 7}), UNCONFIRMED),
    Answered(200, _said("SUCCESS", "ok", {"status": "sent"}), UNCONFIRMED),
    Answered(200, _said("SUCCESS", "ok"), UNCONFIRMED),
    Answered(200, _said("WA_REACHOUT_TIMELOCK", _TIMELOCK, {"message_id": "3EB0AB"}), UNCONFIRMED),
    Answered(200, {"results": {"message_id": "3EB0AB"}}, UNCONFIRMED),
    Answered(200, {"error": True, "message": "something odd"}, UNCONFIRMED),
    Answered(200, [], UNCONFIRMED),
    Answered(200, "", UNCONFIRMED),
    Answered(
        401, _said("AUTHENTICATION_ERROR", "you are not connect to services server, please reconnect"), SESSION_DOWN
    ),
    Answered(401, _said("AUTHENTICATION_ERROR", "you are not logged in"), SESSION_DOWN),
    Answered(401, _said("AUTHENTICATION_ERROR", "in words of another build"), SESSION_DOWN),
    Answered(401, "Unauthorized", CONFIG_ERROR),
    Answered(403, {"message": "Forbidden"}, CONFIG_ERROR),
    Answered(400, _said("VALIDATION_ERROR", "phone: cannot be blank."), PERMANENT),
    Answered(400, _said("INVALID_JID", f"Phone {NUMBER}@s.whatsapp.net is not on whatsapp"), PERMANENT),
    Answered(400, _said("INVALID_JID", "user is not registered"), PERMANENT),
    Answered(
        400,
        _said("DEVICE_ID_REQUIRED", "device_id is required via X-Device-Id header or device_id query"),
        CONFIG_ERROR,
    ),
    Answered(404, _said("DEVICE_NOT_FOUND", _UNKNOWN_DEVICE, {"device_id": "s1"}), SESSION_DOWN),
    Answered(404, "Cannot POST /send/message", CONFIG_ERROR),
    Answered(404, "Not Found", CONFIG_ERROR),
    Answered(429, _said("WA_REACHOUT_TIMELOCK", _TIMELOCK), RESTRICTED),
    Answered(429, {"message": "slow down"}, TRANSIENT),
    Answered(500, _said("INVALID_WA_CLI", "your WhatsApp CLI is invalid or empty"), SESSION_DOWN),
    Answered(500, _error("failed to send usync query: websocket not connected"), SESSION_DOWN),
    Answered(500, _error("failed to get group members: websocket not connected"), SESSION_DOWN),
    Answered(500, _error("server returned error 463"), RESTRICTED),
    Answered(500, _error("server returned error 479"), RESTRICTED),
    Answered(500, _error("timed out waiting for message send response"), UNCONFIRMED),
    Answered(500, _error("websocket disconnected before message send returned response"), UNCONFIRMED),
    Answered(500, _error("websocket disconnected before info query returned response"), SESSION_DOWN),
    Answered(500, _error("failed to send message: context deadline exceeded"), UNCONFIRMED),
    Answered(500, _error("context canceled"), UNCONFIRMED),
    Answered(500, _error("failed to download image from URL context deadline exceeded"), TRANSIENT),
    Answered(500, _said("UPLOAD_MEDIA_ERROR", "Failed to upload file: no such host"), TRANSIENT),
    Answered(500, _error("failed to upload media: websocket not connected"), SESSION_DOWN),
    Answered(500, _error("something odd"), TRANSIENT),
    Answered(502, "<html><center>nginx</center></html>", UNCONFIRMED),
    Answered(503, _said("DEVICE_MANAGER_UNAVAILABLE", "Device manager is not initialized"), SESSION_DOWN),
    Answered(503, "<html><center>nginx</center></html>", SESSION_DOWN),
    Answered(504, _said("GATEWAY_TIMEOUT", "Request timed out waiting for WhatsApp server response"), UNCONFIRMED),
    Answered(504, "", UNCONFIRMED),
    Answered(307, "", CONFIG_ERROR),
    Answered(418, {"error": "teapot"}, UNCONFIRMED),
)

_STATUS_ANSWERS: Final = (
    Answered(200, _flags(connected=True, logged_in=True), ObservedState.CONNECTED),
    Answered(200, _flags(connected=True, logged_in=False), ObservedState.CONNECTING),
    Answered(200, _flags(connected=False, logged_in=True), ObservedState.CONNECTING),
    Answered(200, _flags(connected=False, logged_in=False), DISCONNECTED),
    Answered(200, _flags(connected="true", logged_in=True), CANNOT_TELL),
    Answered(200, _flags(connected=1, logged_in=1), CANNOT_TELL),
    Answered(200, _said("SUCCESS", "ok", {"is_connected": True}), CANNOT_TELL),
    Answered(200, _said("SUCCESS", "ok"), CANNOT_TELL),
    Answered(200, {"results": {"is_connected": True, "is_logged_in": True}}, CANNOT_TELL),
    Answered(200, [], CANNOT_TELL),
    Answered(200, "", CANNOT_TELL),
    Answered(400, _said("DEVICE_ID_REQUIRED", "device_id is required via X-Device-Id header"), CANNOT_TELL),
    Answered(401, "Unauthorized", CANNOT_TELL),
    Answered(401, _said("AUTHENTICATION_ERROR", "you are not logged in"), DISCONNECTED),
    Answered(404, _said("DEVICE_NOT_FOUND", _UNKNOWN_DEVICE, {"device_id": "s1"}), DISCONNECTED),
    Answered(404, "Cannot GET /app/status", CANNOT_TELL),
    Answered(404, "Not Found", CANNOT_TELL),
    Answered(500, _said("INVALID_WA_CLI", "your WhatsApp CLI is invalid or empty"), DISCONNECTED),
    Answered(500, _error("device s1 not found"), CANNOT_TELL),
    Answered(502, "<html>nginx</html>", CANNOT_TELL),
    Answered(503, _said("DEVICE_MANAGER_UNAVAILABLE", "Device manager is not initialized"), CANNOT_TELL),
    Answered(504, _said("GATEWAY_TIMEOUT", "Request timed out"), CANNOT_TELL),
    Answered(307, "", CANNOT_TELL),
)

_VOCABULARY: Final = (
    *("code", "SUCCESS", "message", "results", "message_id", "3EB0AB", "is_connected", "is_logged_in", "device_id"),
    *("jid", "919812345678@s.whatsapp.net", "1@lid", "120363@g.us", "state", "logged_in", "id", "s1", "webhook_url"),
    *("AUTHENTICATION_ERROR", "INVALID_WA_CLI", "INVALID_JID", "VALIDATION_ERROR", "DEVICE_NOT_FOUND"),
    *("WA_REACHOUT_TIMELOCK", "GATEWAY_TIMEOUT", "websocket not connected", "(session deleted)", "failed to upload "),
    *("qr_link", "http://127.0.0.1:3000/statics/qrcode/a.png", "http://[", "qr_duration", 30, "pair_code", "ABCD-EFGH"),
    *("is_on_whatsapp", "webhook_insecure_skip_verify", "http://us.example", "event", "session_id", "timestamp"),
    *("message.ack", "payload", "ids", "chat_id", "from", "receipt_type", "delivered", "read", "played", "retry"),
    *("sender", "2025-07-18T22:44:20Z", 0, 1, True, False),
)

_RECEIPT: Final = {
    "event": "message.ack",
    "device_id": "628123456789@s.whatsapp.net",
    "session_id": "s1",
    "timestamp": "2025-07-18T22:44:20Z",
    "payload": {
        "ids": ["3EB00106E8BE0F407E88EC", "3EB00106E8BE0F407E88ED"],
        "chat_id": "120363402106@g.us",
        "from": "6289685000000@s.whatsapp.net",
        "from_lid": "251556368777322@lid",
        "receipt_type": "delivered",
        "receipt_type_description": "means the message was delivered to the device.",
    },
}

V9: Final = Bench(
    name="gowa",
    dialect=Gowa,
    simulated=SimulatedGowa,
    states={
        "logged_in": ObservedState.CONNECTED,
        "connected": ObservedState.CONNECTING,
        "lost": ObservedState.CONNECTING,
        "disconnected": ObservedState.DISCONNECTED,
    },
    sends=SENT,
    send_answers=_SEND_ANSWERS,
    status_answers=_STATUS_ANSWERS,
    confirms=_confirms,
    vocabulary=_VOCABULARY,
    webhooks=(_RECEIPT, {"event": "message", "session_id": "s1", "payload": {"id": "3EB0", "body": "Hello"}}),
    key=f"truesend:{KEY}",
    number_chat=f"{NUMBER}@s.whatsapp.net",
)
