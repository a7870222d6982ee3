"""What Evolution calls the states of an instance, and why one ended."""

from collections.abc import Mapping
from typing import Final

from truesend.gateways.protocol import ObservedState

STATES: Final[Mapping[str, ObservedState]] = {
    "OPEN": ObservedState.CONNECTED,
    "CONNECTING": ObservedState.CONNECTING,
    "CLOSE": ObservedState.DISCONNECTED,
    "REFUSED": ObservedState.DISCONNECTED,  # nobody scanned any of its QR codes
}

NOT_LOADED: Final = "Evolution has this instance in its database, but has not loaded it"

# Baileys' DisconnectReason, and the codes that Evolution treats as final, too
_REASONS: Final[Mapping[int, str]] = {
    401: "logged out",
    402: "temporarily banned",
    403: "forbidden: the account is locked, or its phone is gone",
    406: "banned",
    408: "the connection was lost",
    411: "the phone has no multi-device login",
    428: "the connection was closed",
    440: "another client took its place",
    500: "the login is broken",
    503: "WhatsApp is not available",
    515: "WhatsApp asks for a new connection",
}


def why_closed(code: object) -> str:
    """What a disconnect's code says; empty where there is none, or it is Evolution's own for "no reason"."""
    if not isinstance(code, int) or isinstance(code, bool) or code == 200:
        return ""
    return f"disconnected with code {code}" + (f": {_REASONS[code]}" if code in _REASONS else "")
