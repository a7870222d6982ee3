"""The VPS: a small Node server around Baileys, asked over HTTP.

``GET /status/{id}``, ``POST /connect``, ``POST /disconnect/{id}``, ``POST /send``, ``POST /message-status``. Every call
goes out at most once; what an answer means stands in ``vps_sends``, ``vps_sessions`` and ``vps_lookups``.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import orjson
from yarl import URL

from truesend.gateways.capabilities import Capabilities
from truesend.gateways.gateway_time import retry_after_s
from truesend.gateways.http import Answer, GatewayHttp, NoAnswer
from truesend.gateways.protocol import (
    ControlResult,
    GatewayConfig,
    GatewayHealth,
    LookupResult,
    LookupVerdict,
    Observation,
    ObservedState,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
    RefusedWebhook,
)
from truesend.gateways.redaction import Redactor, plain
from truesend.gateways.undeclared import Undeclared
from truesend.gateways.vps_lookups import lookup_result, message_id_text
from truesend.gateways.vps_sends import message_id, send_kind
from truesend.gateways.vps_sessions import observation
from truesend.gateways.vps_webhooks import parse
from truesend.gateways.webhook_secrets import shared_secret_refusal
from truesend.gateways.wording import error_words

_NO_SESSION_ID: Final = "the session has no id that the gateway could be asked for"
_TEXT_LIMIT: Final = 20_000

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The process's clock."""
    return datetime.now(UTC)


CAPABILITIES: Final = Capabilities(
    answer_confirms=True,
    acks=True,
    receipts=True,
    session_webhooks=True,
    lookup=True,
    qr=True,
    media_by_url=True,
)


class VpsGateway(Undeclared):
    """One VPS. ``http`` belongs to it and is closed with it; ``now`` tells our time beside the gateway's."""

    def __init__(self, config: GatewayConfig, http: GatewayHttp | None = None, *, now: Clock = utc_now) -> None:
        """Raises ValueError where the settings can't be used."""
        self._config = config
        self._http = http or GatewayHttp(config)
        self._now = now
        self._redactor = Redactor((config.api_key, config.webhook_secret, self._http.password))
        self._sends = asyncio.Semaphore(config.max_in_flight)
        self._looks = asyncio.Semaphore(config.status_max_in_flight)
        self._send_url = self._http.url("/send")
        self._lookup_url = self._http.url("/message-status")
        self._connect_url = self._http.url("/connect")

    @property
    def config(self) -> GatewayConfig:
        """The settings it was made from."""
        return self._config

    @property
    def capabilities(self) -> Capabilities:
        """What every build can do."""
        return CAPABILITIES

    async def status(self, gateway_session_id: str) -> Observation:
        """Ask once for a session's state."""
        segment = _path_segment(gateway_session_id)
        if segment is None:
            return Observation(ObservedState.CANNOT_TELL, _NO_SESSION_ID)
        async with self._looks:
            answer = await self._http.get(self._http.url(f"/status/{segment}"), timeout_s=self._config.status_timeout_s)
        if isinstance(answer, NoAnswer):
            return Observation(ObservedState.CANNOT_TELL, f"can't reach the gateway: {answer.detail}")
        body = json_object(answer)
        return observation(gateway_session_id, answer, body, said(answer, body), self._redactor.words)

    async def qr(self, gateway_session_id: str) -> Observation:
        """The state together with the QR code where one is wanted."""
        return await self.status(gateway_session_id)

    async def send(self, message: OutgoingMessage) -> Outcome:
        """Send once. Never repeats a request by itself."""
        async with self._sends:
            answer = await self._http.post(self._send_url, _send_body(message), timeout_s=self._config.send_timeout_s)
        if isinstance(answer, NoAnswer):
            kind = OutcomeKind.NEVER_TRANSMITTED if answer.never_reached else OutcomeKind.UNCONFIRMED
            return Outcome(kind, f"no answer from the gateway: {answer.detail}")
        body = json_object(answer)
        words = "" if _is_plain_success(answer, body) else said(answer, body)
        kind = send_kind(answer, body, words)
        gateway_id = message_id_text(message_id(body)) if body is not None else None
        if kind in {OutcomeKind.SENT, OutcomeKind.ACCEPTED}:
            return Outcome(kind, "", answer.status, gateway_id)
        return Outcome(
            kind,
            self._redactor.words(words or f"HTTP {answer.status} without a word", message.text),
            answer.status,
            gateway_id,
            retry_after_s(answer.headers, self._now()),
        )

    async def lookup(self, message: OutgoingMessage) -> LookupResult:
        """Ask what became of the last message to this chat."""
        question = {"sessionId": message.gateway_session_id, "groupJid": message.recipient}
        async with self._looks:
            answer = await self._http.post(self._lookup_url, question, timeout_s=self._config.status_timeout_s)
        if isinstance(answer, NoAnswer):
            return LookupResult(LookupVerdict.CANNOT_TELL, detail=f"can't reach the gateway: {answer.detail}")
        body = json_object(answer)
        return lookup_result(
            message.gateway_session_id,
            message.recipient,
            answer,
            body,
            said(answer, body),
            lambda words: self._redactor.words(words, message.text),
            self._now(),
        )

    async def restart(self, gateway_session_id: str) -> ControlResult:
        """Connect, or connect again: only ever at an operator's request."""
        return await self._order(self._connect_url, {"sessionId": gateway_session_id})

    async def disconnect(self, gateway_session_id: str) -> ControlResult:
        """Log the session out at the gateway: only ever at an operator's request."""
        segment = _path_segment(gateway_session_id)
        if segment is None:
            return ControlResult(ok=False, detail=_NO_SESSION_ID)
        return await self._order(self._http.url(f"/disconnect/{segment}"), {})

    async def health(self) -> GatewayHealth:
        """``/health`` asks for no key, and tells no more than that it is there."""
        async with self._looks:
            answer = await self._http.get(self._http.url("/health"), timeout_s=self._config.status_timeout_s)
        if isinstance(answer, NoAnswer):
            return GatewayHealth(
                is_reachable=not answer.never_reached, detail=f"can't reach the gateway: {answer.detail}"
            )
        return GatewayHealth(is_reachable=True)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> ParsedWebhook | RefusedWebhook:
        """Whether a webhook is the gateway's, and what it tells. ``headers`` have lower-case names. Never raises."""
        refusal = shared_secret_refusal(headers, self._config.webhook_secret)
        return RefusedWebhook(refusal) if refusal else parse(body, self._redactor.words, self._now())

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.close()

    async def _order(self, url: URL, body: Mapping[str, object]) -> ControlResult:
        async with self._looks:
            answer = await self._http.post(url, body, timeout_s=self._config.status_timeout_s)
        if isinstance(answer, NoAnswer):
            return ControlResult(ok=False, detail=f"can't reach the gateway: {answer.detail}")
        told = json_object(answer)
        denied = told is not None and (told.get("success") is False or bool(told.get("error")))
        if 200 <= answer.status < 300 and not denied:
            return ControlResult(ok=True)
        words = said(answer, told) or "without a word"
        return ControlResult(ok=False, detail=self._redactor.words(f"HTTP {answer.status}: {words}"))


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


def _text(body: bytes) -> str:
    return body[:_TEXT_LIMIT].decode("utf-8", "replace")


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


def _path_segment(session_id: str) -> str | None:
    """The id as one segment of a path, whatever it holds; None for what a path can't name."""
    if session_id in {"", ".", ".."}:
        return None
    return quote(session_id, safe="", errors="replace")
