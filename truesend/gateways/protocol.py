"""What every gateway module promises to the services.

A gateway module turns one gateway's many answers into the few words of this page. It decides from body and headers,
never from the status code alone, and it never raises for something the gateway said or failed to say.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from truesend.gateways.capabilities import Capabilities


class ObservedState(StrEnum):
    """What one look at a session showed."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"  # also: logged out, or a session that the gateway does not know
    CONNECTING = "connecting"
    QR_WANTED = "qr_wanted"
    UNKNOWN_STATE = "unknown_state"  # the gateway named a state that nobody knows
    CANNOT_TELL = "cannot_tell"  # unreachable, timed out, refused our key, or talked nonsense


@dataclass(frozen=True, slots=True)
class Observation:
    """One answer about a session's state.

    ``detail`` is in the gateway's own words, redacted and bounded; empty when all is well. ``phone_number`` is digits
    only. ``qr`` is a data URL or the raw code, ``pairing_code`` what is typed into the phone instead; ``expires_at`` is
    their end, None where the gateway does not tell it.
    """

    state: ObservedState
    detail: str = ""
    phone_number: str | None = None
    qr: str | None = None
    pairing_code: str | None = None
    expires_at: datetime | None = None


class OutcomeKind(StrEnum):
    """What became of one send."""

    SENT = "sent"
    ACCEPTED = "accepted"  # a callback, an ack or a look-up will confirm it
    SESSION_DOWN = "session_down"
    TRANSIENT = "transient"
    NEVER_TRANSMITTED = "never_transmitted"  # provably never reached the gateway
    PERMANENT = "permanent"
    RESTRICTED = "restricted"  # WhatsApp limits this number
    CONFIG_ERROR = "config_error"  # our key or our settings are wrong
    UNCONFIRMED = "unconfirmed"  # it may have been sent: only a look-up or late evidence can tell


TAKEN: Final = frozenset({OutcomeKind.SENT, OutcomeKind.ACCEPTED})
"""Of a message that the gateway took: confirmed, or to be confirmed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One send's outcome.

    ``gateway_words`` is what the gateway said, redacted and bounded (it becomes ``vps_error``, and the attempt's
    answer); ``http_status`` is None when no answer came; ``retry_after_s`` is the gateway's own wish, unbounded.
    """

    kind: OutcomeKind
    gateway_words: str = ""
    http_status: int | None = None
    gateway_message_id: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message as a gateway needs it. ``recipient`` is digits of a number, or a group JID.

    ``reserved_id`` is the id that it shall have at the gateway, where its capabilities name a ``caller_id``: the same one
    each time the message is tried again, and on record before the request goes out.
    """

    message_id: UUID
    gateway_session_id: str
    recipient: str
    text: str
    media_url: str | None = None
    media_type: str | None = None
    reserved_id: str | None = None


class LookupVerdict(StrEnum):
    """What a gateway could tell about the last message to a chat."""

    FOUND = "found"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The raw finding of a look-up. Whether it proves anything is decided by the sender, from time and ids.

    ``sent_at`` is the gateway's time of the found message, already corrected by the gateway's clock error where its
    ``Date`` header tells it; None where the gateway gives no time. ``confirmed`` is False when the gateway itself
    says that the found message has not gone out (pending, failed).
    """

    verdict: LookupVerdict
    gateway_message_id: str | None = None
    sent_at: datetime | None = None
    confirmed: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What came of connect, restart or disconnect. ``detail`` is in the gateway's words where it refused."""

    ok: bool
    detail: str = ""


class NumberVerdict(StrEnum):
    """Whether a number is on WhatsApp."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What a gateway says of a number. ``recipient`` is WhatsApp's own spelling, where that is another one."""

    verdict: NumberVerdict
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayHealth:
    """What one look at a gateway as a whole showed; None where it does not tell.

    ``webhooks`` counts the sessions, among ``sessions``, that post to the address that was asked for. ``detail`` says in
    words what is wrong.
    """

    is_reachable: bool
    key_accepted: bool | None = None
    version: str | None = None
    sessions: int | None = None
    webhooks: int | None = None
    detail: str = ""


