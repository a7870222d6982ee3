"""An example of each request and its answer, by the operation's id. Tests hold each against its own schema."""

from dataclasses import dataclass, field
from typing import Any

from truesend.contracts.record_examples import ACTOR, EARLIER, MESSAGE, NOW, ORGANIZATION, SESSION

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
BATCH = "7c6b5a49-3827-4615-8f0e-9d8c7b6a5f66"
PARAMETERS = {
    "session_id": SESSION,
    "message_id": MESSAGE,
    "batch_id": BATCH,
    "gateway": "default",
    "Idempotency-Key": "reminder-4711",
    "Last-Event-ID": "1042",
    "last_event_id": "1042",
    "phone_number": "4915123456789",
}


@dataclass(frozen=True, slots=True)
class Example:
    """What is sent, and what comes back by its media type. An answer without a body has none."""

    request: Any = None
    answers: dict[str, Any] = field(default_factory=dict)


_SESSION = {
    "id": SESSION,
    "organization_id": ORGANIZATION,
    "phone_number": "4915112345678",
    "display_name": "Reception",
    "status": "disconnected",
    "badge": "disconnected",
    "verifying": False,
    "superseded_by": None,
    "silent_since": None,
    "gateway": "default",
    "last_error": "Logged out from the phone",
    "last_error_at": NOW,
    "last_verified_at": NOW,
    "connected_at": "2026-02-01T08:00:00Z",
    "last_active_at": EARLIER,
    "created_at": "2026-01-01T08:00:00Z",
    "updated_at": NOW,
    "version": 7,
}
_MESSAGE = {
    "id": MESSAGE,
    "organization_id": ORGANIZATION,
    "session_id": SESSION,
    "recipient": "4915187654321",
    "message_content": "Tomorrow at ten.",
    "media_url": None,
    "media_type": None,
    "scheduled_for": EARLIER,
    "status": "pending",
    "sent_at": None,
    "error_message": None,
    "vps_error": None,
    "retry_count": 0,
    "next_attempt_at": None,
    "attempt_started_at": None,
    "gateway_message_id": None,
    "accepted_at": None,
    "unconfirmed_at": None,
    "delivered_at": None,
    "read_at": None,
    "version": 1,
    "created_at": EARLIER,
    "held_reason": "session_down",
    "held_until": None,
    "confirmed_by": None,
    "max_attempts": 3,
}
_SENT = {
    **_MESSAGE,
    "status": "sent",
    "sent_at": NOW,
    "attempt_started_at": EARLIER,
    "gateway_message_id": "3EB0A1B2C3",
    "version": 3,
    "held_reason": None,
    "confirmed_by": "http",
}
_ATTEMPT = {
    "number": 1,
    "session_id": SESSION,
    "gateway": "default",
    "recipient": "4915187654321",
    "claimed_at": EARLIER,
    "started_at": EARLIER,
    "finished_at": NOW,
    "outcome": "sent",
    "http_status": 200,
    "gateway_message_id": "3EB0A1B2C3",
    "answer": None,
    "applied": True,
}
_SESSION_HISTORY = {
    "id": SESSION,
    "type": "session.disconnected",
    "status": "disconnected",
    "occurred_at": NOW,
    "position": 1042,
    "created_at": NOW,
    "last_error": "Logged out from the phone",
    "previous_status": "connected",
}
_MESSAGE_HISTORY = {
    "id": MESSAGE,
    "type": "message.sent",
    "status": "sent",
    "occurred_at": NOW,
    "position": 1043,
    "created_at": NOW,
    "confirmed_by": "http",
}
_STORY = {**_SENT, "attempts": [_ATTEMPT], "history": [_MESSAGE_HISTORY], "history_next_cursor": None}
_REASON = {"reason": "the phone is being replaced"}
_QR = {
    "session_id": SESSION,
    "status": "qr_pending",
    "qr": "2@abcdefgh",
    "qr_expires_at": NOW,
    "pairing_code": None,
    "offers_pairing_code": True,
    "detail": None,
}
_LIVE = (
    "retry: 2000\nid: 1042\n\n"
    "event: session\nid: 1043\n"
    f'data: {{"id": "{SESSION}", "type": "session.connected", "status": "connected", "position": 1043}}\n\n'
    ": keep-alive\n\n"
)


