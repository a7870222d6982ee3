"""A gateway that is spoken to by HTTP: what is the same for every kind, around the dialect of one.

Requests go out at most once, in bounded numbers and time; what was said is redacted before it leaves; no answer, and answers
that fit no row, become what may be said of them. Nothing here knows a kind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

import structlog

from truesend.gateways.answers import Said, Unanswered, UnknownAnswer
from truesend.gateways.capabilities import Capabilities
from truesend.gateways.dialect import Dialect, Request
from truesend.gateways.gateway_time import retry_after_s
from truesend.gateways.http import GatewayHttp
from truesend.gateways.http_answers import Answer, NoAnswer
from truesend.gateways.media import Media, MediaError, MediaLimits
from truesend.gateways.number_checks import NumberChecks
from truesend.gateways.protocol import (
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
    RefusedWebhook,
    WebhookEvent,
    WebhookRefusal,
)
from truesend.gateways.redaction import Redactor, without_numbers
from truesend.gateways.request_span import request_span
from truesend.gateways.unknown_answers import UnknownAnswers, shape_of
from truesend.observability.spans import parent_here, tracer

_NO_SESSION_ID: Final = "the session has no id that the gateway could be asked for"
_UNKNOWN: Final = "the gateway's answer is none that Truesend knows"
_ID_LIMIT: Final = 200
_SAMPLE_BYTES: Final = 20_000

Clock = Callable[[], datetime]
T = TypeVar("T")

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The process's clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Conversation:
    """One call's requests. ``may_have_sent``: a request that can send has gone out."""

    gateway: "HttpGateway"
    may_have_sent: bool = False
    last: Said | None = None

    async def ask(self, request: Request) -> Said:
        answer = await self.gateway.request(request)
        if request.sends and not (isinstance(answer, NoAnswer) and answer.never_reached):
            self.may_have_sent = True
        if isinstance(answer, NoAnswer):
            raise Unanswered(answer)
        self.last = Said(answer)
        return self.last


