"""A session's state, by the two flags that wuzapi has for it: it has no words for states."""

from collections.abc import Mapping
from typing import Final

from truesend.gateways.answers import at, text_at
from truesend.gateways.protocol import ObservedState

LOGGED_IN: Final = "LOGGED IN"
NOT_LOGGED_IN: Final = "PAIRED, NOT LOGGED IN"
NOT_PAIRED: Final = "NOT PAIRED"
NOT_CONNECTED: Final = "NOT CONNECTED"
NO_SESSION: Final = "NO SESSION"

STATES: Final[Mapping[str, ObservedState]] = {
    LOGGED_IN: ObservedState.CONNECTED,
    NOT_LOGGED_IN: ObservedState.CONNECTING,
    NOT_PAIRED: ObservedState.QR_WANTED,
    NOT_CONNECTED: ObservedState.DISCONNECTED,
    NO_SESSION: ObservedState.DISCONNECTED,
}


def state_of(data: object) -> str | None:
    """What a user's flags come to; None where they are not there. Their case depends on the build."""
    connected, logged_in = _flag(data, "connected", "Connected"), _flag(data, "loggedIn", "LoggedIn")
    match connected, logged_in:
        case (None, _) | (_, None):
            return None
        case False, _:
            return NOT_CONNECTED
        case _, True:
            return LOGGED_IN
        case _:
            return NOT_LOGGED_IN if text_at(data, "jid") else NOT_PAIRED


def _flag(data: object, *names: str) -> bool | None:
    return next((value for name in names if isinstance(value := at(data, name), bool)), None)
