"""What the module of one kind of gateway writes: its tables, its requests, its webhooks.

A dialect has no sockets, no clock and no locks. A call is a conversation: it asks through ``ask``, reads what was said, and
returns it in our words, with the gateway's own words raw. No answer, and answers that fit no row, end it by themselves
(``Unanswered``, ``UnknownAnswer``). Everything else (limits, time-outs, what no answer means, redaction, counting) is the
same for all, and is in ``http_gateway``.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote, urlencode

import orjson
from pydantic import BaseModel, ConfigDict

from truesend.gateways import common_rows
from truesend.gateways.answers import Row, Said, first_fit
from truesend.gateways.capabilities import Capabilities
from truesend.gateways.http_answers import BODY_LIMIT_BYTES
from truesend.gateways.media import Media
from truesend.gateways.protocol import (
    TAKEN,
    ControlResult,
    GatewayConfig,
    GatewayHealth,
    LookupResult,
    LookupVerdict,
    NumberCheck,
    NumberVerdict,
    Observation,
    ObservedState,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
    WebhookRefusal,
)
from truesend.gateways.wording import Meaning, meaning

LIST_LIMIT_BYTES: Final = 16 * 1024 * 1024
QR_LIMIT_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``path`` is escaped, and may hold a query; ``headers`` go beside the key's.

    ``sends``: this is the one that may take the message to WhatsApp. What fails before it has sent nothing; it waits as long
    as a send may take, the others as long as a look at a session.
    """

    method: str
    path: str
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sends: bool = False
    limit_bytes: int = BODY_LIMIT_BYTES


Ask = Callable[[Request], Awaitable[Said]]
Fetch = Callable[[str], Awaitable[Media]]


def get(path: str, query: Mapping[str, str] | None = None, *, limit_bytes: int = BODY_LIMIT_BYTES) -> Request:
    """A GET; the query's values are escaped here."""
    return Request("GET", f"{path}?{urlencode(query)}" if query else path, limit_bytes=limit_bytes)


def post(path: str, body: Mapping[str, object] | None = None, *, sends: bool = False) -> Request:
    """A POST of JSON."""
    return Request("POST", path, {} if body is None else body, sends=sends)


def segment(text: str) -> str:
    """``text`` as one segment of a path, whatever it holds."""
    return quote(text, safe="", errors="replace")


class NoOptions(BaseModel):
    """A kind without settings of its own."""

    model_config = ConfigDict(extra="forbid")


