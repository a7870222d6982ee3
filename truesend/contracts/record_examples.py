"""One example of every record, for the published documentation. Tests hold each against its own schema."""

from datetime import datetime
from typing import Any
from uuid import UUID

from truesend.contracts.channels import Channel
from truesend.contracts.cloudevents import CloudEventHeaders
from truesend.contracts.events import (
    DispatchMessage,
    ForwardWebhook,
    GatewayEvent,
    MessageFact,
    SessionFact,
    VerifySession,
)
from truesend.contracts.record_types import GatewayEventType, MessageType, RecordType, SessionType

SESSION = "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11"
MESSAGE = "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22"
ORGANIZATION = "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33"
EVENT = "9a1c6f0e-2d3b-4c5d-8e7f-1a2b3c4d5e44"
NOW = "2026-03-01T09:00:05Z"
EARLIER = "2026-03-01T09:00:00Z"
ACTOR = "API key 1f0c9a2b"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

_SESSION_FACT: dict[str, Any] = {
    "id": SESSION,
    "organization_id": ORGANIZATION,
    "status": "connected",
    "version": 7,
    "position": 1042,
    "occurred_at": NOW,
    "last_error": None,
    "last_error_at": None,
    "last_verified_at": NOW,
    "phone_number": "4915112345678",
    "previous_status": "connected",
}
_MESSAGE_FACT: dict[str, Any] = {
    "id": MESSAGE,
    "organization_id": ORGANIZATION,
    "status": "sending",
    "version": 3,
    "position": 1043,
    "occurred_at": NOW,
    "session_id": SESSION,
    "outcome": None,
    "retry_count": 0,
    "next_attempt_at": None,
    "error_message": None,
    "correction": False,
}
_GATEWAY_EVENT: dict[str, Any] = {
    "gateway": "default",
    "gateway_session_id": f"wa_{SESSION}",
    "received_at": NOW,
    "occurred_at": EARLIER,
}
_OF_MODEL: dict[type, dict[str, Any]] = {
    VerifySession: {
        "session_id": SESSION,
        "organization_id": ORGANIZATION,
        "reason": "page_load",
        "requested_at": NOW,
    },
    DispatchMessage: {
        "message_id": MESSAGE,
        "session_id": SESSION,
        "organization_id": ORGANIZATION,
        "lease_token": EVENT,
    },
    SessionFact: _SESSION_FACT,
    MessageFact: _MESSAGE_FACT,
    GatewayEvent: _GATEWAY_EVENT,
    ForwardWebhook: {
        "gateway": "default",
        "gateway_session_id": f"wa_{SESSION}",
        "received_at": NOW,
        "content_type": "application/json",
        "auth_header": "x-api-key",
        "body": "eyJldmVudCI6InN0YXR1cyJ9",
    },
}

