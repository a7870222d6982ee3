"""The simulated gateway's memory: its sessions, how each behaves, and what it remembers of messages.

Sockets and JSON are elsewhere; here is what the gateway would hold in its process.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter

from simulator.ledger import Ledger
from simulator.process import GatewayProcess
from simulator.qr_picture import qr_data_url

_NOTHING_UNKNOWN: Final = ConfigDict(extra="forbid")


@dataclass(slots=True)
class ScriptedAnswer:
    """An answer given instead of the real one. ``raw_base64`` is written on the socket as it is, then it is closed."""

    __pydantic_config__ = _NOTHING_UNKNOWN

    status: int = 200
    body: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw_base64: str | None = None
    delivers: bool = False


@dataclass(slots=True)
class SimulatedSession:
    """One session and its behaviour. Times are what they say; 0, False and None mean: as a healthy gateway does."""

    __pydantic_config__ = _NOTHING_UNKNOWN

    session_id: str
    state: str = "connected"
    phone_number: str | None = None
    error: str | None = None
    qr: str | None = None
    raw_status: Any = None  # said instead of ``state``
    flap: list[str] | None = None  # states said in turn, one per read
    status_answer: ScriptedAnswer | None = None
    hang_status_s: float = 0.0
    hang_send_s: float = 0.0
    hang_send: Literal["before_delivery", "after_delivery"] = "before_delivery"
    latency_ms: float = 0.0
    lie: bool = False  # status says connected, send answers 503
    send_answer: ScriptedAnswer | None = None
    reset: Literal["before_delivery", "after_delivery"] | None = None
    mode: Literal["sync", "accepted"] | None = None
    callback: Literal["sent", "failed", "none"] = "sent"
    callback_delay_ms: float = 0.0
    late_rejection_code: int | None = None
    late_rejection_delay_ms: float = 0.0
    receipts: list[Literal["delivered", "read"]] = field(default_factory=list)
    receipt_delay_ms: float = 0.0
    lookup: Literal["on", "off", "forgets"] = "on"  # off: the build has no look-up (404)
    reads: int = 0  # how often the status was asked for


@dataclass(slots=True)
class GatewaySettings:
    """What holds for the whole gateway."""

    __pydantic_config__ = _NOTHING_UNKNOWN

    mode: Literal["sync", "accepted"] = "sync"
    latency_ms: float = 0.0
    auth_style: Literal["x-api-key", "bearer", "authorization", "apikey"] = "x-api-key"
    unknown_session: Literal["404", "200"] = "404"
    qr_field: Literal["qr", "qrCode", "qrcode"] = "qr"
    create_unknown: bool = False  # a send or status creates the session, connected
    max_parallel_sends: int = 0  # more than these at once and it runs out of memory; 0: never
    restart_s: float = 0.0  # for so long every connection resets after it ran out of memory
    clock_skew_s: float = 0.0
    webhook_url: str | None = None
    webhook_secret: str = ""
    webhook_auth: Literal["x-api-key", "bearer"] = "x-api-key"
    webhook_repeats: int = 1


@dataclass(frozen=True, slots=True)
class RememberedMessage:
    """The last message to a chat, as the gateway's store has it. ``at_ms`` is by the gateway's clock."""

    message_id: str
    at_ms: int
    status: str


_SESSION: Final = TypeAdapter(SimulatedSession)
_SETTINGS: Final = TypeAdapter(GatewaySettings)

Values = TypeVar("Values", SimulatedSession, GatewaySettings)
Announce = Callable[[Mapping[str, object]], None]


def _nobody(_event: Mapping[str, object]) -> None:
    """Webhooks go nowhere until somebody listens."""


class World(GatewayProcess):
    """Every session of one gateway process."""

    def __init__(self) -> None:
        """An empty gateway with default settings."""
        super().__init__()
        self.sessions: dict[str, SimulatedSession] = {}
        self.settings = GatewaySettings()
        self.recipients: dict[str, ScriptedAnswer] = {}
        self.ledger = Ledger()
        self.announce: Announce = _nobody
        self.sends_in_flight = 0
        self.most_sends_in_flight = 0
        self._remembered: dict[tuple[str, str], RememberedMessage] = {}

    def add(self, session_id: str, **behaviour: object) -> SimulatedSession:
        """Create a session, or replace it. Raises pydantic's ValidationError for an unknown or wrong behaviour."""
        session = _SESSION.validate_python({"session_id": session_id, **behaviour})
        self.sessions[session_id] = session
        return session

    def change(self, session_id: str, **behaviour: object) -> SimulatedSession:
        """Change a session in place, creating it if need be, and announce a new state."""
        session = self.sessions.get(session_id)
        if session is None:
            session = self.add(session_id, **behaviour)
            self._announce_state(session)
            return session
        before = session.state
        changed = _SESSION.validate_python({**asdict(session), **behaviour, "session_id": session_id})
        _overwrite(session, changed)
        if session.state != before:
            self._announce_state(session)
        return session

    def change_settings(self, **settings: object) -> GatewaySettings:
        """Change the gateway's settings in place."""
        _overwrite(self.settings, _SETTINGS.validate_python({**asdict(self.settings), **settings}))
        return self.settings

    def find(self, session_id: str) -> SimulatedSession | None:
        """The session, created where the settings say so."""
        session = self.sessions.get(session_id)
        if session is None and self.settings.create_unknown:
            return self.add(session_id, phone_number="9198" + str(secrets.randbelow(10**8)).zfill(8))
        return session

    def drop(self, session_id: str, error: str = "Connection Closed") -> SimulatedSession:
        """The session loses WhatsApp."""
        return self.change(session_id, state="disconnected", error=error, qr=None)

    def revive(self, session_id: str) -> SimulatedSession:
        """The session is connected and behaves again, whatever was scripted."""
        phone_number = self.sessions[session_id].phone_number if session_id in self.sessions else None
        healthy = asdict(SimulatedSession(session_id, phone_number=phone_number))
        return self.change(
            session_id, **{key: value for key, value in healthy.items() if key not in {"session_id", "reads"}}
        )

    def connect(self, session_id: str) -> SimulatedSession:
        """What POST /connect does: a session that is not connected waits for its QR code to be scanned."""
        session = self.sessions.get(session_id)
        if session is not None and session.state == "connected":
            return session
        code = qr_data_url(f"{session_id} {time.time_ns()}")
        return self.change(session_id, state="qr", qr=code, error=None)

    def scan(self, session_id: str, phone_number: str) -> SimulatedSession:
        """A phone scans the code."""
        return self.change(session_id, state="connected", qr=None, error=None, phone_number=phone_number)

    def log_out(self, session_id: str) -> SimulatedSession:
        """What POST /disconnect does: the pairing is gone."""
        return self.change(session_id, state="disconnected", qr=None, error="Logged out", phone_number=None)

    def deliver(self, session: SimulatedSession, recipient: str, text: str) -> str:
        """The message leaves for WhatsApp. Returns its id."""
        now = time.time()
        message_id = "3EB0" + secrets.token_hex(8).upper()
        self.ledger.note_delivery(now, session.session_id, recipient, text, message_id)
        at_ms = int((now + self.settings.clock_skew_s) * 1000)
        self._remembered[session.session_id, recipient] = RememberedMessage(message_id, at_ms, "sent")
        return message_id

    def remembered(self, session_id: str, recipient: str) -> RememberedMessage | None:
        """The last message to this chat, if the gateway has not restarted since."""
        return self._remembered.get((session_id, recipient))

    def restart(self, down_s: float = 0.0) -> None:
        """Its memory of messages is gone, too."""
        super().restart(down_s)
        self.sends_in_flight = 0
        self._remembered.clear()

    def now(self) -> datetime:
        """The gateway's clock."""
        return datetime.fromtimestamp(time.time() + self.settings.clock_skew_s, UTC)

    def _announce_state(self, session: SimulatedSession) -> None:
        self.announce(
            {
                "sessionId": session.session_id,
                "status": session.state,
                "phoneNumber": session.phone_number,
                "timestamp": self.now().isoformat().replace("+00:00", "Z"),
            }
        )


def _overwrite(target: Values, source: Values) -> None:
    for each in fields(target):
        setattr(target, each.name, getattr(source, each.name))
