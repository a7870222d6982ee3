"""A simulated gateway's memory: its sessions, how each behaves, what is scripted, and what truly left for WhatsApp."""

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter

from simulator.ledger import Ledger
from simulator.process import GatewayProcess
from simulator.world import ScriptedAnswer

_NOTHING_UNKNOWN: Final = ConfigDict(extra="forbid")
_PHONE_NUMBER: Final = "919812345678"


class SessionLostError(Exception):
    """The session went down while a message was in the gateway's hands."""


@dataclass(slots=True)
class Session:
    """One session and its behaviour. ``state`` is in the gateway's own words; what is not set is as a healthy one does."""

    __pydantic_config__ = _NOTHING_UNKNOWN

    session_id: str
    state: str
    phone_number: str | None = _PHONE_NUMBER
    is_paired: bool = True
    qr: str | None = None
    webhook_url: str | None = None  # the session's own, beside the gateway's
    webhook_secret: str = ""
    hang_send_s: float = 0.0
    hang_send: Literal["before_delivery", "after_delivery"] = "before_delivery"
    reset: Literal["before_delivery", "after_delivery"] | None = None
    lost_in_send: bool = False  # its state becomes disconnected with a message in hand, before it leaves
    ack: Literal["on", "none", "error", "before_answer"] = "on"
    ack_delay_ms: float = 0.0
    ack_repeats: int = 1
    receipts: list[Literal["delivered", "read"]] = field(default_factory=list)
    receipt_delay_ms: float = 0.0
    reads: int = 0  # how often its state was asked for
    extra: dict[str, Any] = field(default_factory=dict)  # what only this kind remembers


@dataclass(slots=True)
class Settings:
    """What holds for the whole gateway."""

    __pydantic_config__ = _NOTHING_UNKNOWN

    latency_ms: float = 0.0
    webhook_url: str | None = None
    webhook_secret: str = ""
    webhook_repeats: int = 1
    not_on_whatsapp: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a gateway took. ``recipient`` is as it was posted; ``chat`` as WhatsApp writes it."""

    message_id: str
    session_id: str
    recipient: str
    chat: str
    text: str


_SESSION: Final = TypeAdapter(Session)
_SETTINGS: Final = TypeAdapter(Settings)
_SCRIPT: Final = TypeAdapter(ScriptedAnswer)

Values = TypeVar("Values", Session, Settings)


class Memory(GatewayProcess):
    """Everything that one gateway's process holds. ``changed`` is called with each session whose state is another."""

    def __init__(self) -> None:
        """An empty gateway."""
        super().__init__()
        self.sessions: dict[str, Session] = {}
        self.settings = Settings()
        self.scripts: dict[str, ScriptedAnswer] = {}
        self.hangs: dict[str, float] = {}
        self.ledger = Ledger()
        self.calls: list[str] = []
        self.changed: Callable[[Session], None] = lambda _session: None
        self._given_ids: set[tuple[str, str]] = set()

    def put(self, session_id: str, **behaviour: object) -> Session:
        """Create a session, or change one in place. Raises pydantic's ValidationError for what no session has."""
        session = self.sessions.get(session_id)
        if session is None:
            session = _SESSION.validate_python({"session_id": session_id, **behaviour})
            self.sessions[session_id] = session
            self.changed(session)
            return session
        before = session.state
        _overwrite(session, _SESSION.validate_python({**asdict(session), **behaviour, "session_id": session_id}))
        if session.state != before:
            self.changed(session)
        return session

    def change_settings(self, **settings: object) -> Settings:
        """Change the gateway's settings in place."""
        _overwrite(self.settings, _SETTINGS.validate_python({**asdict(self.settings), **settings}))
        return self.settings

    def script(self, call: str, **answer: object) -> ScriptedAnswer:
        """Answer every ``call`` so, until it is unscripted. Raises pydantic's ValidationError."""
        self.scripts[call] = _SCRIPT.validate_python(answer)
        return self.scripts[call]

    def unscript(self) -> None:
        """Answer by itself again, and hang no more."""
        self.scripts.clear()
        self.hangs.clear()

    def deliver(self, session: Session, recipient: str, text: str, given_id: str | None = None) -> str:
        """The message leaves for WhatsApp; with an id that left before, phones drop it. Returns its id."""
        message_id = given_id or "3EB0" + secrets.token_hex(9).upper()
        if (session.session_id, message_id) not in self._given_ids:
            self._given_ids.add((session.session_id, message_id))
            self.ledger.note_delivery(time.time(), session.session_id, recipient, text, message_id)
        return message_id


def _overwrite(target: Values, source: Values) -> None:
    for each in fields(target):
        setattr(target, each.name, getattr(source, each.name))
