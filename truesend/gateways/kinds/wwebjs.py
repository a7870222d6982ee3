"""wwebjs-api: an HTTP API in front of whatsapp-web.js, which drives a browser page per session.

Key in ``x-api-key``. Its webhooks are not signed: they bring that same key. A 2xx to a send says that the page took the
message; whether it left is told by its acks alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict

from truesend.gateways.answers import Row, Said, Unanswered, UnknownAnswer, at, text_at
from truesend.gateways.capabilities import Capabilities
from truesend.gateways.chat_ids import chat_id, engine_message_id, phone_digits
from truesend.gateways.common_rows import OK
from truesend.gateways.dialect import (
    LIST_LIMIT_BYTES,
    QR_LIMIT_BYTES,
    Ask,
    Dialect,
    Fetch,
    Request,
    get,
    post,
    rejection,
    segment,
)
from truesend.gateways.protocol import (
    ControlResult,
    GatewayConfig,
    GatewayHealth,
    NumberCheck,
    NumberVerdict,
    Observation,
    ObservedState,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
    WebhookEvent,
    WebhookKind,
    WebhookRefusal,
)
from truesend.gateways.webhook_secrets import shared_secret_refusal
from truesend.gateways.wording import Meaning

NOT_FOUND: Final = "session_not_found"
NOT_CONNECTED: Final = "session_not_connected"
NAMELESS: Final = "the gateway says that it sent the message, but not which one it became"
# The answer to a send holds the message twice, or its media's preview.
ECHO_LIMIT_BYTES: Final = 1024 * 1024
EVENTS: Final = frozenset({"qr", "ready", "change_state", "disconnected", "status", "message_ack"})

STATES: Final[Mapping[str, ObservedState]] = {
    "CONNECTED": ObservedState.CONNECTED,
    # on its way, and whatsapp-web.js waits: it ends a session only for what is in none of these
    "OPENING": ObservedState.CONNECTING,
    "PAIRING": ObservedState.CONNECTING,
    "TIMEOUT": ObservedState.CONNECTING,
    "UNLAUNCHED": ObservedState.CONNECTING,
    "UNPAIRED": ObservedState.QR_WANTED,
    "UNPAIRED_IDLE": ObservedState.QR_WANTED,
    "CONFLICT": ObservedState.DISCONNECTED,
    "DEPRECATED_VERSION": ObservedState.DISCONNECTED,
    "PROXYBLOCK": ObservedState.DISCONNECTED,
    "SMB_TOS_BLOCK": ObservedState.DISCONNECTED,
    "TOS_BLOCK": ObservedState.DISCONNECTED,
}

ACKS: Final[Mapping[int, WebhookKind]] = {
    -1: WebhookKind.REJECTED,
    1: WebhookKind.SENT,
    2: WebhookKind.DELIVERED,
    3: WebhookKind.READ,
    4: WebhookKind.READ,
}

# Before the call: the page is none any more, or the process has dropped its session.
_NOTHING_TO_CALL: Final = r"detached frame|reading '(?:sendMessage|getChatById|pupPage)'"
_PAGE_IS_GONE: Final = rf"target closed|page has been closed|{_NOTHING_TO_CALL}"
_BEFORE_THE_PAGE_TOOK_IT: Final = r"no lid for user|reading '(?:getChat|sendSeen|markedUnread)'"
_WHILE_THE_PAGE_HAD_IT: Final = (
    r"protocol error|target closed|session closed|page has been closed|context was destroyed"
    r"|evaluation failed|cannot read propert|is not a function|^.{1,2}$"
)


def _denies(said: Said) -> bool:
    return said.at("success") is False


def _has_a_page_without_a_state(said: Said) -> bool:
    return _denies(said) and said.text_at("state") is None and said.text_at("message") == NOT_CONNECTED


def _took_it(said: Said) -> bool:
    return said.at("success") is True and engine_message_id(said.at("message")) is not None


SEND_ROWS: Final[tuple[Row[OutcomeKind], ...]] = (
    Row(OutcomeKind.UNCONFIRMED, OK, where=lambda said: said.at("message", "ack") == -1),
    Row(OutcomeKind.ACCEPTED, OK, where=_took_it),
    # the check before each call: nothing was handed over, whatever it says
    Row(OutcomeKind.SESSION_DOWN, {404}, where=_denies),
    # "Session should be alphanumerical or -"
    Row(OutcomeKind.CONFIG_ERROR, {422}),
    Row(OutcomeKind.TRANSIENT, {500}, r"^request to \S+ failed, reason:"),  # the media, which it fetches first
    Row(OutcomeKind.PERMANENT, {500}, r"invalid wid"),
    Row(OutcomeKind.TRANSIENT, {500}, _BEFORE_THE_PAGE_TOOK_IT),
    Row(OutcomeKind.SESSION_DOWN, {500}, _NOTHING_TO_CALL),
    # one call of the page sends and then describes the message: such errors were seen with messages that arrived
    Row(OutcomeKind.UNCONFIRMED, {500}, _WHILE_THE_PAGE_HAD_IT),
)

STATE_ROWS: Final[tuple[Row[ObservedState], ...]] = (
    Row(ObservedState.DISCONNECTED, {422}, r"session should be"),
    Row(ObservedState.CONNECTING, OK, where=_has_a_page_without_a_state),
    Row(ObservedState.DISCONNECTED, OK, Meaning.SESSION_DOWN, where=_denies),
    Row(ObservedState.DISCONNECTED, OK, _PAGE_IS_GONE, where=_denies),
    Row(ObservedState.CANNOT_TELL, OK, where=lambda said: _denies(said) and said.text_at("message") is not None),
)


class WwebjsOptions(BaseModel):
    """What only a wwebjs-api has to be told. ``sets_webhooks``: this build has ``/session/setWebhook``."""

    model_config = ConfigDict(extra="forbid")

    sets_webhooks: bool = False


class Wwebjs(Dialect):
    """One wwebjs-api server."""

    kind: ClassVar[str] = "wwebjs"
    options_model = WwebjsOptions
    states = STATES
    send_rows = SEND_ROWS
    state_rows = STATE_ROWS

    def __init__(self, config: GatewayConfig) -> None:
        """Raises ValueError where the settings can't be used."""
        super().__init__(config)
        self._options = WwebjsOptions.model_validate(config.options)

    @property
    def capabilities(self) -> Capabilities:
        """What it can do. It lists its sessions, but not their states."""
        return Capabilities(
            acks=True,
            acks_need_id=True,
            receipts=True,
            session_webhooks=True,
            qr=True,
            pairing_code=True,
            webhook_registration=self._options.sets_webhooks,
            number_check=True,
            media_by_url=True,
        )

    def key_headers(self) -> Mapping[str, str]:
        """The headers that carry the key."""
        return {"x-api-key": self.config.api_key} if self.config.api_key else {}

    async def status(self, session_id: str, ask: Ask) -> Observation:
        """The state of a session: HTTP 200 whatever it is. Builds that name no state before pairing have a QR code then."""
        said = await ask(get(f"/session/status/{segment(session_id)}"))
        if not said.is_ok or said.text_at("state") is None:
            seen = self.refused_state(said)
            qr = await self._qr_code(session_id, ask) if seen.state is ObservedState.CONNECTING else None
            return seen if qr is None else Observation(ObservedState.QR_WANTED, qr=qr)
        seen = self.named_state(said.at("state"))
        if seen.state is not ObservedState.CONNECTED:
            return seen
        if said.at("success") is not True:
            raise UnknownAnswer(said)
        return replace(seen, phone_number=await self._phone_number(session_id, ask))

    async def _phone_number(self, session_id: str, ask: Ask) -> str | None:
        """Only another call tells it; the state, which is known, does not wait for its answer."""
        try:
            said = await ask(get(f"/client/getClassInfo/{segment(session_id)}"))
        except Unanswered:
            return None
        return _digits_of_wid(said.at("sessionInfo", "wid")) if said.is_ok else None

    async def _qr_code(self, session_id: str, ask: Ask) -> str | None:
        said = await ask(get(f"/session/qr/{segment(session_id)}", limit_bytes=QR_LIMIT_BYTES))
        return said.text_at("qr") if said.is_ok and said.at("success") is True else None

    async def send(self, message: OutgoingMessage, ask: Ask, fetch: Fetch) -> Outcome:
        """Send: media go by their URL, which the gateway fetches.

        A message that arrived can be answered without its description: a doubt, and no failure.
        """
        options: dict[str, object] = {}
        if message.media_url is not None:
            options["caption"] = message.text
            options["sendMediaAsDocument"] = message.media_type not in {"image", "video"}
        body = {
            "chatId": chat_id(message.recipient, "c.us"),
            "contentType": "string" if message.media_url is None else "MessageMediaFromURL",
            "content": message.text if message.media_url is None else message.media_url,
            "options": options,
        }
        path = f"/client/sendMessage/{segment(message.gateway_session_id)}"
        said = await ask(Request("POST", path, body, sends=True, limit_bytes=ECHO_LIMIT_BYTES))
        if said.is_ok and said.at("success") is True and said.at("message") is None:
            return Outcome(OutcomeKind.UNCONFIRMED, NAMELESS, said.status)
        return self.sent_or_refused(said, engine_message_id(said.at("message")))

    async def restart(self, session_id: str, ask: Ask) -> ControlResult:
        """Restart; a session that the gateway does not run is started.

        It says "Restarted successfully" also where the session did not come back: only its status tells.
        """
        said = await ask(get(f"/session/restart/{segment(session_id)}"))
        if said.text_at("message") != NOT_FOUND:
            return self.obeyed(said)
        return self.obeyed(await ask(get(f"/session/start/{segment(session_id)}")))

    async def disconnect(self, session_id: str, ask: Ask) -> ControlResult:
        """Log out: the gateway forgets the session and its pairing."""
        return self.obeyed(await ask(get(f"/session/terminate/{segment(session_id)}")))

    async def qr(self, session_id: str, ask: Ask, now: datetime) -> Observation:
        """The state, with the QR code where one is wanted."""
        seen = await self.status(session_id, ask)
        if seen.state is not ObservedState.QR_WANTED or seen.qr is not None:
            return seen
        return replace(seen, qr=await self._qr_code(session_id, ask))

    async def pairing_code(self, session_id: str, phone_number: str, ask: Ask, now: datetime) -> Observation:
        """A code, asked for only where one is wanted."""
        seen = await self.status(session_id, ask)
        if seen.state is not ObservedState.QR_WANTED:
            return seen
        said = await ask(post(f"/session/requestPairingCode/{segment(session_id)}", {"phoneNumber": phone_number}))
        code = said.text_at("result") if said.is_ok and said.at("success") is True else None
        return replace(seen, pairing_code=code, detail="" if code else said.words)

    async def check_number(self, session_id: str, phone_number: str, ask: Ask) -> NumberCheck:
        """Whether a number is on WhatsApp, and how WhatsApp writes it; null is the gateway's no."""
        said = await ask(post(f"/client/getNumberId/{segment(session_id)}", {"number": phone_number}))
        match said.json if said.is_ok else None:
            case {"success": True, "result": None}:
                return NumberCheck(NumberVerdict.UNKNOWN)
            case {"success": True, "result": {"user": str()} as wid}:
                return NumberCheck(NumberVerdict.KNOWN, _digits_of_wid(wid))
            case _:
                return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, session_id: str, url: str, ask: Ask) -> ControlResult:
        """Have a session post to us instead of the server's address. What it brings is the server's key: no call sets it."""
        path = f"/session/setWebhook/{segment(session_id)}"
        return self.obeyed(await ask(Request("PUT", path, {"webhookUrl": url})))

    async def health(self, ask: Ask) -> GatewayHealth:
        """The sessions that run. It tells no version."""
        said = await ask(get("/session/getSessions", limit_bytes=LIST_LIMIT_BYTES))
        if not said.is_ok:
            return self.refused_health(said)
        sessions = said.at("result")
        if said.at("success") is not True or not isinstance(sessions, list):
            raise UnknownAnswer(said)
        return GatewayHealth(is_reachable=True, key_accepted=True, sessions=len(sessions))

    def webhook_refusal(self, headers: Mapping[str, str], body: bytes) -> WebhookRefusal | None:
        """It can send no secret but its own key; ours is for a proxy that puts another in its place."""
        refusal = shared_secret_refusal(headers, self.config.webhook_secret)
        if refusal is not None and shared_secret_refusal(headers, self.config.api_key) is None:
            return None
        return refusal

    def read_webhook(self, fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
        """A session's state, or an ack of a message of ours. None has a time."""
        session_id, name = text_at(fields, "sessionId"), text_at(fields, "dataType")
        if name not in EVENTS:
            return ParsedWebhook(session_id, "unknown")
        if session_id is None:
            return ParsedWebhook(None, name)
        data = fields.get("data")
        event = _told_ack(session_id, data) if name == "message_ack" else self._told_state(session_id, name, data)
        return ParsedWebhook(session_id, name, () if event is None else (event,))

    def _told_state(self, session_id: str, name: str, data: object) -> WebhookEvent | None:
        match name:
            case "ready":
                seen = Observation(ObservedState.CONNECTED)
            case "qr":
                seen = Observation(ObservedState.QR_WANTED, qr=text_at(data, "qr"))
            case "disconnected":
                seen = Observation(ObservedState.DISCONNECTED, text_at(data, "reason") or "")
            case "status":  # so it calls a pairing that WhatsApp did not accept
                seen = Observation(ObservedState.DISCONNECTED, text_at(data, "msg") or "")
            case _:
                seen = self.named_state(at(data, "state"))
        if seen.state is ObservedState.CANNOT_TELL:
            return None
        return WebhookEvent(WebhookKind.STATUS, session_id, observation=seen)


def _told_ack(session_id: str, data: object) -> WebhookEvent | None:
    message, ack = at(data, "message"), at(data, "ack")
    kind = ACKS.get(ack) if isinstance(ack, int) and not isinstance(ack, bool) else None
    is_another_s = at(message, "id", "fromMe") is False or at(message, "fromMe") is False
    if kind is None or is_another_s:
        return None
    return WebhookEvent(
        kind,
        session_id,
        gateway_message_id=engine_message_id(message),
        recipient=(
            text_at(message, "to")
            or text_at(message, "id", "remote")
            or text_at(message, "id", "remote", "_serialized")
        ),
        outcome=rejection("WhatsApp refused the message", None) if kind is WebhookKind.REJECTED else None,
    )


def _digits_of_wid(wid: object) -> str | None:
    """The number of an account, as whatsapp-web.js writes accounts; a hidden one (``lid``) is no number."""
    return None if text_at(wid, "server") == "lid" else phone_digits(at(wid, "user"))
