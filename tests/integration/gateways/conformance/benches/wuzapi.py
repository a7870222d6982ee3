"""wuzapi: 2026-02 with the admin's token and signed webhooks, in JSON and in forms; 2025-05 with the sessions' own tokens."""

from typing import Final

import orjson

from simulator.kinds.wuzapi import SimulatedWuzapi, SimulatedWuzapiOf2025, SimulatedWuzapiWithForms
from tests.integration.gateways.conformance.bench import NUMBER, SECRET, Answered, Bench
from truesend.gateways.answers import Said
from truesend.gateways.kinds.wuzapi import STATES, Wuzapi
from truesend.gateways.protocol import ObservedState, OutcomeKind

_SENT: Final = {"Details": "Sent", "Id": "3EB0A1A1A1A1A1A1A1A1A1", "Timestamp": 1700000000}


def _refused(words: str, code: int) -> object:
    return {"code": code, "error": words, "success": False}


def _data(data: object) -> object:
    return {"code": 200, "data": data, "success": True}


def _confirms(said: Said) -> bool:
    """A 2xx that calls itself a success, names no error, and holds the id of what the server acknowledged."""
    return said.is_ok and said.at("success") is True and not said.at("error") and said.text_at("data", "Id") is not None


_SEND_ANSWERS: Final = (
    Answered(200, _data(_SENT), OutcomeKind.SENT),
    Answered(200, _data({"Details": "Sent", "Id": "90B2", "Timestamp": "2026-11-24T10:00:00Z"}), OutcomeKind.SENT),
    Answered(200, _data({"Details": "Sent"}), OutcomeKind.UNCONFIRMED),
    Answered(200, _data({"Details": "Sent", "Id": ""}), OutcomeKind.UNCONFIRMED),
    Answered(200, _data({"Details": "Sent", "Id": 7}), OutcomeKind.UNCONFIRMED),
    Answered(200, _data(None), OutcomeKind.UNCONFIRMED),
    Answered(200, {"code": 500, "error": "no session", "success": False}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"code": 200, "data": _SENT, "success": False}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"code": 200, "data": _SENT, "success": True, "error": "odd"}, OutcomeKind.UNCONFIRMED),
    Answered(200, [{"id": 1, "name": "s1", "token": "token-of-s1"}], OutcomeKind.UNCONFIRMED),
    Answered(200, "", OutcomeKind.UNCONFIRMED),
    Answered(400, _refused("Missing Phone in Payload", 400), OutcomeKind.PERMANENT),
    Answered(400, _refused("missing Body in Payload", 400), OutcomeKind.PERMANENT),
    Answered(400, _refused("Could not decode Payload", 400), OutcomeKind.PERMANENT),
    Answered(400, _refused("could not parse Phone", 400), OutcomeKind.PERMANENT),
    Answered(401, _refused("Unauthorized", 401), OutcomeKind.CONFIG_ERROR),
    Answered(500, _refused("No session", 500), OutcomeKind.SESSION_DOWN),
    Answered(500, _refused("no session", 500), OutcomeKind.SESSION_DOWN),
    Answered(
        500,
        _refused("error sending message: the store doesn't contain a device JID", 500),
        OutcomeKind.SESSION_DOWN,
    ),
    Answered(500, _refused("Error sending message: websocket not connected", 500), OutcomeKind.SESSION_DOWN),
    Answered(
        500,
        _refused("error sending message: failed to send usync query: websocket not connected", 500),
        OutcomeKind.SESSION_DOWN,
    ),
    Answered(
        500,
        _refused("error sending message: failed to get group members: websocket not connected", 500),
        OutcomeKind.SESSION_DOWN,
    ),
    Answered(
        500,
        _refused("error sending message: failed to send usync query: info query timed out", 500),
        OutcomeKind.TRANSIENT,
    ),
    Answered(500, _refused("failed to upload file: context deadline exceeded", 500), OutcomeKind.TRANSIENT),
    Answered(
        500,
        _refused("could not decode image for thumbnail preparation: image: unknown format", 500),
        OutcomeKind.PERMANENT,
    ),
    Answered(
        500,
        _refused("Error sending message: timed out waiting for message send response", 500),
        OutcomeKind.UNCONFIRMED,
    ),
    Answered(500, _refused("Error sending message: server returned error 463", 500), OutcomeKind.RESTRICTED),
    Answered(500, _refused("error sending message: server returned error 479", 500), OutcomeKind.RESTRICTED),
    Answered(500, _refused("error sending message: server returned error 500", 500), OutcomeKind.TRANSIENT),
    Answered(502, "<html><center>nginx</center></html>", OutcomeKind.UNCONFIRMED),
    Answered(503, "<html>starting</html>", OutcomeKind.SESSION_DOWN),
    Answered(504, "", OutcomeKind.UNCONFIRMED),
    Answered(404, "404 page not found\n", OutcomeKind.CONFIG_ERROR),
    Answered(307, "", OutcomeKind.CONFIG_ERROR),
    Answered(418, {"error": "teapot"}, OutcomeKind.UNCONFIRMED),
)

