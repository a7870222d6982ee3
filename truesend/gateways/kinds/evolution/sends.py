"""What Evolution's answers to a send mean. Its codes say little: the same failure is a 400 or a 500 by where it was thrown.

A number is looked up before the message is handed over, outside of what turns errors into 400; so a 500 comes before the
message was written to WhatsApp. A 400 that quotes a thrown error may come before or after.
"""

from typing import Final

from truesend.gateways.answers import Row, Said, at, objects
from truesend.gateways.common_rows import OK
from truesend.gateways.protocol import OutcomeKind
from truesend.gateways.wording import Meaning

NOT_ON_WHATSAPP: Final = "the number is not on WhatsApp"

_THROWN: Final = r"\b[A-Z]\w*Error: |(?:^|: )Error: "


def has_id(said: Said) -> bool:
    """Whether it is a message that Baileys took."""
    return said.text_at("key", "id") is not None and not said.at("error") and said.at("status") != "ERROR"


def is_unknown_number(said: Said) -> bool:
    """Whether it says of the recipient that it is not on WhatsApp: in an object, without a word."""
    return any(at(each, "exists") is False for each in objects(said.at("response", "message")))


def says_nothing(said: Said) -> bool:
    """Whether its whole text is that of an error object that was never written out: it comes for groups."""
    return said.status == 400 and "[object Object]" in said.words


def _is_of_no_known_meaning(said: Said) -> bool:
    return said.meaning is Meaning.NOTHING_KNOWN


SEND_ROWS: Final[tuple[Row[OutcomeKind], ...]] = (
    # Baileys returns when the bytes are on the socket
    Row(OutcomeKind.ACCEPTED, OK, where=has_id),
    Row(OutcomeKind.PERMANENT, {400}, where=is_unknown_number),
    # no socket in memory: which property is missed depends on the call
    Row(OutcomeKind.SESSION_DOWN, {400, 500}, r"reading '(?:mediaMessage|waUploadToServer|sendMessage)'"),
    # the message has left: it is Evolution's own database that failed
    Row(OutcomeKind.UNCONFIRMED, {400}, "prisma"),
    # it could not be encrypted
    Row(OutcomeKind.TRANSIENT, {400}, r"\bSessionError\b", where=_is_of_no_known_meaning),
    Row(OutcomeKind.UNCONFIRMED, {400}, _THROWN, where=_is_of_no_known_meaning),
)
