"""What wuzapi posts: receipts and, since 2026, how a session's connection fares. Pure; nothing here raises."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

import orjson

from truesend.gateways.answers import at, text_at
from truesend.gateways.chat_ids import bare_message_id, is_group, phone_digits
from truesend.gateways.gateway_time import believable
from truesend.gateways.protocol import Observation, ObservedState, WebhookEvent, WebhookKind

FORM: Final = "application/x-www-form-urlencoded"
RECEIPT: Final = "ReadReceipt"
_FORM_FIELDS_MAX: Final = 20
_IDS_MAX: Final = 1_000
_NAMES_OF_ITS_USER: Final = ("userID", "instanceName", "token")

# A session's own devices tell of reading, too (ReadSelf): that is nobody's receipt.
_RECEIPTS: Final[Mapping[str, WebhookKind]] = {"Delivered": WebhookKind.DELIVERED, "Read": WebhookKind.READ}

# whatsmeow's events: after a Disconnected it connects again by itself, after the others below it nobody does
_CONNECTION: Final[Mapping[str, ObservedState]] = {
    "Connected": ObservedState.CONNECTED,
    "KeepAliveRestored": ObservedState.CONNECTED,
    "KeepAliveTimeout": ObservedState.CONNECTING,
    "PairSuccess": ObservedState.CONNECTING,
    "QR": ObservedState.QR_WANTED,
    "Disconnected": ObservedState.DISCONNECTED,
    "QRTimeout": ObservedState.DISCONNECTED,
    "ConnectFailure": ObservedState.DISCONNECTED,
    "StreamReplaced": ObservedState.DISCONNECTED,
    "ClientOutdated": ObservedState.DISCONNECTED,
    "TemporaryBan": ObservedState.DISCONNECTED,
    "LoggedOut": ObservedState.DISCONNECTED,
}
CONNECTION_EVENTS: Final = tuple(_CONNECTION)
_REASONS: Final = (("error",), ("reason",), ("event", "Reason"), ("event", "Code"), ("event", "Message"))


def fields_of(headers: Mapping[str, str], body: bytes) -> object:
    """A webhook's fields: JSON, or JSON inside a form, beside what names the gateway's user. None where it is neither."""
    try:
        if not headers.get("content-type", "").lower().startswith(FORM):
            return orjson.loads(body)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_FORM_FIELDS_MAX))
        fields = orjson.loads(form.get("jsonData", ""))
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    return {**fields, **{name: form[name] for name in _NAMES_OF_ITS_USER if name in form}}


def name_of(fields: Mapping[str, object]) -> str:
    """The event's name, if it is one of those that are read here."""
    name = text_at(fields, "type")
    return name if name is not None and (name == RECEIPT or name in _CONNECTION) else "unknown"


def events_of(fields: Mapping[str, object], session_id: str, now: datetime) -> tuple[WebhookEvent, ...]:
    """What a webhook tells of a session: each of the messages that a receipt is about, or the session's state."""
    name = name_of(fields)
    if name == RECEIPT:
        return _receipts(fields, session_id, now)
    state = _CONNECTION.get(name)
    return () if state is None else (_connection(fields, name, state, session_id),)


def number_of(jid: object) -> str | None:
    """The number of a JID as whatsmeow writes it: ``4915.0:52@s.whatsapp.net`` names a device, too."""
    return phone_digits(jid.partition(".")[0]) if isinstance(jid, str) and not jid.endswith("@lid") else None


def _receipts(fields: Mapping[str, object], session_id: str, now: datetime) -> tuple[WebhookEvent, ...]:
    kind = _RECEIPTS.get(text_at(fields, "state") or "")
    event = fields.get("event")
    ids, chat = at(event, "MessageIDs"), text_at(event, "Chat")
    if kind is None or at(event, "IsFromMe") is True or not isinstance(ids, list):
        return ()
    reader = text_at(event, "Sender") if chat is not None and is_group(chat) else None
    at_time = believable(at(event, "Timestamp"), now)
    return tuple(
        WebhookEvent(kind, session_id, at_time, gateway_message_id=message_id, recipient=chat, reader=reader)
        for each in ids[:_IDS_MAX]
        if (message_id := bare_message_id(each)) is not None
    )


def _connection(fields: Mapping[str, object], name: str, state: ObservedState, session_id: str) -> WebhookEvent:
    reasons = dict.fromkeys(text for path in _REASONS if (text := _text(at(fields, *path))))
    seen = Observation(
        state,
        "" if state is ObservedState.CONNECTED else ": ".join((name, *reasons)),
        number_of(at(fields, "event", "ID")),
    )
    return WebhookEvent(WebhookKind.STATUS, session_id, observation=seen)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value else ""
