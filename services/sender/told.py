"""What one gateway event says about a message, in the words that evidence is kept in. Pure.

The same thing told twice becomes the same ``told_key``, however often and whenever it comes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from services.sender.chats import chat_of
from truesend.contracts.events import GatewayEvent
from truesend.gateways.protocol import OutcomeKind
from truesend.gateways.redaction import bounded

# A moment further ahead of its arrival is the word of a clock that is wrong.
CLOCK_TRUST = timedelta(seconds=5)
LONGEST_ID = 256
LARGEST_CODE = 2**31 - 1
KINDS = frozenset({"sent", "failed", "rejected", "delivered", "read"})
_SAME_THING = UUID("6f1c9a52-2c1b-5a86-9a4f-0b7a4a7c3d11")
_FAILURES = frozenset(
    {
        OutcomeKind.SESSION_DOWN,
        OutcomeKind.TRANSIENT,
        OutcomeKind.NEVER_TRANSMITTED,
        OutcomeKind.PERMANENT,
        OutcomeKind.RESTRICTED,
        OutcomeKind.CONFIG_ERROR,
        # it proves nothing, and is kept as the gateway's word
        OutcomeKind.UNCONFIRMED,
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a gateway told. ``told_at`` is the gateway's time where ``is_timed``, else the time of arrival."""

    told_key: UUID
    gateway: str
    gateway_session_id: str
    kind: str
    gateway_message_id: str | None
    chat: str | None
    reader: str | None
    told_at: datetime
    is_timed: bool
    outcome: str | None
    words: str | None
    error_code: int | None
    received_at: datetime


def told_by(event: GatewayEvent) -> Told | None:
    """What an event tells; None for another service's kinds, and for what names neither a message nor a chat."""
    gateway_message_id, chat = _text(event.gateway_message_id), chat_of(event.recipient)
    if event.kind not in KINDS or "\0" in event.gateway_session_id + event.gateway:
        return None
    if gateway_message_id is None and (chat is None or event.kind in {"delivered", "read"}):
        return None
    received_at = _aware(event.received_at)
    believed = _believed(event.occurred_at, received_at)
    told_at = believed or received_at
    words = bounded((event.detail or "").replace("\0", " ")) or None
    reader = (chat_of(event.reader) or _text(event.reader)) if event.kind in {"delivered", "read"} else None
    about = gateway_message_id or f"{chat} at {told_at.isoformat()}"
    said = f"{event.error_code} {words}" if event.kind == "rejected" else ""
    return Told(
        told_key=uuid5(_SAME_THING, "\n".join((event.kind, about, reader or "", said))),
        gateway=event.gateway,
        gateway_session_id=event.gateway_session_id,
        kind=event.kind,
        gateway_message_id=gateway_message_id,
        chat=chat,
        reader=reader,
        told_at=told_at,
        is_timed=believed is not None,
        outcome=_outcome(event),
        words=words,
        error_code=event.error_code if event.error_code and abs(event.error_code) <= LARGEST_CODE else None,
        received_at=received_at,
    )


def _text(text: str | None) -> str | None:
    """An id that can be one: cut short, it would be another's."""
    return text if text and len(text) <= LONGEST_ID and "\0" not in text else None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _believed(occurred_at: datetime | None, received_at: datetime) -> datetime | None:
    if occurred_at is None or (moment := _aware(occurred_at)) - received_at > CLOCK_TRUST:
        return None
    return min(moment, received_at)


def _outcome(event: GatewayEvent) -> str | None:
    if event.kind == "rejected":
        restricted = event.outcome == OutcomeKind.RESTRICTED
        return str(OutcomeKind.RESTRICTED if restricted else OutcomeKind.PERMANENT)
    if event.kind == "failed":
        return event.outcome if event.outcome in _FAILURES else str(OutcomeKind.TRANSIENT)
    return None