class WebhookKind(StrEnum):
    """What a webhook is about. A ``failed`` send may be tried again; a ``rejected`` one was called sent before."""

    STATUS = "status"
    SENT = "sent"
    FAILED = "failed"
    REJECTED = "rejected"
    DELIVERED = "delivered"
    READ = "read"


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One thing that a webhook told. Texts are redacted and bounded, and hold no NUL.

    ``observation`` belongs to ``status``, ``outcome`` to ``failed`` and ``rejected``; ``reader`` is whose receipt it is
    in a group. ``occurred_at`` is the gateway's time, None where it gives none that can be believed.
    """

    kind: WebhookKind
    gateway_session_id: str
    occurred_at: datetime | None = None
    gateway_message_id: str | None = None
    recipient: str | None = None
    reader: str | None = None
    observation: Observation | None = None
    outcome: Outcome | None = None
    error_code: int | None = None


class WebhookRefusal(StrEnum):
    """Why a webhook is not taken."""

    NO_SECRET = "no_secret"  # noqa: S105 - a reason; it came without one, or we have none to compare it with
    WRONG_SECRET = "wrong_secret"  # noqa: S105
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # not JSON, or not an object


@dataclass(frozen=True, slots=True)
class RefusedWebhook:
    """A webhook that is not taken, and why."""

    reason: WebhookRefusal


@dataclass(frozen=True, slots=True)
class ParsedWebhook:
    """An authentic webhook. ``events`` is empty for what we have no use for; ``event_name`` is what the gateway calls it,
    one of the few names that its module knows, else ``unknown``."""

    gateway_session_id: str | None
    event_name: str
    events: tuple[WebhookEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """One gateway's settings. ``api_key`` never leaves the HTTP client, nor
    ``webhook_secret`` the comparison; ``repr`` hides both."""

    name: str
    kind: str
    url: str
    api_key: str
    webhook_secret: str = ""
    auth_style: str = "x-api-key"  # x-api-key | bearer | authorization | apikey
    connect_timeout_s: float = 4.0
    status_timeout_s: float = 8.0
    send_timeout_s: float = 60.0
    max_in_flight: int = 16
    status_max_in_flight: int = 32
    exclusive: bool = True  # nobody but us sends through this gateway's sessions
    min_interval_s: float = 0.0  # between two messages of one session
    callback_base_url: str = ""  # where gateways reach our API
    check_numbers: bool = False  # ask whether a number is on WhatsApp before the first message to it
    media_allow_private: bool = False  # media may be fetched from private and loopback addresses
    media_limit_bytes: int = 16 * 1024 * 1024
    media_timeout_s: float = 30.0
    options: Mapping[str, object] = field(default_factory=dict)  # what only this kind knows

    @property
    def webhook_url(self) -> str:
        """Where this gateway is to post its webhooks; empty where we don't know how it reaches us."""
        return f"{self.callback_base_url.rstrip('/')}/v1/webhooks/{self.name}" if self.callback_base_url else ""

    def __repr__(self) -> str:
        return f"GatewayConfig(name={self.name!r}, kind={self.kind!r}, url={self.url!r})"


class Gateway(Protocol):
    """One gateway. Every method returns; none raises for what the gateway or the network does."""

    @property
    def config(self) -> GatewayConfig:
        """The settings it was made from."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do. What it can't is answered as such by the methods below, without a request."""
        ...

    async def status(self, gateway_session_id: str) -> Observation:
        """Ask once for a session's state."""
        ...

    async def statuses(self, gateway_session_ids: Collection[str]) -> Mapping[str, Observation]:
        """Ask once for the states of these sessions, and perhaps of others (``bulk_status``).

        A session that is missing in the result has to be asked for by itself.
        """
        ...

    async def send(self, message: OutgoingMessage) -> Outcome:
        """Send once. Never repeats a request by itself."""
        ...

    async def lookup(self, message: OutgoingMessage) -> LookupResult:
        """Ask what became of the last message to this chat."""
        ...

    async def restart(self, gateway_session_id: str) -> ControlResult:
        """Connect, or connect again: only ever at an operator's request."""
        ...

    async def disconnect(self, gateway_session_id: str) -> ControlResult:
        """Log the session out at the gateway: only ever at an operator's request."""
        ...

    async def qr(self, gateway_session_id: str) -> Observation:
        """The state together with the QR code where one is wanted."""
        ...

    async def pairing_code(self, gateway_session_id: str, phone_number: str) -> Observation:
        """The state together with a code to be typed into the phone of that number: at an operator's request only."""
        ...

    async def check_number(self, gateway_session_id: str, phone_number: str) -> NumberCheck:
        """Whether a number (digits) is on WhatsApp (``number_check``)."""
        ...

    async def register_webhook(self, gateway_session_id: str, url: str) -> ControlResult:
        """Have a session's webhooks posted to ``url``, with our secret: only ever at an operator's request."""
        ...

    async def health(self) -> GatewayHealth:
        """Look at the gateway as a whole."""
        ...

    @property
    def signature_headers(self) -> tuple[str, ...]:
        """Headers of a webhook, in lower case, by which its receiver checks it; none is a secret."""
        ...

    def secrets(self) -> Collection[str]:
        """What of it must be stored nowhere: its key, its webhook secret, and what else its kind is told."""
        ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> ParsedWebhook | RefusedWebhook:
        """Whether a webhook is the gateway's, and what it tells. ``headers`` have lower-case names. Never raises."""
        ...

    async def close(self) -> None:
        """Give back the connections."""
        ...
