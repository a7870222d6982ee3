"""wwebjs-api: one whose webhook address can be set, and one whose pages rename ids and name no state before pairing."""

from typing import Final

from simulator.kinds.wwebjs import SimulatedWwebjs
from tests.integration.gateways.conformance.bench import NUMBER, Answered, Bench
from truesend.gateways.answers import Said
from truesend.gateways.kinds.wwebjs import STATES, Wwebjs
from truesend.gateways.protocol import ObservedState, OutcomeKind

_ID: Final = {
    "fromMe": True,
    "remote": f"{NUMBER}@c.us",
    "id": "3EB0AB",
    "_serialized": f"true_{NUMBER}@c.us_3EB0AB",
}
_MESSAGE: Final = {"id": _ID, "ack": 0, "body": "…", "fromMe": True, "to": f"{NUMBER}@c.us", "timestamp": 1741249702}


def _failed(error: str) -> object:
    return {"success": False, "error": error}


def _confirms(said: Said) -> bool:
    """A 2xx that calls itself a success, with a message that has an id and is no error."""
    if not said.is_ok or said.at("success") is not True or said.at("message", "ack") == -1:
        return False
    paths = (("id",), ("id", "_serialized"), ("id", "id"), ("key", "id"), ("_data", "key", "id"), ("_data", "id", "id"))
    return any(said.text_at("message", *path) for path in paths)


_SEND_ANSWERS: Final = (
    Answered(200, {"success": True, "message": _MESSAGE}, OutcomeKind.ACCEPTED),
    Answered(200, {"success": True, "message": {"id": {"id": "3EB0AB", "$1": "true_x"}}}, OutcomeKind.ACCEPTED),
    Answered(200, {"success": True, "message": {**_MESSAGE, "ack": -1}}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"success": True}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"success": True, "message": None}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"success": True, "message": {}}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"success": True, "message": "sent"}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"success": False, "message": _MESSAGE}, OutcomeKind.UNCONFIRMED),
    Answered(200, {"message": _MESSAGE}, OutcomeKind.UNCONFIRMED),
    Answered(200, _failed("something odd"), OutcomeKind.UNCONFIRMED),
    Answered(200, {}, OutcomeKind.UNCONFIRMED),
    Answered(200, "", OutcomeKind.UNCONFIRMED),
    Answered(404, _failed("session_not_found"), OutcomeKind.SESSION_DOWN),
    Answered(404, _failed("session_not_connected"), OutcomeKind.SESSION_DOWN),
    Answered(404, _failed("browser tab closed"), OutcomeKind.SESSION_DOWN),
    Answered(404, _failed("session closed"), OutcomeKind.SESSION_DOWN),
    Answered(404, _failed("Runtime.callFunctionOn timed out"), OutcomeKind.SESSION_DOWN),
    Answered(404, "<pre>Cannot POST /client/sendMessage/s1</pre>", OutcomeKind.CONFIG_ERROR),
    Answered(403, _failed("Invalid API key"), OutcomeKind.CONFIG_ERROR),
    Answered(401, "", OutcomeKind.CONFIG_ERROR),
    Answered(422, _failed("Session should be alphanumerical or -"), OutcomeKind.CONFIG_ERROR),
    Answered(400, _failed("invalid contentType"), OutcomeKind.PERMANENT),
    Answered(400, "<pre>SyntaxError: Unexpected end of JSON input<br> at parse</pre>", OutcomeKind.PERMANENT),
    Answered(413, "<pre>PayloadTooLargeError: request entity too large</pre>", OutcomeKind.PERMANENT),
    Answered(429, "You can't make any more requests at the moment. Try again later", OutcomeKind.TRANSIENT),
    Answered(500, _failed("Evaluation failed: Error: wid error: invalid wid"), OutcomeKind.PERMANENT),
    Answered(500, _failed("No LID for user"), OutcomeKind.TRANSIENT),
    Answered(500, _failed("Cannot read properties of undefined (reading 'getChat')"), OutcomeKind.TRANSIENT),
    Answered(500, _failed("request to http://x/plan.pdf failed, reason: socket hang up"), OutcomeKind.TRANSIENT),
    Answered(500, _failed("Attempted to use detached Frame '5F3A'."), OutcomeKind.SESSION_DOWN),
    Answered(500, _failed("Cannot read properties of undefined (reading 'sendMessage')"), OutcomeKind.SESSION_DOWN),
    Answered(500, _failed("session_not_connected"), OutcomeKind.SESSION_DOWN),
    Answered(500, _failed("server returned error 463"), OutcomeKind.RESTRICTED),
    Answered(
        500,
        _failed("Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')"),
        OutcomeKind.UNCONFIRMED,
    ),
    Answered(500, _failed("Cannot read properties of undefined (reading 'id')"), OutcomeKind.UNCONFIRMED),
    Answered(500, _failed("Protocol error (Runtime.callFunctionOn): Target closed"), OutcomeKind.UNCONFIRMED),
    Answered(500, _failed("Session closed. Most likely the page has been closed."), OutcomeKind.UNCONFIRMED),
    Answered(500, _failed("Runtime.callFunctionOn timed out"), OutcomeKind.UNCONFIRMED),
    Answered(500, _failed("t"), OutcomeKind.UNCONFIRMED),
    Answered(500, _failed("something odd"), OutcomeKind.TRANSIENT),
    Answered(502, "<html><center>nginx</center></html>", OutcomeKind.UNCONFIRMED),
    Answered(503, "", OutcomeKind.SESSION_DOWN),
    Answered(504, "", OutcomeKind.UNCONFIRMED),
    Answered(307, "", OutcomeKind.CONFIG_ERROR),
    Answered(418, _failed("teapot"), OutcomeKind.UNCONFIRMED),
)


