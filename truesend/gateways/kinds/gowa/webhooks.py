"""GOWA's webhooks: receipts of messages, signed with the HMAC-SHA256 of their body. Of sessions it tells nothing.

No webhook tells of the server's ack, since the answer to the send does. A receipt that could not be decrypted (``retry``) or
that our own phone gives (``sender``) proves that the server took the message, and no more.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from truesend.gateways.answers import text_at
from truesend.gateways.chat_ids import bare_message_id, is_group, phone_digits
from truesend.gateways.gateway_time import believable
from truesend.gateways.protocol import ParsedWebhook, WebhookEvent, WebhookKind, WebhookRefusal
from truesend.gateways.webhook_secrets import hmac_refusal

SIGNATURE_HEADER: Final = "x-hub-signature-256"
RECEIPTS_EVENT: Final = "message.ack"

_NAMES: Final = frozenset(
    {
        RECEIPTS_EVENT,
        "message",
        "message.reaction",
        "message.revoked",
        "message.edited",
        "message.deleted",
        "group.participants",
        "group.joined",
        "call.offer",
    }
)
_RECEIPTS: Final[Mapping[str, WebhookKind]] = {
    "retry": WebhookKind.SENT,
    "sender": WebhookKind.SENT,
    "delivered": WebhookKind.DELIVERED,
    "read": WebhookKind.READ,
    "played": WebhookKind.READ,
}


def refusal(headers: Mapping[str, str], body: bytes, secret: str) -> WebhookRefusal | None:
    """Why a webhook is not GOWA's; None where it is."""
    given = headers.get(SIGNATURE_HEADER, "").strip()
    return hmac_refusal(given.removeprefix("sha256="), secret, body, "sha256")


def read(fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
    """What it tells. One webhook tells of many messages."""
    # older builds have no session_id
    session_id = text_at(fields, "session_id") or text_at(fields, "device_id")
    name = text_at(fields, "event")
    if session_id is None or name not in _NAMES:
        return ParsedWebhook(session_id, name if name in _NAMES else "unknown")
    events = tuple(_receipts(session_id, fields, now)) if name == RECEIPTS_EVENT else ()
    return ParsedWebhook(session_id, name, events)


def _receipts(session_id: str, fields: Mapping[str, object], now: datetime) -> Iterator[WebhookEvent]:
    payload = fields.get("payload")
    kind = _RECEIPTS.get(text_at(payload, "receipt_type") or "")
    ids = payload.get("ids") if isinstance(payload, dict) else None
    chat, person = text_at(payload, "chat_id"), text_at(payload, "from")
    if kind is None or not isinstance(ids, list) or _is_our_own(kind, person, fields):
        return
    is_reader_s = kind is not WebhookKind.SENT
    for message_id in filter(None, map(bare_message_id, ids)):
        yield WebhookEvent(
            kind,
            session_id,
            believable(fields.get("timestamp"), now),
            gateway_message_id=message_id,
            recipient=person if is_reader_s and _hides_the_number(chat) else chat,
            reader=person if is_reader_s and chat is not None and is_group(chat) else None,
        )


def _hides_the_number(chat: str | None) -> bool:
    return chat is None or chat.endswith("@lid")


def _is_our_own(kind: WebhookKind, person: str | None, fields: Mapping[str, object]) -> bool:
    """Whether a phone of ours has read, or played, what somebody else wrote."""
    ours = phone_digits(fields.get("device_id"))
    return kind is not WebhookKind.SENT and ours is not None and phone_digits(person) == ours
