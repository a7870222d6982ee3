"""The VPS: a small Node server around Baileys, asked over HTTP.

``GET /status/{id}``, ``POST /connect``, ``POST /disconnect/{id}``, ``POST /send``, ``POST /message-status``. What an answer
means stands in ``vps_sends``, ``vps_sessions``, ``vps_lookups`` and ``vps_webhooks``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final

import orjson

from truesend.gateways.answers import Said, UnknownAnswer
from truesend.gateways.capabilities import Capabilities
from truesend.gateways.dialect import Ask, Dialect, Fetch, get, post, segment
from truesend.gateways.http import GatewayHttp, auth_header
from truesend.gateways.http_answers import Answer
from truesend.gateways.http_gateway import Clock, HttpGateway, utc_now
from truesend.gateways.protocol import (
    ControlResult,
    GatewayConfig,
    GatewayHealth,
    LookupResult,
    Observation,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
    WebhookRefusal,
)
from truesend.gateways.redaction import plain
from truesend.gateways.vps_lookups import lookup_result, message_id_text
from truesend.gateways.vps_sends import is_listed, message_id, send_kind
from truesend.gateways.vps_sessions import observation
from truesend.gateways.vps_webhooks import read
from truesend.gateways.webhook_secrets import shared_secret_refusal
from truesend.gateways.wording import error_words

NO_SESSION: Final = "truesend_check"
_TEXT_LIMIT: Final = 20_000


class Vps(Dialect):
    """What a VPS is asked, and what it answers. ``now`` tells our time beside the gateway's."""

    kind: ClassVar[str] = "vps"

    def __init__(self, config: GatewayConfig, now: Clock = utc_now) -> None:
        super().__init__(config)
        self._now = now

    @property
    def capabilities(self) -> Capabilities:
        """What every build can do."""
        return Capabilities(
            answer_confirms=True,
            acks=True,
            receipts=True,
            session_webhooks=True,
            lookup=True,
            qr=True,
            qr_life_s=60.0,
            media_by_url=True,
        )

    def key_headers(self) -> Mapping[str, str]:
        """The header that the auth style names."""
        return auth_header(self.config.auth_style, self.config.api_key)

    async def status(self, session_id: str, ask: Ask) -> Observation:
        """The state of a session, with the QR code where one is wanted."""
        answer = (await ask(get(f"/status/{segment(session_id)}"))).answer
        body = json_object(answer)
        return observation(session_id, answer, body, said(answer, body), _raw)

    async def send(self, message: OutgoingMessage, ask: Ask, fetch: Fetch) -> Outcome:
        """Send."""
        heard = await ask(post("/send", _send_body(message), sends=True))
        answer, body = heard.answer, json_object(heard.answer)
        words = "" if _is_plain_success(answer, body) else said(answer, body)
        kind = send_kind(answer, body, words)
        if kind is OutcomeKind.UNCONFIRMED and not is_listed(answer.status):
            raise UnknownAnswer(heard)
        gateway_id = message_id_text(message_id(body)) if body is not None else None
        return Outcome(kind, words or f"HTTP {answer.status} without a word", answer.status, gateway_id)

    async def lookup(self, message: OutgoingMessage, ask: Ask) -> LookupResult:
        """What became of the last message to this chat."""
        question = {"sessionId": message.gateway_session_id, "groupJid": message.recipient}
        answer = (await ask(post("/message-status", question))).answer
        body = json_object(answer)
        words = said(answer, body)
        return lookup_result(message.gateway_session_id, message.recipient, answer, body, words, _raw, self._now())

    async def restart(self, session_id: str, ask: Ask) -> ControlResult:
        """Connect, or connect again."""
        return _done(await ask(post("/connect", {"sessionId": session_id})))

    async def disconnect(self, session_id: str, ask: Ask) -> ControlResult:
        """Log out."""
        return _done(await ask(post(f"/disconnect/{segment(session_id)}")))

    async def health(self, ask: Ask) -> GatewayHealth:
        """``/health`` asks for no key: it is tried on a session that no VPS has, since a wrong one is refused before that."""
        said = await ask(get("/health"))
        if not said.is_ok:
            return self.refused_health(said)
        tried = await ask(get(f"/status/{NO_SESSION}"))
        if tried.is_ok or (tried.status == 404 and not tried.is_of_no_gateway):
            return GatewayHealth(is_reachable=True, key_accepted=True)
        return self.refused_health(tried)

    def webhook_refusal(self, headers: Mapping[str, str], body: bytes) -> WebhookRefusal | None:
        """By the secret in a header."""
        return shared_secret_refusal(headers, self.config.webhook_secret)

    def read_webhook(self, fields: Mapping[str, object], now: datetime) -> ParsedWebhook:
        """A session's state, a callback, a rejection or a receipt."""
        return read(fields, _raw, now)


class VpsGateway(HttpGateway):
    """One VPS, with its key as its auth style says."""

    def __init__(self, config: GatewayConfig, http: GatewayHttp | None = None, *, now: Clock = utc_now) -> None:
        """Raises ValueError where the settings can't be used."""
        super().__init__(config, Vps(config, now), http, now=now)


def json_object(answer: Answer) -> Mapping[str, object] | None:
    """The body, where it is one whole JSON object."""
    if answer.truncated:
        return None
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def said(answer: Answer, body: Mapping[str, object] | None) -> str:
    """What the gateway said in words, raw: its error texts, or else what its body holds."""
    if body is not None:
        words = error_words(body)
        return words if words or answer.status < 300 else _text(answer.body)
    return plain(_text(answer.body))


def _raw(words: str) -> str:
    """The engine cleans words."""
    return words


def _text(body: bytes) -> str:
    return body[:_TEXT_LIMIT].decode("utf-8", "replace")


def _done(heard: Said) -> ControlResult:
    answer, told = heard.answer, json_object(heard.answer)
    denied = told is not None and (told.get("success") is False or bool(told.get("error")))
    if 200 <= answer.status < 300 and not denied:
        return ControlResult(ok=True)
    return ControlResult(ok=False, detail=f"HTTP {answer.status}: {said(answer, told) or 'without a word'}")


def _is_plain_success(answer: Answer, body: Mapping[str, object] | None) -> bool:
    """The common case, whose words nobody needs."""
    return answer.status == 200 and body is not None and body.get("success") is True and not body.get("error")


def _send_body(message: OutgoingMessage) -> Mapping[str, object]:
    body: dict[str, object] = {
        "sessionId": message.gateway_session_id,
        "phone": message.recipient,
        "message": message.text,
    }
    if message.media_url is not None:
        body["mediaUrl"] = message.media_url
    if message.media_type is not None:
        body["mediaType"] = message.media_type
    return body