class Dialect:
    """One kind of gateway, as one gateway of it is configured. What it does not override, it can't do."""

    kind: ClassVar[str]
    options_model: ClassVar[type[BaseModel]] = NoOptions
    states: ClassVar[Mapping[str, ObservedState]] = {}
    # before the common rows; of an instance where they depend on how it is configured
    send_rows: tuple[Row[OutcomeKind], ...] = ()
    state_rows: tuple[Row[ObservedState], ...] = ()
    # of a webhook, what has to be passed on for its receiver to check it: never a secret itself
    signature_headers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: GatewayConfig) -> None:
        """Raises ValueError where the settings can't be used."""
        self.config = config

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, as it is configured."""
        return Capabilities()

    def key_headers(self) -> Mapping[str, str]:
        """The headers that carry the key."""
        raise NotImplementedError

    def secrets(self) -> Collection[str]:
        """What must never be shown, beside the key and the webhook secret."""
        return ()

    async def status(self, session_id: str, ask: Ask) -> Observation:
        """The state of a session."""
        raise NotImplementedError

    async def send(self, message: OutgoingMessage, ask: Ask, fetch: Fetch) -> Outcome:
        """Send. ``fetch`` gets media where the gateway wants bytes."""
        raise NotImplementedError

    async def statuses(self, ask: Ask) -> Mapping[str, Observation] | Observation:
        """The states of all sessions that the gateway lists; one observation where it lists none (``refused_list``)."""
        return {}

    async def lookup(self, message: OutgoingMessage, ask: Ask) -> LookupResult:
        """What became of the last message to this chat."""
        return LookupResult(LookupVerdict.CANNOT_TELL, detail="this gateway has no look-up")

    async def restart(self, session_id: str, ask: Ask) -> ControlResult:
        """Connect, or connect again."""
        return ControlResult(ok=False, detail="this gateway can't be told to connect")

    async def disconnect(self, session_id: str, ask: Ask) -> ControlResult:
        """Log out."""
        return ControlResult(ok=False, detail="this gateway can't be told to log out")

    async def qr(self, session_id: str, ask: Ask, now: datetime) -> Observation:
        """The state, with the QR code where one is wanted."""
        return await self.status(session_id, ask)

    async def pairing_code(self, session_id: str, phone_number: str, ask: Ask, now: datetime) -> Observation:
        """The state, with a code to be typed into the phone."""
        return Observation(ObservedState.CANNOT_TELL, "this gateway gives no pairing codes")

    async def check_number(self, session_id: str, phone_number: str, ask: Ask) -> NumberCheck:
        """Whether a number is on WhatsApp."""
        return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, session_id: str, url: str, ask: Ask) -> ControlResult:
        """Have a session's webhooks posted to ``url`` with our secret."""
        return ControlResult(ok=False, detail="this gateway's webhook address can't be set by a call")

    async def health(self, ask: Ask) -> GatewayHealth:
        """The gateway as a whole."""
        raise NotImplementedError

    def webhook_refusal(self, headers: Mapping[str, str], body: bytes) -> WebhookRefusal | None:
        """Why a webhook is not the gateway's; None where it is. ``headers`` have lower-case names."""
        return WebhookRefusal.NO_SECRET

    def webhook_fields(self, headers: Mapping[str, str], body: bytes) -> object:
        """The webhook's JSON; None where it is none."""
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            return None

    def read_webhook(self, fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
        """What an authentic webhook tells; ``now`` bounds the times that are believed."""
        return ParsedWebhook(None, "unknown")

    # --- what the conversations above are made of ---

    def named_state(self, name: object, **more: object) -> Observation:
        """The observation that a state's name means; a name that is not in the table is an unknown state."""
        if not isinstance(name, str) or not name:
            return Observation(ObservedState.CANNOT_TELL, "the gateway named no state")
        state = self.states.get(name.strip().upper())
        if state is None:
            return Observation(ObservedState.UNKNOWN_STATE, f"unknown state “{name[:200]}”")
        return Observation(state, **more)  # type: ignore[arg-type]

    def refused_state(self, said: Said) -> Observation:
        """What an answer without a state means, by the rows."""
        state = first_fit((*self.state_rows, *common_rows.STATES), said)
        if state is ObservedState.CANNOT_TELL:
            return Observation(state, f"{_why(said)}: {said.words}" if said.words.strip() else _why(said))
        return Observation(state, said.words or "the gateway does not know this session")

    def refused_list(self, said: Said) -> Observation:
        """What a refused list says of every session: nothing can be told."""
        return Observation(ObservedState.CANNOT_TELL, f"{_why(said)}: {said.words}" if said.words else _why(said))

    def refused_health(self, said: Said) -> GatewayHealth:
        """What a refused list says of the gateway: whether it is our key."""
        refused = said.status in {401, 403}
        return GatewayHealth(
            is_reachable=not said.is_of_no_gateway,
            key_accepted=False if refused else None,
            detail=f"{_why(said)}: {said.words}" if said.words else _why(said),
        )

    def sent_or_refused(self, said: Said, message_id: str | None) -> Outcome:
        """The outcome of an answer to a send, by the rows. ``message_id`` is the one that the answer holds."""
        kind = first_fit((*self.send_rows, *common_rows.SENDS), said)
        if kind in TAKEN:
            return Outcome(kind, "", said.status, message_id)
        return Outcome(kind, said.words or f"HTTP {said.status} without a word", said.status, message_id)

    def obeyed(self, said: Said) -> ControlResult:
        """What came of an order: done where the answer is a 2xx that does not deny itself."""
        denied = said.at("success") is False or bool(said.at("error"))
        if said.is_ok and not denied:
            return ControlResult(ok=True)
        return ControlResult(ok=False, detail=f"HTTP {said.status}: {said.words or 'without a word'}")


def rejection(words: str, code: int | None) -> Outcome:
    """WhatsApp itself refused what the gateway had taken: what its words and code mean."""
    is_restricted = meaning(f"error {code}" if code is not None else words) is Meaning.RESTRICTED
    is_restricted = is_restricted or meaning(words) is Meaning.RESTRICTED
    told = words or "WhatsApp rejected the message"
    return Outcome(
        OutcomeKind.RESTRICTED if is_restricted else OutcomeKind.PERMANENT,
        f"{told} (error {code})" if code is not None else told,
    )


_REFUSED: Final[Mapping[int, str]] = {
    401: "the gateway refused our key",
    403: "the gateway refused our key",
    429: "the gateway asks us to slow down",
    502: "a proxy could not reach the gateway",
    504: "a proxy had no answer from the gateway",
}


def _why(said: Said) -> str:
    if said.status in _REFUSED:
        return f"{_REFUSED[said.status]} (HTTP {said.status})"
    if 300 <= said.status < 400:
        return f"the gateway's address answers with a redirect (HTTP {said.status})"
    return f"the gateway answered HTTP {said.status}"
