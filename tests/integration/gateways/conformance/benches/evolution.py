"""Evolution API 2.3.6, on Baileys: nothing is sent before the server's ack says so."""

from typing import Final

from simulator.kinds.evolution import SimulatedEvolution
from tests.integration.gateways.conformance.bench import NUMBER, Answered, Bench
from truesend.gateways.answers import Said
from truesend.gateways.kinds.evolution import Evolution
from truesend.gateways.protocol import ObservedState, OutcomeKind

_STATES: Final = {
    "open": ObservedState.CONNECTED,
    "connecting": ObservedState.CONNECTING,
    "close": ObservedState.DISCONNECTED,
    "refused": ObservedState.DISCONNECTED,
    "qr": ObservedState.QR_WANTED,  # connecting, and by the database since a QR code
}
_JID: Final = f"{NUMBER}@s.whatsapp.net"


def _error(status: int, message: object, error: str = "Bad Request") -> object:
    return {"status": status, "error": error, "response": {"message": message}}


def _answered(status: int, message: object, means: OutcomeKind) -> Answered:
    names = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error"}
    return Answered(status, _error(status, message, names[status]), means)


def _message(**changes: object) -> object:
    sent = {
        "key": {"remoteJid": _JID, "fromMe": True, "id": "3EB0AB"},
        "pushName": "",
        "status": "PENDING",
        "message": {"conversation": "Dear Asha"},
        "messageType": "conversation",
        "messageTimestamp": 1717689097,
        "instanceId": "a4605efb",
        "source": "web",
    }
    return {**sent, **changes}


def _confirms(said: Said) -> bool:
    """A 2xx with the key of a message, that calls itself no error."""
    if not said.is_ok or not isinstance(said.json, dict):
        return False
    key, status, error = said.json.get("key"), said.json.get("status"), said.json.get("error")
    return (
        isinstance(key, dict) and isinstance(key.get("id"), str) and key["id"] != "" and status != "ERROR" and not error
    )


_SEND_ANSWERS: Final = (
    Answered(201, _message(), OutcomeKind.ACCEPTED),
    Answered(200, {"key": {"id": "3EB0AB"}}, OutcomeKind.ACCEPTED),
    Answered(201, _message(status="SERVER_ACK", contextInfo=None, new=[1]), OutcomeKind.ACCEPTED),
    Answered(201, _message(status="ERROR"), OutcomeKind.UNCONFIRMED),
    Answered(201, _message(key={}), OutcomeKind.UNCONFIRMED),
    Answered(201, _message(key={"id": 7}), OutcomeKind.UNCONFIRMED),
    Answered(201, _message(error=True), OutcomeKind.UNCONFIRMED),
    Answered(200, {"error": True, "message": "[object Object]"}, OutcomeKind.UNCONFIRMED),
    Answered(201, {}, OutcomeKind.UNCONFIRMED),
    Answered(201, "", OutcomeKind.UNCONFIRMED),
    _answered(400, [{"jid": _JID, "exists": False, "number": NUMBER}], OutcomeKind.PERMANENT),
    _answered(400, [['requires property "number"', 'requires property "text"']], OutcomeKind.PERMANENT),
    _answered(400, ["Text is required"], OutcomeKind.PERMANENT),
    _answered(400, ["Owned media must be a url or base64"], OutcomeKind.PERMANENT),
    Answered(400, _error(400, "Unexpected token } in JSON", "Internal Server Error"), OutcomeKind.PERMANENT),
    _answered(400, ["Error: Connection Closed"], OutcomeKind.SESSION_DOWN),
    _answered(400, ["TypeError: Cannot read properties of undefined (reading 'id')"], OutcomeKind.SESSION_DOWN),
    _answered(400, ["[object Object]"], OutcomeKind.TRANSIENT),  # connectionState says open
    _answered(400, ["SessionError: No sessions"], OutcomeKind.TRANSIENT),
    _answered(400, ["Error: Timed Out"], OutcomeKind.UNCONFIRMED),
    _answered(400, ["TypeError: Cannot read properties of null (reading 'toNumber')"], OutcomeKind.UNCONFIRMED),
    _answered(400, ["Error: something odd"], OutcomeKind.UNCONFIRMED),
    _answered(
        400,
        ["PrismaClientKnownRequestError: \nInvalid `prisma.message.create()` invocation:\n\nTimed out"],
        OutcomeKind.UNCONFIRMED,
    ),
    _answered(400, ["Error: server returned error 463"], OutcomeKind.RESTRICTED),
    _answered(401, "Unauthorized", OutcomeKind.CONFIG_ERROR),
    _answered(403, ["Missing global api key"], OutcomeKind.CONFIG_ERROR),
    _answered(404, ['The "s1" instance does not exist'], OutcomeKind.SESSION_DOWN),
    _answered(404, ["Cannot POST /message/sendText/s1"], OutcomeKind.CONFIG_ERROR),
    _answered(500, "Connection Closed", OutcomeKind.SESSION_DOWN),
    *(
        _answered(500, f"Cannot read properties of undefined (reading '{method}')", OutcomeKind.SESSION_DOWN)
        for method in ("onWhatsApp", "textMessage", "mediaMessage")
    ),
    _answered(
        500, "TypeError: Cannot read properties of undefined (reading 'waUploadToServer')", OutcomeKind.SESSION_DOWN
    ),
    _answered(500, "AxiosError: Request failed with status code 404", OutcomeKind.TRANSIENT),
    _answered(500, "Timed Out", OutcomeKind.UNCONFIRMED),
    Answered(413, _error(413, "request entity too large", "Internal Server Error"), OutcomeKind.PERMANENT),
    Answered(502, "<html><center>nginx</center></html>", OutcomeKind.UNCONFIRMED),
    Answered(503, "<html><center>nginx</center></html>", OutcomeKind.SESSION_DOWN),
    Answered(504, "", OutcomeKind.UNCONFIRMED),
    Answered(307, "", OutcomeKind.CONFIG_ERROR),
    Answered(418, {"error": "teapot"}, OutcomeKind.UNCONFIRMED),
)

