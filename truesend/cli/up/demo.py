"""The demo as a CRM would hold it: two organisations, six sessions, and the messages that keep coming."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final
from uuid import UUID

from simulator import demo as gateway


@dataclass(frozen=True, slots=True)
class Organization:
    """One of the two whose data the demo keeps apart. Its API key is kept in the data folder under ``key_file``."""

    id: UUID
    name: str
    key_file: str


@dataclass(frozen=True, slots=True)
class Session:
    """A row of whatsapp_sessions as the CRM believes it to be, which is not always true."""

    id: UUID
    organization: Organization
    gateway_session_id: str
    display_name: str
    phone_number: str | None
    status: str = "connected"

    @property
    def paired(self) -> bool:
        """Say whether it has ever been connected."""
        return self.phone_number is not None


@dataclass(frozen=True, slots=True)
class Message:
    """One that becomes due at once."""

    session: Session
    recipient: str
    text: str


A: Final = Organization(UUID("a0000000-0000-4000-8000-000000000000"), "Organisation A", "key-a")
B: Final = Organization(UUID("b0000000-0000-4000-8000-000000000000"), "Organisation B", "key-b")
ORGANIZATIONS: Final = (A, B)

HEALTHY: Final = Session(UUID("a0000000-0000-4000-8000-000000000001"), A, gateway.HEALTHY, "Front desk", "919800000001")
DEAD: Final = Session(
    UUID("a0000000-0000-4000-8000-000000000002"), A, gateway.DEAD, "Says connected, is dead", "919800000003"
)
HANGING: Final = Session(
    UUID("a0000000-0000-4000-8000-000000000003"), A, gateway.HANGING, "Its gateway hangs", "919800000004"
)
QR_WANTED: Final = Session(
    UUID("a0000000-0000-4000-8000-000000000004"), A, gateway.QR_WANTED, "Waits for its QR code", None, "connecting"
)
SECOND: Final = Session(UUID("b0000000-0000-4000-8000-000000000001"), B, gateway.SECOND, "Back office", "919800000002")
LYING: Final = Session(
    UUID("b0000000-0000-4000-8000-000000000002"), B, gateway.LYING, "Says connected, sends nothing", "919800000006"
)
SESSIONS: Final = (HEALTHY, DEAD, HANGING, QR_WANTED, SECOND, LYING)

_TRICKLING: Final = (HEALTHY, SECOND)
# Far from the numbers that README and quick start send to: they ask the gateway what those have got.
_FIRST_RECIPIENT: Final = 919_800_100_000


def first_messages() -> tuple[Message, ...]:
    """One for each thing that can become of a message."""
    sessions = (HEALTHY, SECOND, DEAD, DEAD, HANGING, LYING, QR_WANTED)
    ordinary = [
        Message(session, str(_FIRST_RECIPIENT + number), f"Demo message to {session.display_name!r}")
        for number, session in enumerate(sessions)
    ]
    return (*ordinary, Message(HEALTHY, gateway.NOT_ON_WHATSAPP, "Demo message to a number without WhatsApp"))


def later_messages(most: int) -> Iterator[Message]:
    """``most`` more, for the healthy sessions in turn."""
    for number in count(1):
        if number > most:
            return
        session = _TRICKLING[number % len(_TRICKLING)]
        yield Message(session, str(_FIRST_RECIPIENT + 100 + number), f"Demo message {number}")