_DOWN = {"status": "disconnected", "last_error": "Logged out from the phone", "last_error_at": NOW}
_BY_OPERATOR = {"actor": ACTOR, "reason": "the phone is being replaced"}
_NOTICE = {"position": None, "previous_status": None}
_FOUND = {"previously_verified_at": EARLIER}
_OF_TYPE: dict[RecordType, dict[str, Any]] = {
    SessionType.CREATED: {
        "status": "disconnected",
        "version": 0,
        "previous_status": "disconnected",
        "last_verified_at": None,
        "phone_number": None,
        "actor": ACTOR,
    },
    SessionType.CONNECTED: {"previous_status": "connecting", **_FOUND},
    SessionType.DISCONNECTED: {**_DOWN, **_FOUND},
    SessionType.CONNECTING: {"status": "connecting", "previous_status": "disconnected", **_FOUND},
    SessionType.QR_PENDING: {"status": "qr_pending", "previous_status": "connecting", "phone_number": None, **_FOUND},
    SessionType.CANNOT_VERIFY: {
        "last_verified_at": EARLIER,
        "last_error": "The gateway did not answer within 10 s",
        "last_error_at": NOW,
        **_FOUND,
    },
    SessionType.SUPERSEDED: {
        **_DOWN,
        **_FOUND,
        "last_error": "Superseded by a newer session",
        "phone_number": None,
    },
    SessionType.SILENT: {
        "last_error": "connected, but nothing gets through: 6 messages since 08:40 UTC without a sign",
        "last_error_at": NOW,
        "silent_since": "2026-03-01T08:40:00Z",
        **_FOUND,
    },
    SessionType.HEARD: _FOUND,
    SessionType.PAUSED: _BY_OPERATOR,
    SessionType.RESUMED: _BY_OPERATOR,
    SessionType.PACED: _BY_OPERATOR,
    SessionType.RECONNECT_REQUESTED: {**_DOWN, **_BY_OPERATOR},
    SessionType.DISCONNECT_REQUESTED: _BY_OPERATOR,
    SessionType.DELETED: {"status": "qr_pending", "phone_number": None, **_BY_OPERATOR},
    SessionType.VERIFYING: _NOTICE,
    SessionType.VERIFIED: _NOTICE,
    MessageType.CREATED: {"status": "pending", "version": 1},
    MessageType.RELEASED: {"status": "pending"},
    MessageType.ACCEPTED: {"outcome": "accepted"},
    MessageType.SENT: {"status": "sent", "outcome": "sent", "confirmed_by": "http"},
    MessageType.DELIVERED: {"status": "sent", "delivered_at": NOW, "delivered_to": 1},
    MessageType.READ: {"status": "sent", "delivered_at": EARLIER, "read_at": NOW, "read_by": 1},
    MessageType.FAILED: {
        "status": "failed",
        "outcome": "permanent",
        "retry_count": 1,
        "error_message": "Not on WhatsApp",
    },
    MessageType.RETRY_SCHEDULED: {
        "status": "pending",
        "outcome": "transient",
        "retry_count": 1,
        "next_attempt_at": "2026-03-01T09:00:35Z",
        "error_message": "The gateway answered 500",
    },
    MessageType.HELD: {"status": "pending", "outcome": "session_down"},
    MessageType.UNCONFIRMED: {"outcome": "unconfirmed", "error_message": "The gateway did not answer in time"},
    MessageType.RETRIED: {"status": "pending", "next_attempt_at": NOW, **_BY_OPERATOR},
    MessageType.CANCELLED: {"status": "cancelled", **_BY_OPERATOR},
    MessageType.CHECK_REQUESTED: {"outcome": "unconfirmed", "actor": ACTOR},
    GatewayEventType.STATUS: {"state": "connected", "phone_number": "4915112345678"},
    GatewayEventType.FAILED: {
        "gateway_message_id": "3EB0A1B2C3",
        "outcome": "transient",
        "detail": "Timed out waiting for the session",
    },
    GatewayEventType.REJECTED: {
        "gateway_message_id": "3EB0A1B2C3",
        "outcome": "restricted",
        "detail": "error 463",
        "error_code": 463,
    },
}
_OF_A_MESSAGE = {"gateway_message_id": "3EB0A1B2C3", "recipient": "4915187654321"}


def example_payload(channel: Channel, record_type: RecordType) -> dict[str, Any]:
    """A body of that type."""
    payload = dict(_OF_MODEL[channel.model])
    if channel.model in {SessionFact, MessageFact}:
        payload["type"] = record_type.value
    if channel.model is GatewayEvent:
        payload["kind"] = record_type.value.removeprefix("gateway.")
        payload |= {} if record_type in _OF_TYPE else _OF_A_MESSAGE
    return payload | _OF_TYPE.get(record_type, {})


def example_headers(channel: Channel, record_type: RecordType) -> dict[str, str]:
    """The headers that go with it."""
    headers = CloudEventHeaders(f"/truesend/{channel.writers[0]}").of(
        UUID(EVENT), record_type.value, datetime.fromisoformat(NOW), TRACEPARENT
    )
    return {name: value.decode() for name, value in headers}
