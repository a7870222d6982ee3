"""What is said to wuzapi, and what its answers mean.

whatsmeow waits for the server's ack, so a 2xx to a send is the ack. There is no ack event, only receipts. A user's routes
take its token in ``token``, the admin's routes theirs in ``Authorization`` (see ``keyring``). Texts differ in case between
builds. Builds are named by the month of the source: 2025-05 has neither HMAC nor connection webhooks, and its list of users
shows what its database believes; 2026-02 has all of them.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict
from yarl import URL

from truesend.gateways.answers import Said, UnknownAnswer, at, text_at
from truesend.gateways.capabilities import CallerId, Capabilities
from truesend.gateways.dialect import QR_LIMIT_BYTES, Ask, Dialect, Fetch, Request, get, post
from truesend.gateways.kinds.wuzapi.keyring import Keyring, ListRefused, NamedBy, NoToken, named_once, with_token
from truesend.gateways.kinds.wuzapi.sends import ROWS, written
from truesend.gateways.kinds.wuzapi.states import NOT_LOGGED_IN, NOT_PAIRED, STATES, state_of
from truesend.gateways.kinds.wuzapi.webhooks import (
    CONNECTION_EVENTS,
    RECEIPT,
    events_of,
    fields_of,
    name_of,
    number_of,
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
    WebhookRefusal,
)
from truesend.gateways.webhook_secrets import hmac_refusal

HMAC_HEADER: Final = "x-hmac-signature"
HMAC_KEY_MIN: Final = 32


class WuzapiOptions(BaseModel):
    """What only a wuzapi has to be told. ``sessions_by``: which of a user's two names a session has in Truesend."""

    model_config = ConfigDict(extra="forbid")

    build: Literal["2025-05", "2026-02"] = "2025-05"
    sessions_by: NamedBy = "name"