def _denied(state: str | None, message: str) -> object:
    return {"success": False, "state": state, "message": message}


_STATUS_ANSWERS: Final = (
    Answered(200, {"success": True, "state": "CONNECTED", "message": "session_connected"}, ObservedState.CONNECTED),
    Answered(200, {"success": True, "state": "CONNECTED", "new": {"deep": [1]}}, ObservedState.CONNECTED),
    Answered(200, _denied("CONNECTED", "session_not_connected"), ObservedState.CANNOT_TELL),
    Answered(200, {"state": "CONNECTED"}, ObservedState.CANNOT_TELL),
    Answered(200, {"success": True, "message": "session_connected"}, ObservedState.CANNOT_TELL),
    Answered(200, {"success": True, "state": 3}, ObservedState.CANNOT_TELL),
    Answered(200, _denied("OPENING", "session_not_connected"), ObservedState.CONNECTING),
    Answered(200, _denied("DREAMING", "session_not_connected"), ObservedState.UNKNOWN_STATE),
    Answered(200, _denied(None, "session_not_connected"), ObservedState.CONNECTING),
    Answered(200, _denied(None, "session_not_found"), ObservedState.DISCONNECTED),
    Answered(200, _denied(None, "browser tab closed"), ObservedState.DISCONNECTED),
    Answered(200, _denied(None, "session closed"), ObservedState.DISCONNECTED),
    Answered(200, _denied(None, "Attempted to use detached Frame '5F3A'."), ObservedState.DISCONNECTED),
    Answered(200, _denied(None, "Protocol error (Runtime.callFunctionOn): Target closed"), ObservedState.DISCONNECTED),
    Answered(200, _denied(None, "Execution context was destroyed"), ObservedState.CANNOT_TELL),
    Answered(200, _denied(None, ""), ObservedState.CANNOT_TELL),
    Answered(200, {}, ObservedState.CANNOT_TELL),
    Answered(200, [], ObservedState.CANNOT_TELL),
    Answered(200, "", ObservedState.CANNOT_TELL),
    Answered(403, _failed("Invalid API key"), ObservedState.CANNOT_TELL),
    Answered(404, "<pre>Cannot GET /session/status/s1</pre>", ObservedState.CANNOT_TELL),
    Answered(422, _failed("Session should be alphanumerical or -"), ObservedState.DISCONNECTED),
    Answered(429, "You can't make any more requests at the moment", ObservedState.CANNOT_TELL),
    Answered(500, _failed("something odd"), ObservedState.CANNOT_TELL),
    Answered(502, "<html>nginx</html>", ObservedState.CANNOT_TELL),
)

_VOCABULARY: Final = (
    *STATES,
    *("success", "state", "message", "error", "id", "_serialized", "$1", "_data", "key", "ack", "remote", "fromMe"),
    *("session_connected", "session_not_connected", "session_not_found", "browser tab closed", "session closed"),
    *("sessionInfo", "wid", "user", "server", "lid", "c.us", "qr", "2@code", "result", "phoneNumber", "webhookUrl"),
    *("to", "dataType", "sessionId", "data", "change_state", "disconnected", "ready", "status", "message_ack"),
    *(
        "reason",
        "msg",
        "s1",
        "3EB0AB",
        f"true_{NUMBER}@c.us_3EB0AB",
        "true_120363@g.us_AB_1@c.us",
        "Target closed",
        "timed out",
    ),
    *(-1, 0, 1, 2, 3, 4, True, False),
)

_WEBHOOKS: Final[tuple[object, ...]] = (
    {"dataType": "message_ack", "data": {"message": {**_MESSAGE, "ack": 3}, "ack": 3}, "sessionId": "s1"},
    {"dataType": "change_state", "data": {"state": "TIMEOUT"}, "sessionId": "s1"},
    {"dataType": "disconnected", "data": {"reason": "LOGOUT"}, "sessionId": "s1"},
    {"dataType": "status", "data": {"msg": "auth failure"}, "sessionId": "s1"},
    {"dataType": "qr", "data": {"qr": "2@code"}, "sessionId": "s1"},
    {"dataType": "ready", "sessionId": "s1"},
)

SETTABLE: Final = Bench(
    name="wwebjs-settable",
    dialect=Wwebjs,
    simulated=SimulatedWwebjs,
    options={"sets_webhooks": True},
    extra={"sets_webhooks": True},
    states=STATES,
    sends=OutcomeKind.ACCEPTED,
    send_answers=_SEND_ANSWERS,
    status_answers=_STATUS_ANSWERS,
    confirms=_confirms,
    vocabulary=_VOCABULARY,
    webhooks=_WEBHOOKS,
)

RENAMED: Final = Bench(
    name="wwebjs-renamed",
    dialect=Wwebjs,
    simulated=SimulatedWwebjs,
    extra={"bare_ids": True, "stateless_qr": True},
    states=STATES,
    sends=OutcomeKind.ACCEPTED,
    send_answers=_SEND_ANSWERS,
    status_answers=_STATUS_ANSWERS,
    confirms=_confirms,
    vocabulary=_VOCABULARY,
    webhooks=_WEBHOOKS,
)
