"""GOWA's calls.

Basic authentication; ``X-Device-Id`` names the session. The device's routes are used rather than ``/devices/{id}/…``: those
answer 500 for a device that is unknown, or create a ghost of it.
"""

import base64
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import urlencode

from truesend.gateways.answers import Said, UnknownAnswer, objects
from truesend.gateways.capabilities import Capabilities
from truesend.gateways.chat_ids import chat_id, phone_digits
from truesend.gateways.dialect import (
    LIST_LIMIT_BYTES,
    QR_LIMIT_BYTES,
    Ask,
    Dialect,
    Fetch,
    Request,
    get,
    post,
    segment,
)
from truesend.gateways.kinds.gowa import pairing, tables, webhooks
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

_MEDIA: Final[Mapping[str, tuple[str, str]]] = {
    "image": ("/send/image", "image_url"),
    "video": ("/send/video", "video_url"),
    "document": ("/send/file", "file_url"),
}
_OTHER_ADDRESS: Final = "it posts to another address, and a device has only one: clear that one at GOWA first"


class Gowa(Dialect):
    """One GOWA server. ``api_key`` is ``user:password``."""

    kind: ClassVar[str] = "gowa"
    send_rows = tables.SENDS
    state_rows = tables.STATES
    signature_headers = (webhooks.SIGNATURE_HEADER,)

    def __init__(self, config: GatewayConfig) -> None:
        """Raises ValueError where the settings can't be used."""
        super().__init__(config)
        self._offers = pairing.Offers()

    @property
    def capabilities(self) -> Capabilities:
        """What it can do. Its list is not taken as statuses: it calls a device logged in whose socket is gone."""
        return Capabilities(
            answer_confirms=True,
            acks_need_id=True,
            receipts=True,
            qr=True,
            pairing_code=True,
            webhook_registration=True,
            number_check=True,
            media_by_url=True,
        )

    def key_headers(self) -> Mapping[str, str]:
        """The headers that carry the key."""
        return {"Authorization": f"Basic {self._basic()}"} if self.config.api_key else {}

    def secrets(self) -> Collection[str]:
        """The password by itself, and the key as it goes out."""
        return (self.config.api_key.partition(":")[2], self._basic()) if self.config.api_key else ()

    def _basic(self) -> str:
        return base64.b64encode(self.config.api_key.encode()).decode()

    async def status(self, session_id: str, ask: Ask) -> Observation:
        """The state of a session."""
        return self._seen(await ask(_of(session_id, "/app/status")))

    def _seen(self, said: Said) -> Observation:
        if not said.is_ok:
            return self.refused_state(said)
        connected, logged_in = said.at("results", "is_connected"), said.at("results", "is_logged_in")
        if not tables.is_good(said) or not isinstance(connected, bool) or not isinstance(logged_in, bool):
            raise UnknownAnswer(said)
        return Observation(tables.FLAGS[connected, logged_in], phone_number=phone_digits(said.at("results", "jid")))

    async def send(self, message: OutgoingMessage, ask: Ask, fetch: Fetch) -> Outcome:
        """Send: media go by their URL, which GOWA fetches."""
        path, body = _message(message)
        said = await ask(_of(message.gateway_session_id, path, body, sends=True))
        outcome = self.sent_or_refused(said, tables.message_id(said))
        if tables.code(said) != "INVALID_JID" or outcome.kind is not OutcomeKind.PERMANENT:
            return outcome
        # it calls a number unknown as well where the question to WhatsApp failed
        seen = await self.status(message.gateway_session_id, ask)
        is_sure = seen.state is ObservedState.CONNECTED
        return outcome if is_sure else replace(outcome, kind=OutcomeKind.SESSION_DOWN)

    async def restart(self, session_id: str, ask: Ask) -> ControlResult:
        """Connect again. A device that is unknown is created; one without a pairing has only a code to be asked for."""
        said = await ask(_of(session_id, "/app/reconnect"))
        if tables.code(said) == "DEVICE_NOT_FOUND":
            hook = self._webhook(self.config.webhook_url) if self.config.webhook_url else {}
            return self._obeyed(await ask(post("/devices", {"device_id": session_id, **hook})))
        if tables.code(said) == "INVALID_WA_CLI" or (said.status == 500 and "(session deleted)" in said.words):
            return ControlResult(ok=True)
        return self._obeyed(said)

    async def disconnect(self, session_id: str, ask: Ask) -> ControlResult:
        """Log out: GOWA forgets the pairing, and keeps the device."""
        self._offers.forget(session_id)
        return self._obeyed(await ask(_of(session_id, "/app/logout")))

    def _obeyed(self, said: Said) -> ControlResult:
        if said.is_ok and not tables.is_good(said):
            raise UnknownAnswer(said)
        return self.obeyed(said)

    async def qr(self, session_id: str, ask: Ask, now: datetime) -> Observation:
        """The state, with the QR code of a login where the device has no pairing: one login for each life of a code."""
        seen, can_pair = await self._look(session_id, ask)
        if not can_pair:
            return seen
        if (standing := self._offers.standing(session_id, now)) is not None:
            return standing
        self._offers.keep(session_id, now + pairing.LOGIN_PAUSE, seen)
        login = await ask(_of(session_id, "/app/login"))
        path = pairing.picture_path(login, self.config.url) if tables.is_good(login) else None
        if path is None:
            return self._offers.keep(session_id, now + pairing.LOGIN_PAUSE, replace(seen, detail=login.words))
        until = now + pairing.qr_life(login)
        qr = pairing.picture(await ask(get(path, limit_bytes=QR_LIMIT_BYTES)))
        return self._offers.keep(session_id, until, Observation(ObservedState.QR_WANTED, qr=qr, expires_at=until))

    async def pairing_code(self, session_id: str, phone_number: str, ask: Ask, now: datetime) -> Observation:
        """A code to be typed, where the device has no pairing; while it is typed, no QR login disturbs it."""
        seen, can_pair = await self._look(session_id, ask)
        if not can_pair:
            return seen
        said = await ask(_of(session_id, f"/app/login-with-code?{urlencode({'phone': phone_number})}"))
        code = said.text_at("results", "pair_code") if tables.is_good(said) else None
        if code is None:
            return replace(seen, detail=said.words)
        until = now + pairing.TYPING_TIME
        offered = Observation(ObservedState.QR_WANTED, pairing_code=code, expires_at=until)
        return self._offers.keep(session_id, until, offered)

    async def _look(self, session_id: str, ask: Ask) -> tuple[Observation, bool]:
        """The state, and whether a login would pair: of a device that is paired it would cut the connection."""
        said = await ask(_of(session_id, "/app/status"))
        seen = self._seen(said)
        can_pair = said.is_ok and seen.state is ObservedState.DISCONNECTED and not said.text_at("results", "jid")
        if seen.state is ObservedState.CONNECTED:
            self._offers.forget(session_id)
        return seen, can_pair

    async def check_number(self, session_id: str, phone_number: str, ask: Ask) -> NumberCheck:
        """Whether a number is on WhatsApp."""
        said = await ask(_of(session_id, f"/user/check?{urlencode({'phone': phone_number})}"))
        match said.at("results", "is_on_whatsapp") if tables.is_good(said) else None:
            case True:
                return NumberCheck(NumberVerdict.KNOWN)
            case False if (await self.status(session_id, ask)).state is ObservedState.CONNECTED:
                return NumberCheck(NumberVerdict.UNKNOWN)
            case _:
                return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, session_id: str, url: str, ask: Ask) -> ControlResult:
        """Have a device post its receipts to us. It has one address: another one than ours is not taken away."""
        path = f"/devices/{segment(session_id)}/webhook"
        has = await ask(get(path))
        if has.is_ok and has.text_at("results", "webhook_url") not in {None, url}:
            return ControlResult(ok=False, detail=_OTHER_ADDRESS)
        skips = has.is_ok and has.at("results", "webhook_insecure_skip_verify") is True
        body = {**self._webhook(url), "webhook_insecure_skip_verify": skips}
        return self._obeyed(await ask(Request("PATCH", path, body)))

    def _webhook(self, url: str) -> Mapping[str, object]:
        return {
            "webhook_url": url,
            "webhook_secret": self.config.webhook_secret,
            "webhook_events": webhooks.RECEIPTS_EVENT,
        }

    async def health(self, ask: Ask) -> GatewayHealth:
        """How many devices it has. Its version it does not tell, nor the webhook address of its environment."""
        said = await ask(get("/devices", limit_bytes=LIST_LIMIT_BYTES))
        if not said.is_ok:
            return self.refused_health(said)
        devices = said.at("results")
        if not tables.is_good(said) or not isinstance(devices, list | None):
            raise UnknownAnswer(said)
        return GatewayHealth(is_reachable=True, key_accepted=True, sessions=len(objects(devices)))

    def webhook_refusal(self, headers: Mapping[str, str], body: bytes) -> WebhookRefusal | None:
        """By the signature."""
        return webhooks.refusal(headers, body, self.config.webhook_secret)

    def read_webhook(self, fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
        """Receipts of messages of ours."""
        return webhooks.read(fields, now)


def _of(session_id: str, path: str, body: Mapping[str, object] | None = None, *, sends: bool = False) -> Request:
    """A request about one device: a GET, or a POST where there is a body. What no header can hold goes into the query."""
    method = "GET" if body is None else "POST"
    if session_id.isprintable():
        return Request(method, path, body, {"X-Device-Id": session_id}, sends=sends)
    query = urlencode({"device_id": session_id}, errors="replace")
    return Request(method, f"{path}{'&' if '?' in path else '?'}{query}", body, sends=sends)


def _message(message: OutgoingMessage) -> tuple[str, Mapping[str, object]]:
    phone = {"phone": chat_id(message.recipient, "s.whatsapp.net")}
    if message.media_url is None:
        return "/send/message", {**phone, "message": message.text}
    path, field = _MEDIA.get(message.media_type or "", _MEDIA["document"])
    as_it_is = {"compress": False} if field == "image_url" else {}
    return path, {**phone, "caption": message.text, field: message.media_url, **as_it_is}