_STATUS_ANSWERS: Final = (
    Answered(200, _data({"Connected": True, "LoggedIn": True}), ObservedState.CONNECTED),
    Answered(200, _data({"connected": True, "loggedIn": True, "jid": 7, "new": [{}]}), ObservedState.CONNECTED),
    Answered(200, _data({"connected": True, "loggedIn": False, "jid": ""}), ObservedState.QR_WANTED),
    Answered(
        200, _data({"connected": True, "loggedIn": False, "jid": "9198:1@s.whatsapp.net"}), ObservedState.CONNECTING
    ),
    Answered(200, _data({"connected": False, "loggedIn": False, "token": "t"}), ObservedState.DISCONNECTED),
    Answered(200, _data({"connected": False, "loggedIn": True}), ObservedState.DISCONNECTED),
    Answered(200, _data({"connected": "yes", "loggedIn": True}), ObservedState.CANNOT_TELL),
    Answered(200, _data({"connected": True}), ObservedState.CANNOT_TELL),
    Answered(200, _refused("no session", 500), ObservedState.CANNOT_TELL),
    Answered(200, {"data": {"connected": True, "loggedIn": True}, "success": False}, ObservedState.CANNOT_TELL),
    Answered(200, [{"id": 1, "name": "s1", "token": "token-of-s1"}], ObservedState.CANNOT_TELL),
    Answered(200, "", ObservedState.CANNOT_TELL),
    Answered(401, _refused("Unauthorized", 401), ObservedState.CANNOT_TELL),
    Answered(404, "404 page not found\n", ObservedState.CANNOT_TELL),
    Answered(500, _refused("No session", 500), ObservedState.DISCONNECTED),
    Answered(500, _refused("no session", 500), ObservedState.DISCONNECTED),
    Answered(500, _refused("something odd", 500), ObservedState.CANNOT_TELL),
    Answered(502, "<html>nginx</html>", ObservedState.CANNOT_TELL),
)

_RECEIPT: Final = {
    "Chat": f"{NUMBER}@s.whatsapp.net",
    "Sender": f"{NUMBER}@s.whatsapp.net",
    "IsFromMe": False,
    "IsGroup": False,
    "MessageIDs": ["3EB0AB", "3EB0AC"],
    "Timestamp": "2026-11-24T10:00:00+05:30",
    "Type": "read",
}
_NAMED: Final = {"userID": "8f", "instanceName": "s1", "token": SECRET}

_WEBHOOKS: Final[tuple[object, ...]] = (
    {"type": "ReadReceipt", "state": "Read", "event": _RECEIPT, **_NAMED},
    {
        "type": "ReadReceipt",
        "state": "Delivered",
        "event": {**_RECEIPT, "Chat": "120363@g.us", "IsGroup": True},
        **_NAMED,
    },
    {"type": "Connected", "event": {}, **_NAMED},
    {"type": "LoggedOut", "event": {"OnConnect": True, "Reason": 401}, **_NAMED},
    {"type": "ConnectFailure", "event": "ConnectFailure", "error": "dial tcp", "attempts": 3, **_NAMED},
    {"type": "QR", "event": "code", "qrCodeBase64": "data:image/png;base64,AA", **_NAMED},
    {"type": "PairSuccess", "event": {"ID": "9198:1@s.whatsapp.net"}, **_NAMED},
)

_VOCABULARY: Final = (
    *STATES,
    *("code", "data", "success", "error", "Details", "Sent", "Id", "Timestamp", "Connected", "LoggedIn", "connected"),
    *("loggedIn", "jid", "token", "name", "id", "s1", "webhook", "subscribe", "QRCode", "LinkingCode", "Users", "JID"),
    *("IsInWhatsapp", "no session", "websocket not connected", "server returned error 463", "already connected"),
    *(
        "type",
        "event",
        "state",
        "ReadReceipt",
        "Read",
        "Delivered",
        "MessageIDs",
        "Chat",
        "Sender",
        "IsFromMe",
        "Reason",
    ),
    *("userID", "instanceName", "jsonData", "LoggedOut", "QR", "9198.0:1@s.whatsapp.net", "120363@g.us", "3EB0AB"),
    *("token-of-s1", SECRET, True, False, 200, 401, 500),
)


def _bench(name: str, simulated: type[SimulatedWuzapi], **settings: object) -> Bench:
    values: dict[str, object] = {
        "states": STATES,
        "sends": OutcomeKind.SENT,
        "send_answers": _SEND_ANSWERS,
        "status_answers": _STATUS_ANSWERS,
        "confirms": _confirms,
        "vocabulary": _VOCABULARY,
        "webhooks": _WEBHOOKS,
        "number_chat": NUMBER,
        **settings,
    }
    return Bench(name, Wuzapi, simulated, **values)  # type: ignore[arg-type]


JSON: Final = _bench("wuzapi-2026-02-json", SimulatedWuzapi, options={"build": "2026-02"})
FORM: Final = _bench("wuzapi-2026-02-form", SimulatedWuzapiWithForms, options={"build": "2026-02"})
# the session's token is what its webhooks show
TOKENS: Final = _bench(
    "wuzapi-2025-05-tokens",
    SimulatedWuzapiOf2025,
    options={"build": "2025-05"},
    key=orjson.dumps({"s1": SECRET}).decode(),
    number=None,
    unknown_session=ObservedState.CANNOT_TELL,
    unknown_session_send=OutcomeKind.CONFIG_ERROR,
)
