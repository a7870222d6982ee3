"""What Evolution's webhooks tell.

They are not signed: what proves them is the header that ``register_webhook`` has set, which the global webhook does not
send. ``date_time`` is the server's local time with a Z behind it: it orders what is said of a session, and is no moment.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from truesend.gateways.answers import at, objects, text_at
from truesend.gateways.chat_ids import bare_message_id, is_group, phone_digits
from truesend.gateways.dialect import rejection
from truesend.gateways.gateway_time import believable
from truesend.gateways.kinds.evolution.states import why_closed
from truesend.gateways.protocol import Observation, ObservedState, ParsedWebhook, WebhookEvent, WebhookKind

# as they are subscribed to; as they are posted, it is ``connection.update``
EVENTS: Final = ("CONNECTION_UPDATE", "STATUS_INSTANCE", "QRCODE_UPDATED", "MESSAGES_UPDATE")

# DELETED is also what Evolution calls a status that it does not know
_ACKS: Final[Mapping[str, WebhookKind]] = {
    "ERROR": WebhookKind.REJECTED,
    "SERVER_ACK": WebhookKind.SENT,
    "DELIVERY_ACK": WebhookKind.DELIVERED,
    "READ": WebhookKind.READ,
    "PLAYED": WebhookKind.READ,
}

NamedState = Callable[[object], Observation]


def read(fields: Mapping[str, object], now: datetime, named_state: NamedState) -> ParsedWebhook:
    """What an authentic webhook tells; ``named_state`` knows the names of states."""
    session_id, name, data = text_at(fields, "instance"), text_at(fields, "event"), fields.get("data")
    match name:
        case "connection.update":
            told = _told_state(data, named_state)
        case "status.instance":
            told = _told_end(data)
        case "qrcode.updated":
            told = _told_qr(data)
        case "messages.update":
            return ParsedWebhook(session_id, name, _acks(session_id or "", data))
        case _:
            return ParsedWebhook(session_id, "unknown")
    if told is None or session_id is None:
        return ParsedWebhook(session_id, name)
    order = believable(fields.get("date_time"), now)
    return ParsedWebhook(session_id, name, (WebhookEvent(WebhookKind.STATUS, session_id, order, observation=told),))


def _told_state(data: object, named_state: NamedState) -> Observation | None:
    seen = named_state(at(data, "state"))
    match seen.state:
        case ObservedState.CANNOT_TELL:
            return None
        case ObservedState.CONNECTED:
            return Observation(seen.state, phone_number=phone_digits(at(data, "wuid")))
        case ObservedState.DISCONNECTED:
            return Observation(seen.state, why_closed(at(data, "statusReason")))
        case _:
            return seen


def _told_end(data: object) -> Observation | None:
    if text_at(data, "status") != "closed":
        return None
    return Observation(ObservedState.DISCONNECTED, why_closed(at(data, "disconnectionReasonCode")))


def _told_qr(data: object) -> Observation | None:
    """Without a code it says that no more come; ``refused`` follows."""
    code = text_at(data, "qrcode", "base64") or text_at(data, "qrcode", "code")
    if code is None:
        return None
    return Observation(ObservedState.QR_WANTED, qr=code, pairing_code=text_at(data, "qrcode", "pairingCode"))


def _acks(session_id: str, data: object) -> tuple[WebhookEvent, ...]:
    updates = objects(data) if isinstance(data, list) else [data]
    return tuple(event for update in updates if (event := _ack(session_id, update)) is not None)


def _ack(session_id: str, update: object) -> WebhookEvent | None:
    kind = _ACKS.get(text_at(update, "status") or "")
    if kind is None or at(update, "fromMe") is False:
        return None
    chat, participant = text_at(update, "remoteJid"), text_at(update, "participant")
    # in a chat of two, and in some builds everywhere, the participant is the chat
    is_receipt = kind in {WebhookKind.DELIVERED, WebhookKind.READ} and chat is not None and is_group(chat)
    return WebhookEvent(
        kind,
        session_id,
        gateway_message_id=bare_message_id(at(update, "keyId")),
        recipient=chat,
        reader=participant if is_receipt and participant != chat else None,
        # the code of the refusal (463, 479) is not passed on
        outcome=rejection("WhatsApp refused the message", None) if kind is WebhookKind.REJECTED else None,
    )
