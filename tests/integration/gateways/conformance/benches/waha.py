"""WAHA, with the engine that accepts and the one that waits for the server."""

from typing import Final

from simulator.kinds.waha import SimulatedWaha
from tests.integration.gateways.conformance.bench import NUMBER, Answered, Bench
from truesend.gateways.answers import Said
from truesend.gateways.kinds.waha import STATES, Waha
from truesend.gateways.protocol import ObservedState, OutcomeKind

_ID: Final = f"true_{NUMBER}@c.us_3EB0AB"


def _engine_error(message: str) -> object:
    """As WAHA says any exception of its engine: with the request, and the message in it."""
    return {
        "statusCode": 500,
        "timestamp": "2026-11-24T10:00:00.000Z",
        "exception": {"name": "Error", "message": message, "stack": f"Error: {message}\n    at send"},
        "request": {"path": "/api/sendText", "method": "POST", "body": {"text": "Connection Closed, dear Asha"}},
        "version": {"version": "2026.7.1"},
    }


def _not_as_expected(state: str) -> object:
    return {
        "error": "Session status is not as expected. Try again later or restart the session",
        "session": "s1",
        "status": state,
        "expected": ["WORKING"],
    }


def _confirms(said: Said) -> bool:
    """A 2xx with an id, in one of the shapes that some version has, that calls itself no error."""
    if not said.is_ok or not isinstance(said.json, dict) or said.at("ack") == -1 or said.at("ackName") == "ERROR":
        return False
    paths = (("id",), ("id", "_serialized"), ("id", "id"), ("key", "id"), ("_data", "key", "id"), ("_data", "id", "id"))
    return any(said.text_at(*path) for path in paths)


def _send_answers(good: OutcomeKind) -> tuple[Answered, ...]:
    return (
        Answered(201, {"id": _ID, "ack": 0, "ackName": "PENDING"}, good),
        Answered(200, {"id": {"_serialized": _ID, "id": "3EB0AB"}}, good),
        Answered(201, {"key": {"id": "3EB0AB", "remoteJid": "1@s.whatsapp.net"}}, good),
        Answered(201, {"_data": {"key": {"id": "3EB0AB"}}}, good),
        Answered(201, {"id": _ID, "ack": -1, "ackName": "ERROR"}, OutcomeKind.UNCONFIRMED),
        Answered(201, {}, OutcomeKind.UNCONFIRMED),
        Answered(201, {"id": None}, OutcomeKind.UNCONFIRMED),
        Answered(201, {"id": 7}, OutcomeKind.UNCONFIRMED),
        Answered(201, "", OutcomeKind.UNCONFIRMED),
        Answered(200, {"success": False}, OutcomeKind.UNCONFIRMED),
        *(Answered(422, _not_as_expected(state), OutcomeKind.SESSION_DOWN) for state in STATES if state != "WORKING"),
        Answered(422, {"message": "WAHA Core support only 'default' session"}, OutcomeKind.CONFIG_ERROR),
        Answered(422, {"message": "The feature is available only in Plus version"}, OutcomeKind.PERMANENT),
        Answered(400, {"statusCode": 400, "message": ["chatId must be a string"]}, OutcomeKind.PERMANENT),
        Answered(401, {"message": "Unauthorized", "statusCode": 401}, OutcomeKind.CONFIG_ERROR),
        Answered(403, {"message": "Forbidden", "statusCode": 403}, OutcomeKind.CONFIG_ERROR),
        Answered(
            404,
            {"message": "We didn't find a session with name 's1'.\nPlease start it first", "statusCode": 404},
            OutcomeKind.SESSION_DOWN,
        ),
        Answered(
            404,
            {"message": "Cannot POST /api/sendText", "error": "Not Found", "statusCode": 404},
            OutcomeKind.CONFIG_ERROR,
        ),
        Answered(500, _engine_error("Connection Closed"), OutcomeKind.SESSION_DOWN),
        Answered(500, _engine_error("2 UNKNOWN: server returned error 463"), OutcomeKind.RESTRICTED),
        Answered(500, _engine_error("2 UNKNOWN: server returned error 479"), OutcomeKind.RESTRICTED),
        Answered(500, _engine_error("timed out waiting for message send response"), OutcomeKind.UNCONFIRMED),
        Answered(500, _engine_error("something odd"), OutcomeKind.TRANSIENT),
        Answered(502, "<html><center>nginx</center></html>", OutcomeKind.UNCONFIRMED),
        Answered(503, {"status": "error", "error": {}}, OutcomeKind.SESSION_DOWN),
        Answered(504, "", OutcomeKind.UNCONFIRMED),
        Answered(307, "", OutcomeKind.CONFIG_ERROR),
        Answered(418, {"error": "teapot"}, OutcomeKind.UNCONFIRMED),
    )


