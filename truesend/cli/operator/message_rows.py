"""Messages as people read them: a list, one with its attempts, and its story as a timeline."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from truesend.cli.operator.client import Json
from truesend.cli.terminal import Column, moment

COLUMNS = (
    Column("ID", whole=True),
    Column("STATUS", whole=True),
    Column("RECIPIENT"),
    Column("SCHEDULED"),
    Column("SESSION"),
    Column("FAILED", whole=True),
    Column("WHY"),
)
ATTEMPTS = (
    Column("NO", whole=True),
    Column("STARTED", whole=True),
    Column("OUTCOME", whole=True),
    Column("HTTP"),
    Column("GATEWAY"),
    Column("ANSWER"),
)
TIMELINE = (Column("WHEN", whole=True), Column("WHAT", whole=True), Column("STATUS", whole=True), Column("DETAILS"))
_TOLD_ALREADY = frozenset(
    {
        "type",
        "status",
        "occurred_at",
        "created_at",
        "position",
        "id",
        "organization_id",
        "version",
        "session_id",
        "previous_status",
    }
)
_DETAILS_LIMIT = 300


class MessageStatus(StrEnum):
    """The CRM's words."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


def cells(message: Json) -> Sequence[object]:
    """A row of the list."""
    return (
        message["id"],
        message["status"],
        message["recipient"],
        moment(message["scheduled_for"]),
        message["session_id"],
        message["retry_count"],
        why(message),
    )


def why(message: Json) -> str:
    """Why it is not sent yet, or not at all: what holds it, a doubt about it, or what went wrong, in the gateway's words."""
    if message["held_reason"] is not None:
        until = f" until {moment(message['held_until'])}" if message["held_until"] else ""
        return f"held: {message['held_reason']}{until}"
    if message["status"] == "sending" and message["unconfirmed_at"] is not None:
        return "unconfirmed: it may have been sent"
    if message["status"] in {"sent", "cancelled"}:
        return ""
    return " | ".join(words for words in (message["error_message"], message["vps_error"]) if words)


def fields(message: Json) -> list[tuple[str, object]]:
    """Everything about one but its attempts and its story."""
    return [
        ("id", message["id"]),
        ("status", message["status"]),
        ("why", why(message)),
        ("recipient", message["recipient"]),
        ("session", message["session_id"]),
        ("text", message["message_content"]),
        ("media", message["media_url"]),
        ("batch", message.get("batch_id")),
        ("created", moment(message["created_at"])),
        ("scheduled", moment(message["scheduled_for"])),
        ("next attempt", moment(message["next_attempt_at"])),
        ("accepted", moment(message["accepted_at"])),
        ("unconfirmed", moment(message["unconfirmed_at"])),
        ("sent", moment(message["sent_at"])),
        ("delivered", moment(message["delivered_at"])),
        ("read", moment(message["read_at"])),
        ("failed attempts", message["retry_count"]),
        ("error", message["error_message"]),
        ("gateway's words", message["vps_error"]),
        ("gateway's id", message["gateway_message_id"]),
    ]


def attempt_cells(attempt: Json) -> Sequence[object]:
    """A row of the attempts."""
    outcome = attempt["outcome"] if attempt["applied"] else f"{attempt['outcome']} (too late)"
    return (
        attempt["number"],
        moment(attempt["started_at"]),
        outcome,
        attempt["http_status"],
        attempt["gateway"],
        attempt["answer"],
    )


def timeline_cells(item: Json) -> Sequence[object]:
    """A row of the story. Other fields of an entry than those everybody knows are its details."""
    return (
        moment(item["occurred_at"]),
        item["type"],
        item.get("status"),
        ", ".join(_details(item))[:_DETAILS_LIMIT],
    )


def _details(item: Json) -> Iterator[str]:
    for name, value in item.items():
        if name not in _TOLD_ALREADY and value not in (None, "", False) and not (name == "retry_count" and value == 0):
            yield f"{name} {moment(value) if name.endswith('_at') else value}"
