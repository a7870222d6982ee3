"""Which problems an operation can answer with. What follows from its shape is derived; the rest stands here by name."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """One problem: its status, its kind, and an example of its text."""

    status: HTTPStatus
    kind: str
    detail: str
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def example(self) -> dict[str, Any]:
        """The document."""
        return {
            "type": f"urn:truesend:problem:{self.kind}",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            **self.more,
        }


def _conflict(detail: str, *, status: str, kind: str = "conflict") -> Case:
    return Case(HTTPStatus.CONFLICT, kind, detail, {"current": {"status": status}})


NO_ORGANIZATION = Case(
    HTTPStatus.BAD_REQUEST, "organization-missing", "Send X-Organization-Id with the uuid of your organization."
)
NO_KEY = Case(
    HTTPStatus.UNAUTHORIZED, "unauthorized", "Send your API key as Authorization: Bearer <key>, or as X-API-Key."
)
TOO_MANY_GUESSES = Case(
    HTTPStatus.TOO_MANY_REQUESTS,
    "too-many-guesses",
    "Too many wrong keys came from your address. Wait, and send the right one.",
)
NOT_YOURS = Case(HTTPStatus.FORBIDDEN, "forbidden", "You do not belong to the organization of X-Organization-Id.")
DATABASE_AWAY = Case(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "database-away",
    "The database cannot be reached. Nothing was changed; try again.",
)
OUR_FAULT = Case(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal",
    "Something went wrong here. The log has it under this trace_id.",
    {"trace_id": "0af7651916cd43dd8448eb211c80319c"},
)
NOT_FOUND = Case(HTTPStatus.NOT_FOUND, "not-found", "There is no such row in your organization.")
BROKEN_JSON = Case(
    HTTPStatus.BAD_REQUEST,
    "broken-json",
    "The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep).",
)
TOO_LARGE = Case(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "The body is larger than 1,000,000 bytes.")
WRONG_FIELD = Case(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "validation",
    "session_id: must be a uuid",
    {"errors": [{"field": "session_id", "detail": "must be a uuid"}]},
)

BROKER_AWAY = Case(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "broker-away",
    "Kafka cannot be reached, so nothing can be verified now. Nothing was changed; try again.",
)
TOO_MANY_CLIENTS = Case(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "too-many-clients",
    "Too many clients are on the live stream of this process; try again.",
)
BUSY = Case(
    HTTPStatus.CONFLICT, "busy", "Somebody else is changing this at the moment. Nothing was changed; try again."
)
REFUSED_BY_TABLE = Case(HTTPStatus.CONFLICT, "refused", "A rule of the CRM's own database refuses this change.")
UNKNOWN_GATEWAY = _conflict(
    "This session's gateway, 'old', is not among the gateways that are configured here.",
    status="disconnected",
    kind="unknown-gateway",
)
NO_PAIRING_CODES = _conflict(
    "This session's gateway gives no pairing codes. Scan its QR code instead.",
    status="qr_pending",
    kind="no-pairing-codes",
)
JUST_ASKED = _conflict(
    "Somebody asked this session's gateway less than 5 seconds ago. Wait for what comes of it.", status="connecting"
)
GATEWAY_REFUSED = Case(
    HTTPStatus.BAD_GATEWAY, "gateway-refused", "The gateway 'default' did not do it: Session is starting"
)
TOO_SLOW_TO_FIND = Case(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "too-slow",
    "Finding these messages takes too long. Narrow the filter, by status, created_from and created_to.",
)
_ORDER = (UNKNOWN_GATEWAY, JUST_ASKED, BUSY, GATEWAY_REFUSED)

KEY_IS_BEING_FORGOTTEN = Case(
    HTTPStatus.CONFLICT,
    "conflict",
    "The request that used this Idempotency-Key is just being forgotten; try again.",
)
KEYS_MESSAGE_IS_GONE = Case(
    HTTPStatus.GONE,
    "gone",
    "The message that this Idempotency-Key made is no longer there; take a new key to send it again.",
)

OF_OPERATION: dict[str, tuple[Case, ...]] = {
    "create_session": (
        Case(
            HTTPStatus.CONFLICT,
            "refused",
            "The CRM's own table demands created_by of a session: make it in the CRM.",
        ),
    ),
    "get_overview": (
        Case(HTTPStatus.SERVICE_UNAVAILABLE, "too-slow", "The overview takes too long; ask for fewer hours."),
    ),
    "verify_sessions": (BROKER_AWAY,),
    "verify_session": (BROKER_AWAY,),
    "reconnect_session": _ORDER,
    "disconnect_session": _ORDER,
    "session_qr": (UNKNOWN_GATEWAY, NO_PAIRING_CODES, TOO_MANY_CLIENTS),
    "delete_session": (
        _conflict(
            "This session was paired once, and its history is worth keeping. Disconnect it instead.",
            status="disconnected",
        ),
        BUSY,
        REFUSED_BY_TABLE,
    ),
    "create_message": (KEY_IS_BEING_FORGOTTEN, KEYS_MESSAGE_IS_GONE),
    "create_batch": (KEY_IS_BEING_FORGOTTEN,),
    "retry_messages": (TOO_SLOW_TO_FIND,),
    "retry_message": (
        _conflict(
            "The message was sent. There is nothing to retry; post a new message to send it again.", status="sent"
        ),
        BUSY,
        REFUSED_BY_TABLE,
    ),
    "cancel_message": (
        _conflict("The message was sent. It cannot be called back.", status="sent"),
        BUSY,
        REFUSED_BY_TABLE,
    ),
    "check_message": (
        _conflict("The message was sent. There is no doubt to settle.", status="sent"),
        BUSY,
        REFUSED_BY_TABLE,
    ),
    "mark_delivered": (_conflict("The message is marked as delivered already.", status="sent"), BUSY, REFUSED_BY_TABLE),
    "stream_events": (
        Case(HTTPStatus.BAD_REQUEST, "bad-last-event-id", "Last-Event-ID must be the id of an event of this stream."),
        TOO_MANY_CLIENTS,
    ),
    "take_webhook": (
        Case(HTTPStatus.BAD_REQUEST, "broken-json", "The webhook is not a JSON object in UTF-8."),
        Case(
            HTTPStatus.UNAUTHORIZED,
            "webhook-secret",
            "This is not the webhook secret. The gateway must send what WEBHOOK_SECRET is here.",
        ),
        TOO_MANY_GUESSES,
        Case(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "body-too-large",
            "The webhook is larger than WEBHOOK_MAX_BYTES allows.",
        ),
        Case(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "broker-away",
            "Kafka cannot be reached, so the webhook was not stored. Send it again.",
        ),
    ),
}
