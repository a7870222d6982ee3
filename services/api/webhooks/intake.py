"""One webhook: is it the gateway's, what does it tell, and into Kafka with it. The answer is 2xx only once Kafka has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import product
from uuid import NAMESPACE_URL, UUID, uuid5

from services.api.broker_link import BrokerLink
from services.api.guesses import Guesses
from services.api.problems import RETRY_AFTER, BrokerAway, Problem, not_found
from services.api.webhooks.quoted import QuotedMessages
from services.api.webhooks.sealing import sealed
from services.api.webhooks.sessions import GatewaySession, GatewaySessions
from services.api.webhooks.tally import NO_GATEWAY, REFUSED, Tally
from truesend.broker.publisher import Record
from truesend.contracts.events import ForwardWebhook, GatewayEvent
from truesend.contracts.topics import GATEWAY_EVENTS, GATEWAY_FORWARD
from truesend.gateways.protocol import (
    Gateway,
    ParsedWebhook,
    RefusedWebhook,
    WebhookEvent,
    WebhookKind,
    WebhookRefusal,
)

TOO_MANY_GUESSES = "too_many_guesses"
UNKNOWN_SESSION = "unknown_session"
CONTENT_TYPE_LIMIT = 200
SIGNATURE_LIMIT = 500
EVENT_TYPES: Mapping[WebhookKind, str] = {kind: f"gateway.{kind}" for kind in WebhookKind}

_REFUSALS: Mapping[WebhookRefusal, tuple[HTTPStatus, str, str]] = {
    WebhookRefusal.NO_SECRET: (
        HTTPStatus.UNAUTHORIZED,
        "webhook-secret",
        "Send the webhook secret as X-API-Key, or as Authorization: Bearer <secret>, or sign with it, as this kind of"
        " gateway does; here it is WEBHOOK_SECRET, or what GATEWAYS_FILE names.",
    ),
    WebhookRefusal.WRONG_SECRET: (
        HTTPStatus.UNAUTHORIZED,
        "webhook-secret",
        "This is not the webhook secret, nor signed with it. The gateway must have what WEBHOOK_SECRET is here, or what "
        "GATEWAYS_FILE names.",
    ),
    WebhookRefusal.TOO_LARGE: (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body-too-large",
        "The webhook is larger than WEBHOOK_MAX_BYTES allows.",
    ),
    WebhookRefusal.UNREADABLE: (
        HTTPStatus.BAD_REQUEST,
        "broken-json",
        "The webhook is not a JSON object in UTF-8.",
    ),
}
_REFUSAL_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: {"Connection": "close"},
}


class WebhookNotStored(Problem):
    """Kafka cannot take it now: the gateway must send it again."""

    def __init__(self) -> None:
        detail = "Kafka cannot be reached, so the webhook was not stored. Send it again."
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "broker-away", detail, headers=RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it came. ``headers`` have lower-case names."""

    headers: Mapping[str, str]
    body: bytes
    address: str | None
    received_at: datetime
    traceparent: str