class Wuzapi(Dialect):
    """One wuzapi server."""

    kind: ClassVar[str] = "wuzapi"
    options_model = WuzapiOptions
    states = STATES
    send_rows = ROWS
    signature_headers = (HMAC_HEADER,)

    def __init__(self, config: GatewayConfig) -> None:
        """Raises ValueError where the settings can't be used."""
        super().__init__(config)
        self._options = WuzapiOptions.model_validate(config.options)
        self._keys = Keyring(config.api_key, self._options.sessions_by)
        self._is_2026 = self._options.build == "2026-02"
        if self._is_2026 and 0 < len(config.webhook_secret) < HMAC_KEY_MIN:
            raise ValueError(f"the webhook secret is wuzapi's HMAC key: at least {HMAC_KEY_MIN} characters")
        if self._keys.lists and config.api_key and _has_credentials(config.url):
            raise ValueError("the gateway's URL holds credentials, and the admin token goes in the same header")

    @property
    def capabilities(self) -> Capabilities:
        """What it can do: by its build, and by whose webhooks we can tell from forged ones."""
        webhooks = self._is_2026 or not self._keys.lists
        return Capabilities(
            answer_confirms=True,
            acks_need_id=True,
            receipts=webhooks,
            session_webhooks=self._is_2026,
            caller_id=CallerId("3EB0", 18),
            bulk_status=self._is_2026 and self._keys.lists,
            qr=True,
            pairing_code=True,
            webhook_registration=webhooks,
            number_check=True,
        )

    def key_headers(self) -> Mapping[str, str]:
        """None that goes with every request: each has its session's token, or the admin's."""
        return {}

    def secrets(self) -> Collection[str]:
        """The sessions' tokens, as far as they are known."""
        return self._keys.tokens()

    async def status(self, session_id: str, ask: Ask) -> Observation:
        """The state of a session."""
        try:
            said = await self._asked(session_id, get("/session/status"), ask)
        except NoToken as missing:
            return missing.observation
        if not said.is_ok:
            return self.refused_state(said)
        data = said.at("data")
        name = state_of(data)
        if name is None or said.at("success") is False:
            raise UnknownAnswer(said)
        # 2025-05 shows no pairing beside the flags: only where it has a QR code, one is wanted
        if name == NOT_PAIRED and at(data, "jid") is None and not await self._code(session_id, ask):
            name = NOT_LOGGED_IN
        return self.named_state(name, phone_number=number_of(at(data, "jid")))

    async def statuses(self, ask: Ask) -> Mapping[str, Observation] | Observation:
        """The states of all sessions whose live flags the list shows, each under a name that no other has."""
        try:
            users = await self._keys.users(ask)
        except ListRefused as refused:
            return refused.observation
        return {
            user.session_id: self.named_state(state, phone_number=number_of(user.fields.get("jid")))
            for user in named_once(users)
            if (state := state_of(user.fields)) is not None
        }

    async def send(self, message: OutgoingMessage, ask: Ask, fetch: Fetch) -> Outcome:
        """Send: media go as data URLs, which every build takes."""
        session_id = message.gateway_session_id
        try:
            found = await self._keys.find(session_id, ask)
        except NoToken as missing:
            return missing.outcome
        path, body = await written(message, fetch)
        said = await ask(with_token(post(path, body, sends=True), found.token))
        if said.status == 401:
            self._keys.forget(session_id)
            if found.from_memory:  # the user is gone, or has another token: a look at the session will tell
                return Outcome(
                    OutcomeKind.SESSION_DOWN, said.words or "the token is no session's any more", said.status
                )
        return self.sent_or_refused(said, said.text_at("data", "Id"))

    async def restart(self, session_id: str, ask: Ask) -> ControlResult:
        """Connect; a user that the gateway does not have is created, where the key and its name allow.

        A paired user's connect makes 2025-05 panic, with all its sessions, while WhatsApp is out of reach. ``Immediate``
        answers before anything is known: with false it would wait for 10 s, and know no more of a QR code.
        """
        try:
            hook = await self._asked(session_id, get("/webhook"), ask)
        except NoToken as missing:
            if not (missing.is_unknown and self._options.sessions_by == "name"):
                return ControlResult(ok=False, detail=missing.detail)
            created = self.obeyed(await ask(self._creation(session_id)))
            return await self._connected(session_id, self._events, ask) if created.ok else created
        if not hook.is_ok:
            return self.obeyed(hook)
        # an empty Subscribe would clear what the user is subscribed to
        return await self._connected(session_id, self._with_ours(hook.at("data", "subscribe")), ask)

    async def _connected(self, session_id: str, events: list[str], ask: Ask) -> ControlResult:
        connect = post("/session/connect", {"Subscribe": events, "Immediate": True})
        try:
            said = await self._asked(session_id, connect, ask)
            if not said.is_ok and "already connected" in said.words.lower():
                await self._asked(session_id, post("/session/disconnect"), ask)
                said = await self._asked(session_id, connect, ask)
        except NoToken as missing:
            return ControlResult(ok=False, detail=missing.detail)
        return self.obeyed(said)

    def _creation(self, session_id: str) -> Request:
        """A user whose token only the admin could make again."""
        token = hmac.new(self.config.api_key.encode(), f"token of {session_id}".encode(), hashlib.sha256).hexdigest()
        body: dict[str, object] = {"name": session_id, "token": token, "events": ",".join(self._events)}
        if self.capabilities.webhook_registration and self.config.webhook_url:
            body |= {"webhook": self.config.webhook_url, "hmacKey": self.config.webhook_secret}
        return self._keys.as_admin(post("/admin/users", body))

    async def disconnect(self, session_id: str, ask: Ask) -> ControlResult:
        """Log out: WhatsApp forgets the pairing. Refused while the session is not connected."""
        return await self._ordered(session_id, post("/session/logout"), ask)

    async def qr(self, session_id: str, ask: Ask, now: datetime) -> Observation:
        """The state, with the QR code where one is wanted."""
        seen = await self.status(session_id, ask)
        if seen.state is not ObservedState.QR_WANTED:
            return seen
        return replace(seen, qr=await self._code(session_id, ask))

    async def pairing_code(self, session_id: str, phone_number: str, ask: Ask, now: datetime) -> Observation:
        """A code, asked for only where one is wanted."""
        seen = await self.status(session_id, ask)
        if seen.state is not ObservedState.QR_WANTED:
            return seen
        try:
            said = await self._asked(session_id, post("/session/pairphone", {"Phone": phone_number}), ask)
        except NoToken as missing:
            return missing.observation
        code = said.text_at("data", "LinkingCode") if said.is_ok else None
        return replace(seen, pairing_code=code, detail="" if code else said.words)

    async def check_number(self, session_id: str, phone_number: str, ask: Ask) -> NumberCheck:
        """Whether a number is on WhatsApp, and how WhatsApp writes it."""
        try:
            said = await self._asked(session_id, post("/user/check", {"Phone": [phone_number]}), ask)
        except NoToken:
            return NumberCheck(NumberVerdict.CANNOT_TELL)
        match said.at("data", "Users", 0, "IsInWhatsapp") if said.is_ok else None:
            case True:
                return NumberCheck(NumberVerdict.KNOWN, number_of(said.at("data", "Users", 0, "JID")))
            case False:
                return NumberCheck(NumberVerdict.UNKNOWN)
            case _:
                return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, session_id: str, url: str, ask: Ask) -> ControlResult:
        """Make ours the user's webhook, of which it has one only, and sign it. What else it is subscribed to stays."""
        try:
            hook = await self._asked(session_id, get("/webhook"), ask)
        except NoToken as missing:
            return ControlResult(ok=False, detail=missing.detail)
        if not hook.is_ok:
            return self.obeyed(hook)
        if self._is_2026:  # first of all, lest one goes out that nobody signed
            signed = await self._ordered(
                session_id, post("/session/hmac/config", {"hmac_key": self.config.webhook_secret}), ask
            )
            if not signed.ok:
                return signed
        body = {"webhookurl": url, "events": self._with_ours(hook.at("data", "subscribe"))}
        return await self._ordered(session_id, post("/webhook", body), ask)

    async def health(self, ask: Ask) -> GatewayHealth:
        """Sessions, the webhooks among them, and the version, where the build tells it."""
        if not self._keys.lists:
            return await self._health_by_tokens(ask)
        try:
            users = await self._keys.users(ask)
        except ListRefused as refused:
            return self.refused_health(refused.said)
        webhooks = sum(1 for user in users if self._is_ours(user.fields.get("webhook")))
        return await self._well(len(users), webhooks, ask)

    async def _health_by_tokens(self, ask: Ask) -> GatewayHealth:
        webhooks = 0
        for session_id in self._keys.own_sessions:
            hook = await self._asked(session_id, get("/webhook"), ask)
            if not hook.is_ok:
                refused = self.refused_health(hook)
                return replace(refused, detail=f"session “{session_id}”: {refused.detail}")
            webhooks += self._is_ours(hook.at("data", "webhook"))
        return await self._well(len(self._keys.own_sessions), webhooks, ask)

    async def _well(self, sessions: int, webhooks: int, ask: Ask) -> GatewayHealth:
        said = await ask(get("/health"))
        version = said.text_at("version") if said.is_ok else None
        return GatewayHealth(
            is_reachable=True, key_accepted=True, version=version, sessions=sessions, webhooks=webhooks
        )

    def _is_ours(self, url: object) -> bool:
        return bool(self.config.webhook_url) and url == self.config.webhook_url

    def webhook_refusal(self, headers: Mapping[str, str], body: bytes) -> WebhookRefusal | None:
        """Signed ones by their signature; of the others, those that show a token that our settings hold."""
        if not self.config.webhook_secret:
            return WebhookRefusal.NO_SECRET
        if HMAC_HEADER in headers:
            return hmac_refusal(headers[HMAC_HEADER], self.config.webhook_secret, body, "sha256")
        return self._keys.webhook_refusal(text_at(fields_of(headers, body), "token"))

    def webhook_fields(self, headers: Mapping[str, str], body: bytes) -> object:
        """The webhook's JSON, out of its form where it comes in one."""
        return fields_of(headers, body)

    def read_webhook(self, fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
        """Receipts, or a session's state."""
        session_id, name = self._keys.session_of_webhook(fields), name_of(fields)
        if session_id is None:
            return ParsedWebhook(None, name)
        return ParsedWebhook(session_id, name, events_of(fields, session_id, now))

    # --- what the conversations above are made of ---

    @property
    def _events(self) -> list[str]:
        return [RECEIPT, *CONNECTION_EVENTS] if self._is_2026 else [RECEIPT]

    def _with_ours(self, subscribed: object) -> list[str]:
        """What a user is subscribed to, and what we want to hear."""
        theirs = [each for each in subscribed if isinstance(each, str) and each] if isinstance(subscribed, list) else []
        return theirs if "All" in theirs else list(dict.fromkeys((*theirs, *self._events)))

    async def _asked(self, session_id: str, request: Request, ask: Ask) -> Said:
        """The answer to a session's request, which sends nothing: asked again where its token has become another."""
        found = await self._keys.find(session_id, ask)
        said = await ask(with_token(request, found.token))
        if said.status != 401:
            return said
        self._keys.forget(session_id)
        if not found.from_memory:
            return said
        return await ask(with_token(request, (await self._keys.find(session_id, ask)).token))

    async def _ordered(self, session_id: str, request: Request, ask: Ask) -> ControlResult:
        try:
            return self.obeyed(await self._asked(session_id, request, ask))
        except NoToken as missing:
            return ControlResult(ok=False, detail=missing.detail)

    async def _code(self, session_id: str, ask: Ask) -> str | None:
        """The QR code, where the gateway has one."""
        try:
            said = await self._asked(session_id, Request("GET", "/session/qr", limit_bytes=QR_LIMIT_BYTES), ask)
        except NoToken:
            return None
        return said.text_at("data", "QRCode") if said.is_ok else None


def _has_credentials(url: str) -> bool:
    try:
        return URL(url).user is not None
    except ValueError:
        return False
