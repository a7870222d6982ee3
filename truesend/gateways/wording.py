"""What gateways' error texts mean. Engines and their wrappers agree on few codes; they agree more on words.

The session-down pattern was gathered from recorded answers of real gateways, each with WhatsApp out of reach.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

_READ_LIMIT: Final = 4_000
_DEPTH_LIMIT: Final = 4

RESTRICTION_CODES: Final = frozenset({420, 463, 475, 479})

_ERROR_KEYS: Final = (
    "error",
    "message",
    "errorMessage",
    "reason",
    "detail",
    "details",
    "description",
    # wrappers of the others
    "exception",
    "response",
)


class Meaning(StrEnum):
    """What words say about a send that was refused."""

    SESSION_DOWN = "session_down"
    RESTRICTED = "restricted"
    CONFIG_ERROR = "config_error"
    DOUBT = "doubt"  # it may have gone out nevertheless
    PERMANENT = "permanent"
    NOTHING_KNOWN = "nothing_known"


# Names the session, or the engine's own flag: nothing was handed to WhatsApp.
_SESSION_DOWN = re.compile(
    r"session\b.{0,120}?\b(?:not (?:connected|found|ready|active|open)|is (?:down|closed|disconnected))"
    r"|session_not_connected|session_not_found|\bno session\b(?! record)|websocket not connected"
    r"|websocket disconnected before info query"
    r"|doesn't contain a device jid|not connect to services|not logged in|invalid_wa_cli"
    r"|(?:client|whatsapp|socket) (?:is )?not connected"
    r"|reading '(?:textMessage|onWhatsApp|id)'|session status is not as expected|didn't find a session",
    re.IGNORECASE,
)
# Says what ended, but not when: beside a time-out it leaves a doubt.
_CONNECTION_ENDED = re.compile(r"connection closed|browser tab closed|session closed", re.IGNORECASE)
_RESTRICTED = re.compile(
    r"\b(?:error|code|status)\W{0,3}(?:420|463|475|479)\b|account has been restricted"
    r"|reach-?out[ _]time-?lock|temporary ban|temporarily banned",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"time[ds]?[ -]?out|etimedout|deadline exceeded|socket hang ?up|econnreset|reset before headers"
    r"|no response|unknown outcome|disconnected before .{0,40}returned response",
    re.IGNORECASE,
)
_CONFIG = re.compile(
    r"(?:invalid|missing|wrong|bad) (?:x-)?api[ -]?key|api[ -]?key (?:is )?(?:missing|required|invalid|wrong)"
    r"|unauthori[sz]ed|device_id_required|only 'default' session",
    re.IGNORECASE,
)
_PERMANENT = re.compile(
    r"not (?:registered )?on whats ?app|not a (?:valid )?whats ?app|no whats ?app account"
    r"|(?:invalid|malformed|bad) (?:phone|number|jid|recipient|wid|chat ?id)"
    r"|(?:phone|number|jid|recipient)\b.{0,60}\b(?:invalid|does not exist)"
    r"|missing required|media type .{0,40}not supported|unsupported media",
    re.IGNORECASE,
)

_IN_ORDER: Final = (
    (_RESTRICTED, Meaning.RESTRICTED),
    (_SESSION_DOWN, Meaning.SESSION_DOWN),
    (_DOUBT, Meaning.DOUBT),
    (_CONNECTION_ENDED, Meaning.SESSION_DOWN),
    (_CONFIG, Meaning.CONFIG_ERROR),
    (_PERMANENT, Meaning.PERMANENT),
)


def meaning(words: str) -> Meaning:
    """What an error text says, by the first pattern that it matches."""
    words = words[:_READ_LIMIT]
    for pattern, result in _IN_ORDER:
        if pattern.search(words):
            return result
    return Meaning.NOTHING_KNOWN


def error_words(body: Mapping[str, object]) -> str:
    """The error texts of an answer, in the order in which a reader expects them, each once; empty if there are none."""
    return ": ".join(dict.fromkeys(_texts(body, 0)))


def restriction_code(body: Mapping[str, object]) -> bool:
    """True where the answer carries one of WhatsApp's own codes for a limited number."""
    return any(_code(body.get(key)) in RESTRICTION_CODES for key in ("errorCode", "error_code", "code"))


def _code(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 9 and value.isascii() and value.isdigit():
        return int(value)
    return None


def _texts(value: object, depth: int) -> list[str]:
    if depth > _DEPTH_LIMIT:
        return []
    match value:
        case str():
            return [value] if value.strip() else []
        case list():
            return [text for item in value[:20] for text in _texts(item, depth + 1)]
        case dict():
            return [text for key in _ERROR_KEYS for text in _texts(value.get(key), depth + 1)]
        case _:
            return []