_PACE = {
    "min_interval_ms": 2_000,
    "jitter_ms": 1_000,
    "hourly_cap": 200,
    "daily_cap": 1_000,
    "quiet_hours": {"from": "22:00", "to": "08:00", "time_zone": "Europe/Berlin"},
}
_QUEUE = {
    **_PACE,
    "session_id": SESSION,
    "time_zone": "Europe/Berlin",
    "started_in_hour": 12,
    "started_on_day": 340,
    "paused": False,
    "paused_at": None,
    "paused_by": None,
    "pause_reason": None,
    "held_reason": None,
    "held_until": None,
    "updated_at": EARLIER,
    "updated_by": ACTOR,
}
_PAUSED = {
    **_QUEUE,
    "paused": True,
    "paused_at": NOW,
    "paused_by": ACTOR,
    "pause_reason": _REASON["reason"],
    "held_reason": "paused",
}
_POSTED_BATCH = {
    "batch_id": BATCH,
    "results": [
        {"id": MESSAGE},
        {
            "error": {
                "detail": "session_id: must be a uuid",
                "errors": [{"field": "session_id", "detail": "must be a uuid"}],
            }
        },
    ],
}
_BATCH = {
    "id": BATCH,
    "batch_id": BATCH,
    "created_at": EARLIER,
    "created_by": ACTOR,
    "total": 400,
    "accepted": 398,
    "refused": 2,
    "counts": {"pending": 199, "sending": 1, "sent": 196, "failed": 2, "cancelled": 0},
    "unconfirmed": 1,
    "delivered": 180,
    "read": 42,
    "progress": 0.4975,
    "finished": False,
    "seconds_left": 500.0,
}


_HOUR = "2026-03-01T09:00:00Z"
_OVERVIEW = {
    "as_of": NOW,
    "since": _HOUR,
    "hours": 1,
    "sessions": {
        "connected": 3,
        "silent": 0,
        "disconnected": 1,
        "connecting": 0,
        "scan_qr": 0,
        "cannot_verify": 1,
        "never_paired": 0,
    },
    "messages": {"pending": 12, "sending": 1, "unconfirmed": 0, "sent": 48, "failed": 1, "cancelled": 0},
    "outcomes": [{"hour": _HOUR, "sent": 48, "failed": 1, "cancelled": 0, "unconfirmed": 0}],
    "time_to_confirm": [{"hour": _HOUR, "confirmed": 48, "median_s": 0.4, "p95_s": 2.1}],
    "queues": [
        {
            "session_id": SESSION,
            "waiting": 12,
            "oldest_due_at": EARLIER,
            "held_reason": "session_down",
            "held_until": None,
        }
    ],
    "uptime": [{"session_id": SESSION, "segments": [{"from": EARLIER, "to": NOW, "state": "down"}]}],
    "alerts": [
        {
            "id": "9a1c6f0e-2d3b-4c5d-8e7f-1a2b3c4d5e44",
            "kind": "session_down",
            "session_id": SESSION,
            "since": EARLIER,
            "raised_at": NOW,
            "resolved_at": None,
        }
    ],
    "webhooks": [
        {
            "gateway": "default",
            "says": "Webhooks arrive: the last one at 2026-03-01 09:00 UTC",
            "secret_configured": True,
            "accepted": 4711,
            "without_use": 12,
            "last_accepted_at": EARLIER,
            "refused": 0,
        }
    ],
}
_NEW_SESSION = {
    **_SESSION,
    "phone_number": None,
    "badge": "never_paired",
    "last_error": None,
    "last_error_at": None,
    "last_verified_at": None,
    "connected_at": None,
    "last_active_at": None,
    "created_at": NOW,
    "version": 0,
}


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {"items": [item], "next_cursor": None}


def _order(status: str) -> dict[str, Any]:
    return {"session_id": SESSION, "status": status, "qr_url": f"/v1/sessions/{SESSION}/qr"}