_STATUS_ANSWERS: Final = (
    Answered(200, {}, ObservedState.CANNOT_TELL),
    Answered(200, {"name": "another", "status": "WORKING"}, ObservedState.CANNOT_TELL),
    Answered(200, {"name": "s1", "status": 3}, ObservedState.CANNOT_TELL),
    Answered(200, {"name": "s1", "status": "DREAMING"}, ObservedState.UNKNOWN_STATE),
    Answered(200, {"status": "WORKING", "me": None, "new": {"deep": [1]}}, ObservedState.CONNECTED),
    Answered(200, {"status": "WORKING", "me": "odd"}, ObservedState.CONNECTED),
    Answered(200, [], ObservedState.CANNOT_TELL),
    Answered(200, "", ObservedState.CANNOT_TELL),
    Answered(401, {"message": "Unauthorized", "statusCode": 401}, ObservedState.CANNOT_TELL),
    Answered(404, {"message": "Session not found", "statusCode": 404}, ObservedState.DISCONNECTED),
    Answered(404, {"message": "Cannot GET /api/sessions/s1", "statusCode": 404}, ObservedState.CANNOT_TELL),
    Answered(500, _engine_error("something odd"), ObservedState.CANNOT_TELL),
    Answered(502, "<html>nginx</html>", ObservedState.CANNOT_TELL),
)

_VOCABULARY: Final = (
    *STATES,
    *("id", "_serialized", "key", "_data", "ack", "ackName", "ERROR", "status", "name", "me", "s1", "message", "error"),
    *("exception", "Connection Closed", "server returned error 463", "event", "session", "payload", "fromMe"),
    *("session.status", "message.ack", "timestamp", "config", "webhooks", "url", "mimetype", "data", "code"),
    *("numberExists", "chatId", "version", _ID, "true_120363@g.us_AB_1@c.us", -1, 0, 1, 2, 3, 4, True, False),
)

_WEBHOOKS: Final[tuple[object, ...]] = (
    {
        "id": "evt_01",
        "timestamp": 1741249702485,
        "event": "session.status",
        "session": "s1",
        "me": {"id": "79111111@c.us", "pushName": "WAHA"},
        "payload": {
            "name": "s1",
            "status": "WORKING",
            "statuses": [{"status": "STARTING", "timestamp": 1700000002000}],
            "data": None,
        },
        "engine": "WEBJS",
    },
    {
        "event": "message.ack",
        "session": "s1",
        "payload": {
            "id": "true_111@c.us_4CC5",
            "from": "111@c.us",
            "to": "222@c.us",
            "participant": None,
            "fromMe": True,
            "ack": 3,
            "ackName": "READ",
        },
    },
)

NOWEB: Final = Bench(
    name="waha-noweb",
    dialect=Waha,
    simulated=SimulatedWaha,
    options={"engine": "NOWEB", "version": "2026.7.1"},
    extra={"engine": "NOWEB", "wait_s": 0.05},
    states=STATES,
    sends=OutcomeKind.ACCEPTED,
    send_answers=_send_answers(OutcomeKind.ACCEPTED),
    status_answers=_STATUS_ANSWERS,
    confirms=_confirms,
    vocabulary=_VOCABULARY,
    webhooks=_WEBHOOKS,
)

GOWS: Final = Bench(
    name="waha-gows",
    dialect=Waha,
    simulated=SimulatedWaha,
    options={"engine": "GOWS"},
    extra={"engine": "GOWS", "wait_s": 0.05, "hmac": False},
    states=STATES,
    sends=OutcomeKind.SENT,
    send_answers=_send_answers(OutcomeKind.SENT),
    status_answers=_STATUS_ANSWERS,
    confirms=_confirms,
    vocabulary=_VOCABULARY,
    webhooks=_WEBHOOKS,
)
