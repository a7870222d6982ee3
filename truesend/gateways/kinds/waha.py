"""WAHA: an HTTP API in front of WEBJS, NOWEB (Baileys) or GOWS (whatsmeow); which one decides what a 2xx means.

Key in ``X-Api-Key``. Webhooks carry the HMAC-SHA512 of their body; versions before 2026.6 without Plus sign nothing, and send
our secret in a header that they are told.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from truesend.gateways.answers import Row, Said, UnknownAnswer, at, objects, text_at
from truesend.gateways.capabilities import CallerId, Capabilities
from truesend.gateways.chat_ids import (
    bare_message_id,
    chat_id,
    chat_of_message_id,
    engine_message_id,
    phone_digits,
)
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
from truesend.gateways.gateway_time import believable
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
from truesend.gateways.webhook_secrets import hmac_refusal, shared_secret_refusal
from truesend.gateways.wording import Meaning

CALLER_IDS_SINCE: Final = (2026, 4, 3)
HMAC_HEADER: Final = "x-webhook-hmac"
EVENTS: Final = ("session.status", "message.ack")

STATES: Final[Mapping[str, ObservedState]] = {
    "STOPPED": ObservedState.DISCONNECTED,
    "STARTING": ObservedState.CONNECTING,
    "SCAN_QR_CODE": ObservedState.QR_WANTED,
    "PASSKEY_REQUIRED": ObservedState.QR_WANTED,
    "PASSKEY_CONFIRMATION_REQUIRED": ObservedState.QR_WANTED,
    "WORKING": ObservedState.CONNECTED,
    "FAILED": ObservedState.DISCONNECTED,
}

ACKS: Final[Mapping[int, WebhookKind]] = {
    -1: WebhookKind.REJECTED,
    1: WebhookKind.SENT,
    2: WebhookKind.DELIVERED,
    3: WebhookKind.READ,
    4: WebhookKind.READ,
}

SEND_PATHS: Final[Mapping[str, str]] = {
    "image": "/api/sendImage",
    "video": "/api/sendVideo",
    "document": "/api/sendFile",
}


def _names_a_state_of_no_use(said: Said) -> bool:
    return said.text_at("status") in STATES.keys() - {"WORKING"}


def _has_id(said: Said) -> bool:
    return engine_message_id(said.json) is not None


SEND_ROWS: Final[tuple[Row[OutcomeKind], ...]] = (
    Row(OutcomeKind.UNCONFIRMED, OK, where=lambda said: said.at("ack") == -1 or said.at("ackName") == "ERROR"),
    Row(OutcomeKind.SESSION_DOWN, {422}, where=_names_a_state_of_no_use),
    Row(OutcomeKind.CONFIG_ERROR, {422}, Meaning.CONFIG_ERROR),
)


class WahaOptions(BaseModel):
    """What only a WAHA has to be told."""

    model_config = ConfigDict(extra="forbid")

    engine: Literal["WEBJS", "NOWEB", "GOWS"] = "WEBJS"
    version: str = Field(default="", pattern=r"^(\d{4}\.\d{1,2}\.\d{1,3})?$")


class Waha(Dialect):
    """One WAHA server."""

    kind: ClassVar[str] = "waha"
    options_model = WahaOptions
    states = STATES
    signature_headers = (HMAC_HEADER, "x-webhook-hmac-algorithm")

    def __init__(self, config: GatewayConfig) -> None:
        """Raises ValueError where the settings can't be used."""
        super().__init__(config)
        self._options = WahaOptions.model_validate(config.options)
        # whatsmeow waits for the server's ack; the other engines have only handed the message over
        accepted = OutcomeKind.SENT if self._options.engine == "GOWS" else OutcomeKind.ACCEPTED
        self.send_rows = (*SEND_ROWS, Row(accepted, OK, where=_has_id))

    @property
    def capabilities(self) -> Capabilities:
        """What it can do: by its engine and its version."""
        return Capabilities(
            answer_confirms=self._options.engine == "GOWS",
            acks=True,
            acks_need_id=True,
            receipts=True,
            session_webhooks=True,
            caller_id=CallerId("3EB0", 18) if self._takes_ids() else None,
            bulk_status=True,
            qr=True,
            pairing_code=True,
            webhook_registration=True,
            number_check=True,
            media_by_url=True,
        )

    def _takes_ids(self) -> bool:
        version = tuple(int(part) for part in self._options.version.split(".") if part)
        return self._options.engine in {"NOWEB", "GOWS"} and version >= CALLER_IDS_SINCE

    def key_headers(self) -> Mapping[str, str]:
        """The headers that carry the key."""
        return {"X-Api-Key": self.config.api_key} if self.config.api_key else {}

    async def status(self, session_id: str, ask: Ask) -> Observation:
        """The state of a session."""
        said = await ask(get(f"/api/sessions/{segment(session_id)}"))
        if not said.is_ok:
            return self.refused_state(said)
        if not isinstance(said.json, dict):
            raise UnknownAnswer(said)
        if said.text_at("name") not in {None, session_id}:
            return Observation(ObservedState.CANNOT_TELL, "the gateway answered about another session")
        return self._seen(said.json)

    async def statuses(self, ask: Ask) -> Mapping[str, Observation] | Observation:
        """The states of all sessions that the gateway lists."""
        said = await ask(get("/api/sessions", {"all": "true"}, limit_bytes=LIST_LIMIT_BYTES))
        if not said.is_ok:
            return self.refused_list(said)
        if not isinstance(said.json, list):
            raise UnknownAnswer(said)
        return {name: self._seen(each) for each in objects(said.json) if (name := text_at(each, "name"))}

    def _seen(self, session: object) -> Observation:
        return self.named_state(at(session, "status"), phone_number=phone_digits(at(session, "me", "id")))

    async def send(self, message: OutgoingMessage, ask: Ask, fetch: Fetch) -> Outcome:
        """Send: media go by their URL, which WAHA fetches."""
        body: dict[str, object] = {
            "session": message.gateway_session_id,
            "chatId": chat_id(message.recipient, "c.us"),
        }
        if message.reserved_id is not None:
            body["id"] = message.reserved_id
        path = "/api/sendText"
        if message.media_url is None:
            body["text"] = message.text
        else:
            path = SEND_PATHS.get(message.media_type or "", SEND_PATHS["document"])
            body |= {"file": {"url": message.media_url}, "caption": message.text}
        said = await ask(post(path, body, sends=True))
        return self.sent_or_refused(said, engine_message_id(said.json))

    async def restart(self, session_id: str, ask: Ask) -> ControlResult:
        """Restart; a session that WAHA does not know is created and started."""
        said = await ask(post(f"/api/sessions/{segment(session_id)}/restart"))
        if said.status != 404 or said.is_of_no_gateway:
            return self.obeyed(said)
        config = {"webhooks": [self._webhook(self.config.webhook_url)]} if self.config.webhook_url else {}
        return self.obeyed(await ask(post("/api/sessions", {"name": session_id, "start": True, "config": config})))

    async def disconnect(self, session_id: str, ask: Ask) -> ControlResult:
        """Log out: WAHA forgets the pairing."""
        return self.obeyed(await ask(post(f"/api/sessions/{segment(session_id)}/logout")))

    async def qr(self, session_id: str, ask: Ask, now: datetime) -> Observation:
        """The state, with the QR code where one is wanted."""
        seen = await self.status(session_id, ask)
        if seen.state is not ObservedState.QR_WANTED:
            return seen
        said = await ask(get(f"/api/{segment(session_id)}/auth/qr", limit_bytes=QR_LIMIT_BYTES))
        mimetype, data = said.text_at("mimetype"), said.text_at("data")
        return replace(seen, qr=f"data:{mimetype};base64,{data}" if said.is_ok and mimetype and data else None)

    async def pairing_code(self, session_id: str, phone_number: str, ask: Ask, now: datetime) -> Observation:
        """A code, asked for only where one is wanted: while a session starts, WAHA never answers this."""
        seen = await self.status(session_id, ask)
        if seen.state is not ObservedState.QR_WANTED:
            return seen
        said = await ask(post(f"/api/{segment(session_id)}/auth/request-code", {"phoneNumber": phone_number}))
        code = said.text_at("code") if said.is_ok else None
        return replace(seen, pairing_code=code, detail="" if code else said.words)

    async def check_number(self, session_id: str, phone_number: str, ask: Ask) -> NumberCheck:
        """Whether a number is on WhatsApp, and how WhatsApp writes it."""
        said = await ask(get("/api/contacts/check-exists", {"phone": phone_number, "session": session_id}))
        match said.at("numberExists") if said.is_ok else None:
            case True:
                return NumberCheck(NumberVerdict.KNOWN, phone_digits(said.at("chatId")))
            case False:
                return NumberCheck(NumberVerdict.UNKNOWN)
            case _:
                return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, session_id: str, url: str, ask: Ask) -> ControlResult:
        """Add ours to a session's webhooks, which restarts it; what is configured otherwise stays."""
        path = f"/api/sessions/{segment(session_id)}"
        said = await ask(get(path))
        if not said.is_ok:
            return self.obeyed(said)
        config = said.at("config")
        config = config if isinstance(config, dict) else {}
        others = [hook for hook in objects(config.get("webhooks")) if hook.get("url") != url]
        wanted = {**config, "webhooks": [*others, self._webhook(url)]}
        return self.obeyed(await ask(Request("PUT", path, {"name": session_id, "config": wanted})))

    def _webhook(self, url: str) -> Mapping[str, object]:
        secret = self.config.webhook_secret
        return {
            "url": url,
            "events": list(EVENTS),
            "hmac": {"key": secret},
            "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 15},
            "customHeaders": [{"name": "X-API-Key", "value": secret}],
        }

    async def health(self, ask: Ask) -> GatewayHealth:
        """Sessions, the webhooks among them, and the version."""
        said = await ask(get("/api/sessions", {"all": "true"}, limit_bytes=LIST_LIMIT_BYTES))
        if not said.is_ok:
            return self.refused_health(said)
        if not isinstance(said.json, list):
            raise UnknownAnswer(said)
        sessions = objects(said.json)
        version = await ask(get("/api/version"))
        return GatewayHealth(
            is_reachable=True,
            key_accepted=True,
            version=version.text_at("version") if version.is_ok else None,
            sessions=len(sessions),
            webhooks=sum(1 for session in sessions if self._posts_to_us(session)),
        )

    def _posts_to_us(self, session: object) -> bool:
        hooks = objects(at(session, "config", "webhooks"))
        return bool(self.config.webhook_url) and any(hook.get("url") == self.config.webhook_url for hook in hooks)

    def webhook_refusal(self, headers: Mapping[str, str], body: bytes) -> WebhookRefusal | None:
        """Signed ones by their signature, others by the secret in their header."""
        if HMAC_HEADER in headers:
            return hmac_refusal(headers[HMAC_HEADER], self.config.webhook_secret, body, "sha512")
        return shared_secret_refusal(headers, self.config.webhook_secret)

    def read_webhook(self, fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
        """A session's state, or an ack of a message of ours."""
        session_id, name = text_at(fields, "session"), text_at(fields, "event")
        if session_id is None or name not in EVENTS:
            return ParsedWebhook(session_id, name if name in EVENTS else "unknown")
        at_time = believable(fields.get("timestamp"), now)
        read = self._told_state if name == "session.status" else self._told_ack
        event = read(session_id, fields, at_time)
        return ParsedWebhook(session_id, name, () if event is None else (event,))

    def _told_state(
        self, session_id: str, fields: Mapping[str, object], at_time: datetime | None
    ) -> WebhookEvent | None:
        phone_number = phone_digits(at(fields, "me", "id"))
        seen = self.named_state(at(fields, "payload", "status"), phone_number=phone_number)
        if seen.state is ObservedState.CANNOT_TELL:
            return None
        return WebhookEvent(WebhookKind.STATUS, session_id, at_time, observation=seen)

    def _told_ack(self, session_id: str, fields: Mapping[str, object], at_time: datetime | None) -> WebhookEvent | None:
        payload = fields.get("payload")
        ack, message = at(payload, "ack"), at(payload, "id")
        kind = ACKS.get(ack) if isinstance(ack, int) and not isinstance(ack, bool) else None
        if kind is None or at(payload, "fromMe") is False:
            return None
        is_receipt = kind in {WebhookKind.DELIVERED, WebhookKind.READ}
        return WebhookEvent(
            kind,
            session_id,
            at_time,
            gateway_message_id=bare_message_id(message),
            recipient=chat_of_message_id(message) or text_at(payload, "to"),
            reader=text_at(payload, "participant") if is_receipt else None,
            outcome=rejection("WhatsApp refused the message", None) if kind is WebhookKind.REJECTED else None,
        )