EXAMPLES: dict[str, Example] = {
    "list_sessions": Example(answers={JSON: _page(_SESSION)}),
    "create_session": Example({"display_name": "Reception", "gateway": "default"}, {JSON: _NEW_SESSION}),
    "get_session": Example(answers={JSON: _SESSION}),
    "session_history": Example(answers={JSON: _page(_SESSION_HISTORY)}),
    "verify_sessions": Example({"session_ids": [SESSION]}, {JSON: {"verifying": [SESSION], "fresh": []}}),
    "verify_session": Example(answers={JSON: {"verifying": [SESSION], "fresh": []}}),
    "reconnect_session": Example(_REASON, {JSON: _order("disconnected")}),
    "disconnect_session": Example(_REASON, {JSON: _order("connected")}),
    "session_qr": Example(answers={JSON: _QR, EVENT_STREAM: "event: qr\ndata: {…}\n\nevent: connected\ndata: {…}\n\n"}),
    "delete_session": Example(),
    "pause_session": Example(_REASON, {JSON: _PAUSED}),
    "resume_session": Example(_REASON, {JSON: _QUEUE}),
    "get_pace": Example(answers={JSON: _QUEUE}),
    "set_pace": Example(_PACE, {JSON: _QUEUE}),
    "create_message": Example(
        {
            "session_id": SESSION,
            "recipient": "+49 151 87654321",
            "message_content": "Tomorrow at ten.",
            "scheduled_for": EARLIER,
        },
        {JSON: _MESSAGE},
    ),
    "list_messages": Example(answers={JSON: _page(_SENT)}),
    "get_message": Example(answers={JSON: _STORY}),
    "message_history": Example(answers={JSON: _page(_MESSAGE_HISTORY)}),
    "create_batch": Example(
        {
            "messages": [
                {"session_id": SESSION, "recipient": "+49 151 87654321", "message_content": "Tomorrow at ten."},
                {"session_id": SESSION, "recipient": "120363000000000001@g.us", "message_content": "Tomorrow at ten."},
            ]
        },
        {JSON: _POSTED_BATCH},
    ),
    "get_batch": Example(answers={JSON: _BATCH}),
    "retry_messages": Example(
        {"filter": {"status": "failed", "session_id": SESSION}, "dry_run": True},
        {
            JSON: {
                "matched": 12,
                "retried": 0,
                "refused": 1,
                "refused_by": {"no_recipient": 1},
                "dry_run": True,
                "more": False,
                "next_cursor": None,
            }
        },
    ),
    "retry_message": Example({"session_id": SESSION, "force": False}, {JSON: {**_MESSAGE, "next_attempt_at": NOW}}),
    "cancel_message": Example(_REASON, {JSON: {**_MESSAGE, "status": "cancelled", "held_reason": None}}),
    "check_message": Example(_REASON, {JSON: {**_MESSAGE, "status": "sending", "unconfirmed_at": NOW}}),
    "mark_delivered": Example(
        {"at": NOW, **_REASON}, {JSON: {**_SENT, "delivered_at": NOW, "confirmed_by": "operator"}}
    ),
    "get_overview": Example(answers={JSON: _OVERVIEW}),
    "stream_events": Example(answers={EVENT_STREAM: _LIVE}),
    "take_webhook": Example(
        {"sessionId": f"wa_{SESSION}", "status": "connected", "phone": "4915112345678", "timestamp": NOW}
    ),
    "health_of_webhooks": Example(
        answers={
            JSON: {
                "gateway": "default",
                "says": "12 webhooks refused since 09:14 UTC: wrong secret",
                "secret_configured": True,
                "accepted": 4711,
                "without_use": 12,
                "last_accepted_at": EARLIER,
                "refused": [{"reason": "wrong_secret", "refused": 12, "since": EARLIER, "last_at": NOW}],
                "recent": [
                    {
                        "refused_at": NOW,
                        "gateway": "default",
                        "reason": "wrong_secret",
                        "sender_address": "203.0.113.7",
                    }
                ],
            }
        }
    ),
    "healthz": Example(answers={JSON: {"alive": True, "stale": []}}),
    "readyz": Example(answers={JSON: {"ready": True, "problems": {}, "warnings": {}}}),
    "metrics": Example(answers={"text/plain": "truesend_records_published_total 42.0\n"}),
}
