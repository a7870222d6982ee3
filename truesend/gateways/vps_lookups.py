"""What a VPS's answer to a look-up means: the last message to a chat, as far as the gateway can tell. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from truesend.gateways.gateway_time import clock_error, corrected, parse_time
from truesend.gateways.http_answers import Answer
from truesend.gateways.protocol import LookupResult, LookupVerdict
from truesend.gateways.vps_sends import message_id
from truesend.gateways.vps_sessions import Clean

_CONFIRMING: Final = frozenset({"sent", "server_ack", "delivered", "delivery_ack", "read", "played"})
_SERVER_ACK: Final = 2  # Baileys counts 0 error, 1 pending, 2 server ack, 3 delivery, 4 read, 5 played
_PLAYED: Final = 5
_CHAT_KEYS: Final = ("groupJid", "jid", "chatId", "phone")
_ID_LIMIT: Final = 200


def lookup_result(
    session_id: str,
    recipient: str,
    answer: Answer,
    body: Mapping[str, object] | None,
    words: str,
    clean: Clean,
    now: datetime,
) -> LookupResult:
    """What the answer shows about the last message to ``recipient``."""
    if not 200 <= answer.status < 300:
        return _cannot_tell(f"the gateway answered HTTP {answer.status}", words, clean)
    if body is None or answer.truncated:
        return _cannot_tell("the gateway's answer can't be read", words, clean)
    if _names_another(body, ("sessionId",), session_id) or _names_another(body, _CHAT_KEYS, recipient):
        return _cannot_tell("the gateway answered about another chat", "", clean)
    if body.get("success") is False or body.get("error"):
        return _cannot_tell("the gateway could not look", words, clean)
    if body.get("found") is True:
        return _found(answer, body, now)
    if body.get("found") is False:
        return LookupResult(LookupVerdict.ABSENT)
    return _cannot_tell("the gateway did not say whether it found the message", words, clean)


def message_id_text(value: object) -> str | None:
    """An id fit for a row; None for what is no id."""
    if not isinstance(value, str):
        return None
    value = value[:_ID_LIMIT]
    return (value if value.isprintable() else "".join(filter(str.isprintable, value))) or None


def _found(answer: Answer, body: Mapping[str, object], now: datetime) -> LookupResult:
    moment = parse_time(body.get("timestamp"))
    return LookupResult(
        LookupVerdict.FOUND,
        gateway_message_id=message_id_text(message_id(body)),
        sent_at=None if moment is None else corrected(moment, clock_error(answer.headers, now)),
        confirmed=_confirms(body.get("status")),
    )


def _confirms(status: object) -> bool:
    if isinstance(status, str):
        return status.strip().lower() in _CONFIRMING
    return isinstance(status, int) and not isinstance(status, bool) and _SERVER_ACK <= status <= _PLAYED


def _names_another(body: Mapping[str, object], keys: tuple[str, ...], ours: str) -> bool:
    """True where the answer names one, and it is not ours. A number may come back as a JID of that number."""
    names = [value for key in keys if isinstance(value := body.get(key), str) and value]
    return any(
        name != ours and name.split("@", 1)[0].lstrip("+") != ours.split("@", 1)[0].lstrip("+") for name in names
    )


def _cannot_tell(why: str, words: str, clean: Clean) -> LookupResult:
    return LookupResult(LookupVerdict.CANNOT_TELL, detail=clean(f"{why}: {words}" if words.strip() else why))
