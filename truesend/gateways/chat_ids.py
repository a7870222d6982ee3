"""WhatsApp's ids as gateways write them: of chats, of people, of messages. Pure; nothing here raises."""

import re
from typing import Final

from truesend.gateways.answers import at

_PHONE_DIGITS_MAX: Final = 20


def is_group(recipient: str) -> bool:
    """Whether a recipient is a group."""
    return recipient.endswith("@g.us")


def chat_id(recipient: str, server: str) -> str:
    """A recipient as a JID: digits at ``server`` (``c.us``, ``s.whatsapp.net``); what is a JID already stays."""
    return recipient if "@" in recipient else f"{recipient}@{server}"


def phone_digits(value: object) -> str | None:
    """The digits of a number or of a JID (whose part after ``:`` or ``@`` is no number); None where there are none."""
    if not isinstance(value, str) or value.endswith("@lid"):
        return None
    digits = re.sub(r"[^0-9]", "", re.split(r"[:@]", value[:100], maxsplit=1)[0])
    return digits if 0 < len(digits) <= _PHONE_DIGITS_MAX else None


def bare_message_id(value: object) -> str | None:
    """WhatsApp's own id of a message: ``true_<chat>_<id>`` and, in groups, ``true_<chat>_<id>_<participant>`` name more."""
    if not isinstance(value, str) or not value:
        return None
    parts = value.split("_")
    return (parts[2] or None) if len(parts) >= 3 and parts[0] in {"true", "false"} else value


def chat_of_message_id(value: object) -> str | None:
    """The chat that a message id of that form names."""
    parts = value.split("_") if isinstance(value, str) else []
    return (parts[1] or None) if len(parts) >= 3 and parts[0] in {"true", "false"} else None


def engine_message_id(message: object) -> str | None:
    """The bare id of a message as engines write it: an id, or an object with ``id``, ``_serialized`` or ``key``."""
    for path in (
        ("id",),
        ("id", "_serialized"),
        ("id", "id"),
        ("key", "id"),
        ("_data", "key", "id"),
        ("_data", "id", "id"),
    ):
        if (found := bare_message_id(at(message, *path))) is not None:
            return found
    return None
