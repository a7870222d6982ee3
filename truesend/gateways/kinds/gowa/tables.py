"""What GOWA's answers mean.

They carry a ``code`` of its own, which decides before any word. One status has two meanings: 401 with a code is about the
session, 401 without one, which the door in front of it says, is about our key.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from truesend.gateways.answers import Row, Said
from truesend.gateways.common_rows import OK
from truesend.gateways.protocol import ObservedState, OutcomeKind
from truesend.gateways.wording import Meaning

# socket up, logged in: each alone is of no use, and the second can outlive the first while whatsmeow connects again
FLAGS: Final[Mapping[tuple[bool, bool], ObservedState]] = {
    (True, True): ObservedState.CONNECTED,
    (True, False): ObservedState.CONNECTING,
    (False, True): ObservedState.CONNECTING,
    (False, False): ObservedState.DISCONNECTED,
}


def code(said: Said) -> str | None:
    """GOWA's own code; None where the answer is not GOWA's."""
    return said.text_at("code")


def message_id(said: Said) -> str | None:
    """WhatsApp's id of the message that was sent."""
    return said.text_at("results", "message_id")


def is_good(said: Said) -> bool:
    """Whether it is a 2xx that GOWA calls a success."""
    return said.is_ok and code(said) == "SUCCESS"


def _says(*codes: str) -> Callable[[Said], bool]:
    return lambda said: code(said) in codes


def _is_not_gowas(said: Said) -> bool:
    return code(said) is None


def _sent(said: Said) -> bool:
    return is_good(said) and message_id(said) is not None


SESSION_CODES: Final[Collection[str]] = ("AUTHENTICATION_ERROR", "INVALID_WA_CLI", "DEVICE_NOT_FOUND")

SENDS: Final[tuple[Row[OutcomeKind], ...]] = (
    # whatsmeow has waited for the server's ack
    Row(OutcomeKind.SENT, OK, where=_sent),
    Row(OutcomeKind.RESTRICTED, {429}, where=_says("WA_REACHOUT_TIMELOCK")),
    Row(OutcomeKind.SESSION_DOWN, {401, 404, 500}, where=_says(*SESSION_CODES)),
    Row(OutcomeKind.CONFIG_ERROR, {400}, where=_says("DEVICE_ID_REQUIRED")),
    Row(OutcomeKind.PERMANENT, {400}, where=_says("VALIDATION_ERROR", "INVALID_JID")),
    Row(OutcomeKind.CONFIG_ERROR, {404}, where=_is_not_gowas),
    Row(OutcomeKind.SESSION_DOWN, {500}, Meaning.SESSION_DOWN),
    # media are fetched and uploaded before anything is sent: a time-out there leaves no doubt
    Row(OutcomeKind.TRANSIENT, {500}, r"\bfailed to (?:download|upload|store|save)\b"),
    Row(OutcomeKind.UNCONFIRMED, {500}, r"context cancell?ed"),
)

STATES: Final[tuple[Row[ObservedState], ...]] = (
    Row(ObservedState.DISCONNECTED, {401, 404, 500}, where=_says(*SESSION_CODES)),
    Row(ObservedState.CANNOT_TELL, {400, 401, 404, 500, 503}),
)