class HttpGateway:
    """One gateway. ``http`` belongs to it and is closed with it; ``now`` tells our time beside the gateway's."""

    def __init__(
        self, config: GatewayConfig, dialect: Dialect, http: GatewayHttp | None = None, *, now: Clock = utc_now
    ) -> None:
        """Raises ValueError where the settings can't be used."""
        self._config = config
        self._dialect = dialect
        self._http = http or GatewayHttp(config, key_headers=dialect.key_headers())
        self._now = now
        self._own_secrets = (config.api_key, config.webhook_secret, self._http.password)
        self._media_limits = MediaLimits(config.media_limit_bytes, config.media_timeout_s, config.media_allow_private)
        self._sends = asyncio.Semaphore(config.max_in_flight)
        self._looks = asyncio.Semaphore(config.status_max_in_flight)
        self._numbers = NumberChecks()
        self._unknown = UnknownAnswers(config.name)

    @property
    def config(self) -> GatewayConfig:
        """The settings it was made from."""
        return self._config

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._dialect.capabilities

    @property
    def _redactor(self) -> Redactor:
        """Of what is secret by now: a dialect may be told more of it by its gateway."""
        return Redactor(tuple(self.secrets()))

    async def request(self, request: Request) -> Answer | NoAnswer:
        """One request, once."""
        traces = tracer()
        if traces is None or (parent := parent_here()) is None:
            return await self._request(request)
        with request_span(traces, self._config, request.method, parent=parent) as show:
            return show(await self._request(request))

    async def _request(self, request: Request) -> Answer | NoAnswer:
        config = self._config
        return await self._http.request(
            request.method,
            request.path,
            request.body,
            timeout_s=config.send_timeout_s if request.sends else config.status_timeout_s,
            headers=request.headers,
            limit_bytes=request.limit_bytes,
        )

    async def status(self, gateway_session_id: str) -> Observation:
        """Ask once for a session's state."""
        return await self._look("status", gateway_session_id, lambda ask: self._dialect.status(gateway_session_id, ask))

    async def qr(self, gateway_session_id: str) -> Observation:
        """The state together with the QR code where one is wanted."""
        return await self._look(
            "qr", gateway_session_id, lambda ask: self._dialect.qr(gateway_session_id, ask, self._now())
        )

    async def pairing_code(self, gateway_session_id: str, phone_number: str) -> Observation:
        """The state together with a code to be typed into the phone of that number."""
        return await self._look(
            "pairing_code",
            gateway_session_id,
            lambda ask: self._dialect.pairing_code(gateway_session_id, phone_number, ask, self._now()),
        )

    async def statuses(self, gateway_session_ids: Collection[str]) -> Mapping[str, Observation]:
        """One call for all. Where it fails, that is what is known of each of these sessions."""
        if not self.capabilities.bulk_status:
            return {}
        wanted = set(gateway_session_ids)
        try:
            async with self._looks:
                found = await self._dialect.statuses(_Conversation(self).ask)
        except Unanswered as error:
            failed = _unreachable(error.reason)
        except UnknownAnswer as error:
            failed = Observation(ObservedState.CANNOT_TELL, self._note("statuses", error.said, _UNKNOWN))
        else:
            if not isinstance(found, Observation):
                return {name: self._clean(seen) for name, seen in found.items() if name in wanted}
            failed = self._clean(found)
        return dict.fromkeys(wanted, failed)

    async def send(self, message: OutgoingMessage) -> Outcome:
        """Send once. Never repeats a request by itself."""
        if not _can_be_named(message.gateway_session_id):
            return Outcome(OutcomeKind.CONFIG_ERROR, _NO_SESSION_ID)
        if self._config.check_numbers and await self._is_no_number(message):
            return Outcome(OutcomeKind.PERMANENT, f"{message.recipient} is not on WhatsApp")
        talk = _Conversation(self)
        try:
            async with self._sends:
                outcome = await self._dialect.send(message, talk.ask, self._fetch)
        except Unanswered as error:
            kind = OutcomeKind.UNCONFIRMED if talk.may_have_sent else OutcomeKind.NEVER_TRANSMITTED
            return Outcome(kind, f"no answer from the gateway: {error.reason.detail}")
        except MediaError as error:
            kind = OutcomeKind.PERMANENT if error.is_final else OutcomeKind.TRANSIENT
            return Outcome(kind, f"the media could not be sent: {error}")
        except UnknownAnswer as error:
            kind = OutcomeKind.UNCONFIRMED if talk.may_have_sent else OutcomeKind.TRANSIENT
            words = self._note("send", error.said, error.said.words or _UNKNOWN, message.text)
            return Outcome(kind, words, error.said.status)
        return self._finished(outcome, talk, message)

    async def _is_no_number(self, message: OutgoingMessage) -> bool:
        """Whether the gateway knows that nobody has this number; where it can't tell, the send itself will."""
        if not self.capabilities.number_check or "@" in message.recipient:
            return False
        check = self._numbers.of(message.recipient)
        if check is None:
            check = await self.check_number(message.gateway_session_id, message.recipient)
            self._numbers.note(message.recipient, check)
        return check.verdict is NumberVerdict.UNKNOWN

    def _finished(self, outcome: Outcome, talk: _Conversation, message: OutgoingMessage) -> Outcome:
        gateway_id = id_text(outcome.gateway_message_id)
        if outcome.kind is OutcomeKind.SENT or outcome.kind is OutcomeKind.ACCEPTED:
            if message.reserved_id is not None and gateway_id not in {None, message.reserved_id}:
                log.warning("the gateway did not take the id that Truesend gave it", gateway=self._config.name)
            return Outcome(
                outcome.kind, "", outcome.http_status, gateway_id or message.reserved_id, outcome.retry_after_s
            )
        headers = talk.last.answer.headers if talk.last is not None else {}
        return replace(
            outcome,
            gateway_words=self._redactor.words(outcome.gateway_words, message.text),
            gateway_message_id=gateway_id,
            retry_after_s=outcome.retry_after_s or retry_after_s(headers, self._now()),
        )

    async def lookup(self, message: OutgoingMessage) -> LookupResult:
        """Ask what became of the last message to this chat."""
        try:
            async with self._looks:
                result = await self._dialect.lookup(message, _Conversation(self).ask)
        except Unanswered as error:
            return LookupResult(LookupVerdict.CANNOT_TELL, detail=f"can't reach the gateway: {error.reason.detail}")
        except UnknownAnswer as error:
            detail = self._note("lookup", error.said, _UNKNOWN, message.text)
            return LookupResult(LookupVerdict.CANNOT_TELL, detail=detail)
        return replace(
            result,
            gateway_message_id=id_text(result.gateway_message_id),
            detail=self._redactor.words(result.detail, message.text),
        )

    async def restart(self, gateway_session_id: str) -> ControlResult:
        """Connect, or connect again: only ever at an operator's request."""
        return await self._order(
            "restart", gateway_session_id, lambda ask: self._dialect.restart(gateway_session_id, ask)
        )

    async def disconnect(self, gateway_session_id: str) -> ControlResult:
        """Log the session out at the gateway: only ever at an operator's request."""
        return await self._order(
            "disconnect", gateway_session_id, lambda ask: self._dialect.disconnect(gateway_session_id, ask)
        )

    async def register_webhook(self, gateway_session_id: str, url: str) -> ControlResult:
        """Have a session's webhooks posted to ``url``, with our secret: only ever at an operator's request."""
        return await self._order(
            "register_webhook",
            gateway_session_id,
            lambda ask: self._dialect.register_webhook(gateway_session_id, url, ask),
        )

    async def check_number(self, gateway_session_id: str, phone_number: str) -> NumberCheck:
        """Whether a number is on WhatsApp."""
        if not _can_be_named(gateway_session_id):
            return NumberCheck(NumberVerdict.CANNOT_TELL)
        try:
            async with self._looks:
                return await self._dialect.check_number(gateway_session_id, phone_number, _Conversation(self).ask)
        except Unanswered:
            return NumberCheck(NumberVerdict.CANNOT_TELL)
        except UnknownAnswer as error:
            self._note("check_number", error.said, "")
            return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def health(self) -> GatewayHealth:
        """Look at the gateway as a whole."""
        try:
            async with self._looks:
                health = await self._dialect.health(_Conversation(self).ask)
        except Unanswered as error:
            return GatewayHealth(is_reachable=not error.reason.never_reached, detail=_unreachable(error.reason).detail)
        except UnknownAnswer as error:
            return GatewayHealth(is_reachable=True, detail=self._note("health", error.said, _UNKNOWN))
        version = self._redactor.words(health.version)[:60] if health.version else None
        return replace(health, version=version, detail=self._redactor.words(health.detail))

    @property
    def signature_headers(self) -> tuple[str, ...]:
        """Headers of a webhook, in lower case, by which its receiver checks it; none is a secret."""
        return self._dialect.signature_headers

    def secrets(self) -> Collection[str]:
        """What of it must be stored nowhere: its key, its webhook secret, and what else its kind is told."""
        return (*self._own_secrets, *self._dialect.secrets())

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> ParsedWebhook | RefusedWebhook:
        """Whether a webhook is the gateway's, and what it tells. ``headers`` have lower-case names. Never raises."""
        refusal = self._dialect.webhook_refusal(headers, body)
        if refusal is not None:
            return RefusedWebhook(refusal)
        fields = self._dialect.webhook_fields(headers, body)
        if not isinstance(fields, dict):
            return RefusedWebhook(WebhookRefusal.UNREADABLE)
        parsed = self._dialect.read_webhook(fields, self._now())
        session_id = id_text(parsed.gateway_session_id)
        if session_id is None:
            return ParsedWebhook(None, parsed.event_name)
        events = tuple(filter(None, (self._clean_event(event, session_id) for event in parsed.events)))
        return ParsedWebhook(session_id, parsed.event_name, events)

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.close()

    async def _look(
        self, call: str, session_id: str, look: Callable[[Callable[[Request], Awaitable[Said]]], Awaitable[Observation]]
    ) -> Observation:
        if not _can_be_named(session_id):
            return Observation(ObservedState.CANNOT_TELL, _NO_SESSION_ID)
        talk = _Conversation(self)
        try:
            async with self._looks:
                seen = await look(talk.ask)
        except Unanswered as error:
            return _unreachable(error.reason)
        except UnknownAnswer as error:
            return Observation(ObservedState.CANNOT_TELL, self._note(call, error.said, _UNKNOWN))
        if seen.state is ObservedState.UNKNOWN_STATE and talk.last is not None:
            self._note(call, talk.last, "", about=seen.detail)
        return self._clean(seen)

    async def _order(
        self,
        call: str,
        session_id: str,
        order: Callable[[Callable[[Request], Awaitable[Said]]], Awaitable[ControlResult]],
    ) -> ControlResult:
        if not _can_be_named(session_id):
            return ControlResult(ok=False, detail=_NO_SESSION_ID)
        try:
            async with self._looks:
                result = await order(_Conversation(self).ask)
        except Unanswered as error:
            return ControlResult(ok=False, detail=_unreachable(error.reason).detail)
        except UnknownAnswer as error:
            return ControlResult(ok=False, detail=self._note(call, error.said, _UNKNOWN))
        return replace(result, detail=self._redactor.words(result.detail))

    async def _fetch(self, url: str) -> Media:
        from truesend.gateways.media_fetcher import MediaFetcher  # aiohttp with it: 9 MB that most services never need

        return await MediaFetcher(self._media_limits).fetch(url)

    def _note(self, call: str, said: Said, words: str, message_text: str = "", *, about: str = "") -> str:
        """Count an answer that nobody knows. Returns ``words``, fit to be kept.

        The log gets no number; nor what a look-up answered, which may be a chat.
        """
        sample = "" if call == "lookup" else said.answer.body[:_SAMPLE_BYTES].decode("utf-8", "replace")
        shape = f"{shape_of(said)} {about}".strip()
        self._unknown.note(
            call,
            without_numbers(self._redactor.words(shape)),
            without_numbers(self._redactor.words(sample, message_text)),
        )
        return self._redactor.words(words, message_text)

    def _clean(self, seen: Observation) -> Observation:
        if seen.state is ObservedState.CONNECTED:
            return Observation(seen.state, phone_number=seen.phone_number)
        return replace(
            seen,
            detail=without_numbers(self._redactor.words(seen.detail)) if seen.detail else "",
            qr=code_text(seen.qr),
            pairing_code=code_text(seen.pairing_code),
        )

    def _clean_event(self, event: WebhookEvent, session_id: str) -> WebhookEvent | None:
        gateway_message_id = id_text(event.gateway_message_id)
        recipient = id_text(event.recipient)
        if event.observation is None and gateway_message_id is None and recipient is None:
            return None
        outcome, observation = event.outcome, event.observation
        return replace(
            event,
            gateway_session_id=session_id,
            gateway_message_id=gateway_message_id,
            recipient=recipient,
            reader=id_text(event.reader),
            outcome=None if outcome is None else self._clean_outcome(outcome),
            observation=None if observation is None else self._clean(observation),
        )

    def _clean_outcome(self, outcome: Outcome) -> Outcome:
        return replace(outcome, gateway_words=self._redactor.words(outcome.gateway_words))


def id_text(value: str | None) -> str | None:
    """An id fit for a row: printable, bounded; None for what is no id."""
    if not value:
        return None
    value = value[:_ID_LIMIT]
    return value if value.isprintable() else "".join(filter(str.isprintable, value)) or None


def code_text(value: str | None) -> str | None:
    """A QR or pairing code as the gateway gave it, without what Postgres would refuse."""
    if not value:
        return None
    return (
        "".join(character for character in value if character >= " " and not "\ud800" <= character <= "\udfff") or None
    )


def _can_be_named(session_id: str) -> bool:
    return session_id not in {"", ".", ".."}


def _unreachable(reason: NoAnswer) -> Observation:
    return Observation(ObservedState.CANNOT_TELL, f"can't reach the gateway: {reason.detail}")