_STATUS_ANSWERS: Final = (
    Answered(200, {"instance": {"instanceName": "s1", "state": "open", "new": 1}}, ObservedState.CONNECTED),
    Answered(200, {"instance": {"instanceName": "s1"}}, ObservedState.DISCONNECTED),
    Answered(200, {"instance": {"instanceName": "another", "state": "open"}}, ObservedState.CANNOT_TELL),
    Answered(200, {"instance": {"instanceName": "s1", "state": None}}, ObservedState.CANNOT_TELL),
    Answered(200, {"instance": {"instanceName": "s1", "state": ["open"]}}, ObservedState.CANNOT_TELL),
    Answered(200, {"instance": {"instanceName": "s1", "state": "dreaming"}}, ObservedState.UNKNOWN_STATE),
    Answered(200, {"instance": {}}, ObservedState.CANNOT_TELL),
    Answered(200, {"error": True, "message": "[object Object]"}, ObservedState.CANNOT_TELL),
    Answered(200, {}, ObservedState.CANNOT_TELL),
    Answered(200, [], ObservedState.CANNOT_TELL),
    Answered(200, "", ObservedState.CANNOT_TELL),
    Answered(401, _error(401, "Unauthorized", "Unauthorized"), ObservedState.CANNOT_TELL),
    Answered(404, _error(404, ['The "s1" instance does not exist'], "Not Found"), ObservedState.DISCONNECTED),
    Answered(404, _error(404, ["Cannot GET /instance/connectionState/s1"], "Not Found"), ObservedState.CANNOT_TELL),
    Answered(500, _error(500, "something odd", "Internal Server Error"), ObservedState.CANNOT_TELL),
    Answered(502, "<html>nginx</html>", ObservedState.CANNOT_TELL),
    Answered(307, "", ObservedState.CANNOT_TELL),
)

_VOCABULARY: Final = (
    *_STATES,
    *("key", "id", "status", "PENDING", "ERROR", "error", "response", "message", "exists", "jid", "number", "3EB0AB"),
    *("instance", "instanceName", "state", "s1", "name", "connectionStatus", "ownerJid", "disconnectionReasonCode"),
    *("pairingCode", "code", "base64", "count", "enabled", "events", "webhookBase64", "version", "[object Object]"),
    *("Error: Connection Closed", "SessionError: No sessions", "PrismaClientError", "reading 'textMessage'", _JID),
    *("event", "data", "date_time", "connection.update", "messages.update", "qrcode.updated", "status.instance"),
    *("keyId", "remoteJid", "fromMe", "participant", "qrcode", "wuid", "statusReason", "closed", "120363@g.us"),
    *("SERVER_ACK", "DELIVERY_ACK", "READ", "DELETED", 200, 401, 428, True, False),
)


def _webhook(event: str, data: object) -> object:
    return {
        "event": event,
        "instance": "s1",
        "data": data,
        "destination": "https://example.org/hook",
        "date_time": "2026-11-24T07:00:00.000Z",
        "sender": "919812345678@s.whatsapp.net",
        "server_url": "http://localhost:8080",
        "apikey": None,
    }


_WEBHOOKS: Final[tuple[object, ...]] = (
    _webhook("connection.update", {"instance": "s1", "state": "connecting", "statusReason": 200}),
    _webhook(
        "connection.update",
        {"instance": "s1", "state": "open", "statusReason": 200, "wuid": "919812345678@s.whatsapp.net"},
    ),
    _webhook("connection.update", {"instance": "s1", "state": "refused", "statusReason": 428}),
    _webhook("status.instance", {"instance": "s1", "status": "closed", "disconnectionReasonCode": 401}),
    _webhook("qrcode.updated", {"qrcode": {"instance": "s1", "pairingCode": None, "code": "2@x", "base64": "data:x"}}),
    _webhook("qrcode.updated", {"message": "QR code limit reached, please login again", "statusCode": 500}),
    _webhook(
        "messages.update",
        {
            "messageId": "cm3",
            "keyId": "3EB0AB",
            "remoteJid": _JID,
            "fromMe": True,
            "participant": _JID,
            "status": "DELIVERY_ACK",
            "instanceId": "a4605efb",
        },
    ),
)

EVOLUTION: Final = Bench(
    name="evolution",
    dialect=Evolution,
    simulated=SimulatedEvolution,
    extra={"connect_wait_s": 0.02},
    states=_STATES,
    sends=OutcomeKind.ACCEPTED,
    send_answers=_SEND_ANSWERS,
    status_answers=_STATUS_ANSWERS,
    confirms=_confirms,
    vocabulary=_VOCABULARY,
    webhooks=_WEBHOOKS,
    number_chat=NUMBER,
)
