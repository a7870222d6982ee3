"""What a VPS's answer about a session means: one observation. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from truesend.gateways.http_answers import Answer
from truesend.gateways.protocol import Observation, ObservedState
from truesend.gateways.vps_sends import is_missing_route
from truesend.gateways.wording import Meaning, meaning

STATES: Final[Mapping[str, ObservedState]] = {
    "connected": ObservedState.CONNECTED,
    "open": ObservedState.CONNECTED,
    "disconnected": ObservedState.DISCONNECTED,
    "close": ObservedState.DISCONNECTED,
    "closed": ObservedState.DISCONNECTED,
    "logged_out": ObservedState.DISCONNECTED,
    "loggedout": ObservedState.DISCONNECTED,
    "not_connected": ObservedState.DISCONNECTED,
    "not_found": ObservedState.DISCONNECTED,
    "connecting": ObservedState.CONNECTING,
    "reconnecting": ObservedState.CONNECTING,
    "starting": ObservedState.CONNECTING,
    "initializing": ObservedState.CONNECTING,
    "qr": ObservedState.QR_WANTED,
    "qr_pending": ObservedState.QR_WANTED,
    "qr_ready": ObservedState.QR_WANTED,
    "scan_qr": ObservedState.QR_WANTED,
    "waiting_for_qr": ObservedState.QR_WANTED,
}

_SESSION_KEYS: Final = ("sessionId", "session_id", "vpsSessionId", "session")
_PHONE_KEYS: Final = ("phoneNumber", "phone_number", "phone")
_QR_KEYS: Final = ("qr", "qrCode", "qrcode")
_PHONE_DIGITS_MAX: Final = 20

_REFUSED: Final[Mapping[int, str]] = {
    401: "the gateway refused our key",
    403: "the gateway refused our key",
    429: "the gateway asks us to slow down",
    502: "a proxy could not reach the gateway",
    504: "a proxy had no answer from the gateway",
}

_NO_ROUTE: Final = "the gateway's URL is wrong, or the path in it: no such route there (HTTP 404)"

Clean = Callable[[str], str]


def observation(
    session_id: str, answer: Answer, body: Mapping[str, object] | None, words: str, clean: Clean
) -> Observation:
    """What the answer shows. ``words`` are the gateway's own, raw; ``clean`` makes them fit to be kept."""
    if 200 <= answer.status < 300:
        return told_state(session_id, body, words, clean)
    if answer.status == 404 and is_missing_route(answer, words):
        return _cannot_tell(_NO_ROUTE, words, clean)
    if answer.status in {404, 410}:
        return Observation(ObservedState.DISCONNECTED, clean(words or "the gateway does not know this session"))
    return _cannot_tell(_why(answer.status), words, clean)


def told_state(session_id: str, body: Mapping[str, object] | None, words: str, clean: Clean) -> Observation:
    """What the gateway says of a session, in an answer or by itself."""
    if body is None:
        return _cannot_tell("the gateway's answer can't be read", words, clean)
    about = _first_text(body, _SESSION_KEYS)
    if about is not None and about != session_id:
        return _cannot_tell("the gateway answered about another session", about, clean)
    raw_state = body.get("status")
    if not isinstance(raw_state, str) or body.get("success") is False:
        return _without_state(words, clean)
    state = STATES.get(re.sub(r"[\s-]+", "_", raw_state.strip().lower()))
    if state is None:
        return Observation(ObservedState.UNKNOWN_STATE, clean(f"unknown state “{raw_state[:200]}”"))
    return _seen(state, body, words, clean)


def _seen(state: ObservedState, body: Mapping[str, object], words: str, clean: Clean) -> Observation:
    qr = _first_text(body, _QR_KEYS)
    if state is ObservedState.CONNECTING and (qr or body.get("hasQR") is True):
        state = ObservedState.QR_WANTED
    if state is ObservedState.CONNECTED:
        return Observation(state, phone_number=phone_digits(_first(body, _PHONE_KEYS)))
    return Observation(
        state,
        clean(words) if words else "",
        phone_number=phone_digits(_first(body, _PHONE_KEYS)),
        qr=plain_qr(qr) if state is ObservedState.QR_WANTED else None,
    )


def _without_state(words: str, clean: Clean) -> Observation:
    """An answer without a state, or one that denies itself: only words that name the session as down count."""
    if meaning(words) is Meaning.SESSION_DOWN:
        return Observation(ObservedState.DISCONNECTED, clean(words))
    return _cannot_tell("the gateway named no state", words, clean)


def _why(status: int) -> str:
    if status in _REFUSED:
        return f"{_REFUSED[status]} (HTTP {status})"
    if 300 <= status < 400:
        return f"the gateway's address answers with a redirect (HTTP {status})"
    return f"the gateway answered HTTP {status}"


def _cannot_tell(why: str, words: str, clean: Clean) -> Observation:
    return Observation(ObservedState.CANNOT_TELL, clean(f"{why}: {words}" if words.strip() else why))


def phone_digits(value: object) -> str | None:
    """The digits of a number or of a JID (whose part after ``:`` or ``@`` is no number); None where there are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(abs(value)) if abs(value) < 10**_PHONE_DIGITS_MAX else ""
    if not isinstance(value, str):
        return None
    digits = re.sub(r"[^0-9]", "", re.split(r"[:@]", value[:100], maxsplit=1)[0])
    return digits if 0 < len(digits) <= _PHONE_DIGITS_MAX else None


def plain_qr(value: str | None) -> str | None:
    """A QR code as the gateway gave it, without what Postgres would refuse."""
    return re.sub(r"[\x00-\x1f\ud800-\udfff]", "", value) or None if value else None


def _first(body: Mapping[str, object], keys: tuple[str, ...]) -> object:
    return next((body[key] for key in keys if body.get(key) is not None), None)


def _first_text(body: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    return next((value for key in keys if isinstance(value := body.get(key), str) and value), None)
