"""The VPS: the build that answers when it has sent, and the one that accepts and calls back."""

from dataclasses import replace
from typing import Final

from simulator.kinds.vps import SimulatedVps
from tests.integration.gateways.conformance.bench import NUMBER, Answered, Bench
from truesend.gateways.answers import Said
from truesend.gateways.protocol import ObservedState, OutcomeKind
from truesend.gateways.vps import Vps

_STATES: Final = {
    "connected": ObservedState.CONNECTED,
    "disconnected": ObservedState.DISCONNECTED,
    "connecting": ObservedState.CONNECTING,
    "qr": ObservedState.QR_WANTED,
}


def _confirms(said: Said) -> bool:
    """A 2xx that calls itself a success, or accepted, or gives an id, and tells of no error."""
    if not said.is_ok or said.at("success") is False or said.at("error"):
        return False
    has_id = bool(said.text_at("messageId") or said.text_at("message_id"))
    return said.at("success") is True or said.at("accepted") is True or has_id


SYNC: Final = Bench(
    name="vps",
    dialect=Vps,
    simulated=SimulatedVps,
    states=_STATES,
    sends=OutcomeKind.SENT,
    number_chat=NUMBER,
    confirms=_confirms,
    send_answers=(
        Answered(200, {"success": True, "messageId": "3EB0AB"}, OutcomeKind.SENT),
        Answered(200, {"success": True, "accepted": True}, OutcomeKind.ACCEPTED),
        Answered(200, {"success": False, "error": "Connection Closed"}, OutcomeKind.SESSION_DOWN),
        Answered(200, {}, OutcomeKind.UNCONFIRMED),
        Answered(200, "<html>nginx</html>", OutcomeKind.UNCONFIRMED),
        Answered(400, {"error": "Missing required fields: sessionId, phone, message"}, OutcomeKind.PERMANENT),
        Answered(401, {"error": "Invalid API key"}, OutcomeKind.CONFIG_ERROR),
        Answered(404, {"error": "Session not found"}, OutcomeKind.SESSION_DOWN),
        Answered(404, "Cannot POST /send", OutcomeKind.CONFIG_ERROR),
        Answered(463, {"error": "rejected"}, OutcomeKind.RESTRICTED),
        Answered(500, {"error": "something odd"}, OutcomeKind.TRANSIENT),
        Answered(500, {"error": "Timed Out"}, OutcomeKind.UNCONFIRMED),
        Answered(502, "<html>nginx</html>", OutcomeKind.UNCONFIRMED),
        Answered(503, {"error": "Session s1 is not connected"}, OutcomeKind.SESSION_DOWN),
        Answered(418, {"error": "teapot"}, OutcomeKind.UNCONFIRMED),
    ),
    status_answers=(
        Answered(200, {"sessionId": "s1", "status": "dreaming"}, ObservedState.UNKNOWN_STATE),
        Answered(200, {"sessionId": "another", "status": "connected"}, ObservedState.CANNOT_TELL),
        Answered(200, {}, ObservedState.CANNOT_TELL),
        Answered(401, {"error": "Invalid API key"}, ObservedState.CANNOT_TELL),
        Answered(404, {"error": "Session not found"}, ObservedState.DISCONNECTED),
        Answered(500, {"error": "odd"}, ObservedState.CANNOT_TELL),
    ),
    vocabulary=(
        *_STATES,
        *("sessionId", "s1", "status", "phoneNumber", "qr", "hasQR", "error", "success", "accepted", "messageId"),
        *("event", "message_sent", "message_failed", "message_error", "delivered", "read", "groupJid", "timestamp"),
        *("readerPhone", "errorCode", "errorMessage", "found", "Connection Closed", "3EB0AB", 420, True, False),
    ),
    webhooks=(
        {"sessionId": "s1", "status": "connected", "phoneNumber": "9198", "timestamp": "2026-11-24T10:00:00Z"},
        {"event": "message_sent", "sessionId": "s1", "groupJid": NUMBER, "messageId": "3EB0", "status": "sent"},
        {"event": "message_error", "sessionId": "s1", "messageId": "3EB0", "errorCode": 420, "errorMessage": "no"},
        {"event": "read", "sessionId": "s1", "messageId": "3EB0", "groupJid": NUMBER, "readerPhone": "9198"},
    ),
)

ACCEPTS: Final = replace(SYNC, name="vps-accepts", sends=OutcomeKind.ACCEPTED, extra={"accepts": True})