class Intake:
    """Takes webhooks. ``guesses`` says how often an address may have the secret wrong; ``forwards``: whether they are passed
    on to the CRM, too."""

    def __init__(
        self,
        gateways: Mapping[str, Gateway],
        broker: BrokerLink,
        sessions: GatewaySessions,
        quoted: QuotedMessages,
        tally: Tally,
        guesses: Guesses,
        *,
        forwards: bool,
    ) -> None:
        self._gateways = gateways
        self._broker = broker
        self._sessions = sessions
        self._quoted = quoted
        self._tally = tally
        # there from the start: a counter that appears with its first event has no increase to be seen by
        for name, reason in product(gateways, WebhookRefusal):
            REFUSED.labels(name, reason)
        self._guesses = guesses
        self._forwards = forwards

    def require_gateway(self, name: str, address: str | None) -> Gateway:
        """The gateway of that name. Raises Problem 404."""
        gateway = self._gateways.get(name)
        if gateway is None:
            self._tally.refused(NO_GATEWAY, "unknown_gateway", datetime.now(UTC), address)
            raise not_found("gateway")
        return gateway

    def require_turn(self, gateway: Gateway, headers: Mapping[str, str], address: str | None) -> None:
        """Raises Problem 429 where the secret was wrong too often, and counts the refusal."""
        try:
            self._guesses.require_turn(address, _credential(gateway, headers))
        except Problem:
            self._tally.refused(gateway.config.name, TOO_MANY_GUESSES, datetime.now(UTC), address)
            raise

    def refuse(self, gateway: Gateway, reason: WebhookRefusal, address: str | None) -> Problem:
        """Count the refusal. Returns what to answer."""
        if reason is WebhookRefusal.WRONG_SECRET:
            self._guesses.failed(address)
        self._tally.refused(gateway.config.name, str(reason), datetime.now(UTC), address)
        status, kind, detail = _REFUSALS[reason]
        return Problem(status, kind, detail, headers=_REFUSAL_HEADERS.get(status))

    async def take(self, gateway: Gateway, webhook: Webhook) -> None:
        """Store what it tells. Raises Problem: refused, or not stored."""
        parsed = gateway.parse_webhook(webhook.headers, webhook.body)
        if isinstance(parsed, RefusedWebhook):
            raise self.refuse(gateway, parsed.reason, webhook.address)
        self._guesses.opened(webhook.address, _credential(gateway, webhook.headers))
        name = gateway.config.name
        session = await self._session(name, parsed)
        records = (
            [await self._event_record(name, event, session, webhook) for event in parsed.events] if session else []
        )
        if self._forwards:
            records.append(_forward_record(gateway, parsed, webhook))
        try:
            await self._broker.publish(records)
        except BrokerAway:
            raise WebhookNotStored from None
        event = UNKNOWN_SESSION if parsed.events and session is None else parsed.event_name
        self._tally.accepted(name, event, webhook.received_at, of_use=bool(parsed.events) and session is not None)

    async def _event_record(
        self, gateway: str, event: WebhookEvent, session: GatewaySession, webhook: Webhook
    ) -> Record:
        return _event_record(gateway, await self._quoted.without(event, session), session.key, webhook)

    async def _session(self, gateway: str, parsed: ParsedWebhook) -> GatewaySession | None:
        if not parsed.events or parsed.gateway_session_id is None:
            return None
        return await self._sessions.called(gateway, parsed.gateway_session_id)


def _credential(gateway: Gateway, headers: Mapping[str, str]) -> str:
    """What a gateway shows each time. A signature is another one each time: there it is the gateway's name alone."""
    return f"{gateway.config.name} {headers.get('x-api-key') or headers.get('authorization', '')}"


def _event_record(gateway: str, event: WebhookEvent, key: UUID, webhook: Webhook) -> Record:
    observation = event.observation
    outcome = event.outcome
    body = GatewayEvent(
        gateway=gateway,
        gateway_session_id=event.gateway_session_id,
        kind=event.kind.value,
        received_at=webhook.received_at,
        occurred_at=event.occurred_at,
        gateway_message_id=event.gateway_message_id,
        recipient=event.recipient,
        reader=event.reader,
        state=str(observation.state) if observation else None,
        phone_number=observation.phone_number if observation else None,
        outcome=str(outcome.kind) if outcome else None,
        detail=(observation.detail if observation else outcome.gateway_words if outcome else None) or None,
        error_code=event.error_code,
    )
    return Record(
        topic=GATEWAY_EVENTS,
        key=key,
        body=body.model_dump_json(exclude_none=True).encode(),
        event_type=EVENT_TYPES[event.kind],
        time=webhook.received_at,
        traceparent=webhook.traceparent,
    )


def _forward_record(gateway: Gateway, parsed: ParsedWebhook, webhook: Webhook) -> Record:
    """Keyed by the gateway's name of the session, ours or not: what is about one session stays in order."""
    session = parsed.gateway_session_id or ""
    name = gateway.config.name
    command = ForwardWebhook.model_construct(
        gateway=name,
        gateway_session_id=session,
        received_at=webhook.received_at,
        content_type=webhook.headers.get("content-type", "application/json")[:CONTENT_TYPE_LIMIT],
        auth_header="x-api-key" if webhook.headers.get("x-api-key") else "authorization",
        signature={
            header: webhook.headers[header][:SIGNATURE_LIMIT]
            for header in gateway.signature_headers
            if header in webhook.headers
        },
        body=sealed(webhook.body, gateway.secrets()),
    )
    return Record(
        topic=GATEWAY_FORWARD,
        key=uuid5(NAMESPACE_URL, f"{name}/{session}"),
        body=command.model_dump_json().encode(),
        event_type="gateway.forward",
        time=webhook.received_at,
        traceparent=webhook.traceparent,
    )
