"""What a VPS's webhook tells: at most one event, by the tables below. Pure.

A status has no ``event`` field; a callback, a rejection and a receipt have one. Nothing in a body raises, and whatever
cannot be told apart from nonsense is left out.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import orjson

from truesend.gateways.gateway_time import believable
from truesend.gateways.protocol import (
    ObservedState,
    Outcome,
    OutcomeKind,
    ParsedWebhook,
    RefusedWebhook,
    WebhookEvent,
    WebhookKind,
    WebhookRefusal,
)
from truesend.gateways.vps_lookups import message_id_text
from truesend.gateways.vps_sends import MEANT_OUTCOMES, message_id
from truesend.gateways.vps_sessions import Clean, told_state
from truesend.gateways.wording import Meaning, error_words, meaning, restriction_code

EVENTS: Final[Mapping[str, WebhookKind]] = {
    "message_sent": WebhookKind.SENT,
    "message_failed": WebhookKind.FAILED,
    "message_error": WebhookKind.REJECTED,
    "delivered": WebhookKind.DELIVERED,
    "read": WebhookKind.READ,
}
STATUS_EVENT: Final = "status"
UNKNOWN_EVENT: Final = "unknown"

_RECEIPTS: Final = frozenset({WebhookKind.DELIVERED, WebhookKind.READ})
_CHAT_KEYS: Final = ("groupJid", "jid", "phone", "to")
_READER_KEYS: Final = ("readerPhone", "participant")
_ERROR_CODE_LIMIT: Final = 100_000


def parse(body: bytes, clean: Clean, now: datetime) -> ParsedWebhook | RefusedWebhook:
    """What an authentic body tells. ``clean`` makes the gateway's words fit to be kept; ``now`` bounds its times."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return RefusedWebhook(WebhookRefusal.UNREADABLE)
    return read(fields, clean, now) if isinstance(fields, dict) else RefusedWebhook(WebhookRefusal.UNREADABLE)


def read(fields: Mapping[str, object], clean: Clean, now: datetime) -> ParsedWebhook:
    """As ``parse``, of a body that is read."""
    session_id = message_id_text(fields.get("sessionId"))
    name, event = _named(fields, session_id, clean, now)
    return ParsedWebhook(session_id, name, (event,) if event is not None else ())


def _named(
    fields: Mapping[str, object], session_id: str | None, clean: Clean, now: datetime
) -> tuple[str, WebhookEvent | None]:
    name = fields.get("event")
    if name is None and isinstance(fields.get("status"), str):
        return STATUS_EVENT, _status(fields, session_id, clean, now) if session_id else None
    kind = EVENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        return UNKNOWN_EVENT, None
    return str(name), _about_message(kind, fields, session_id, clean, now) if session_id else None


def _status(fields: Mapping[str, object], session_id: str, clean: Clean, now: datetime) -> WebhookEvent | None:
    observation = told_state(session_id, fields, error_words(fields), clean)
    if observation.state is ObservedState.CANNOT_TELL:
        return None
    return WebhookEvent(
        WebhookKind.STATUS, session_id, believable(fields.get("timestamp"), now), observation=observation
    )


def _about_message(
    kind: WebhookKind, fields: Mapping[str, object], session_id: str, clean: Clean, now: datetime
) -> WebhookEvent | None:
    kind = _as_its_status_says(kind, fields)
    gateway_id, recipient = message_id_text(message_id(fields)), _text_at(fields, _CHAT_KEYS)
    if gateway_id is None and (recipient is None or kind in _RECEIPTS):
        return None
    return WebhookEvent(
        kind,
        session_id,
        believable(fields.get("timestamp"), now),
        gateway_message_id=gateway_id,
        recipient=recipient,
        reader=_text_at(fields, _READER_KEYS) if kind in _RECEIPTS else None,
        outcome=_OUTCOMES[kind](fields, clean) if kind in _OUTCOMES else None,
        error_code=_error_code(fields),
    )


def _as_its_status_says(kind: WebhookKind, fields: Mapping[str, object]) -> WebhookKind:
    """A callback that is named sent and says failed, or tells of an error, is a failure: never the other way round."""
    if kind is WebhookKind.SENT and (fields.get("status") == "failed" or fields.get("error")):
        return WebhookKind.FAILED
    return kind


def _failure(fields: Mapping[str, object], clean: Clean) -> Outcome:
    """An engine's error of no known meaning may pass, as it does in an answer to a send."""
    words = error_words(fields)
    said = Meaning.RESTRICTED if restriction_code(fields) else meaning(words)
    kind = MEANT_OUTCOMES.get(said, OutcomeKind.TRANSIENT)
    return Outcome(kind, clean(words or "the gateway reported a failure without a word"))


def _rejection(fields: Mapping[str, object], clean: Clean) -> Outcome:
    """WhatsApp itself refused what the gateway had called sent."""
    words, code = error_words(fields), _error_code(fields)
    restricted = restriction_code(fields) or meaning(words) is Meaning.RESTRICTED
    kind = OutcomeKind.RESTRICTED if restricted else OutcomeKind.PERMANENT
    told = words or "WhatsApp rejected the message"
    return Outcome(kind, clean(f"{told} (error {code})" if code is not None else told))


_OUTCOMES: Final[Mapping[WebhookKind, Callable[[Mapping[str, object], Clean], Outcome]]] = {
    WebhookKind.FAILED: _failure,
    WebhookKind.REJECTED: _rejection,
}


def _error_code(fields: Mapping[str, object]) -> int | None:
    code = fields.get("errorCode")
    if isinstance(code, str) and code.isascii() and code.isdecimal():
        code = int(code[:10])
    if isinstance(code, bool) or not isinstance(code, int):
        return None
    return code if abs(code) < _ERROR_CODE_LIMIT else None


def _text_at(fields: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys if (text := message_id_text(fields.get(key)))), None)
