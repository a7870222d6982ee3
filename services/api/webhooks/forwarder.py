"""Passing webhooks on to the CRM, as they came: in order per session, tried again until they are too old to matter.

It works from Kafka, so that neither a slow endpoint nor our own end delays an answer or loses one. At least once: the CRM
may get one twice.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import structlog
from prometheus_client import Counter
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_exponential_jitter

from services.api.webhooks.sealing import unsealed
from truesend.broker.consumer import Received
from truesend.contracts.events import ForwardWebhook

FORWARDED = Counter("truesend_webhooks_forwarded", "Webhooks passed on to the CRM.", ["result"])
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=5)
AT_ONCE = 16
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
TRIES_OF_A_REFUSED = 5
WORTH_WAITING = frozenset({408, 425, 429})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ForwardPolicy:
    """Where to, with which secret per gateway in the header, which ones its bodies may hold, and until what age. ``repr``
    hides the address: it may hold a token."""

    url: str
    secrets: Mapping[str, str]
    sealed_in: Mapping[str, Callable[[], Collection[str]]]
    max_age_s: float

    def __repr__(self) -> str:
        return f"ForwardPolicy(max_age_s={self.max_age_s})"


class _NotTaken(Exception):  # noqa: N818 - what happened, not a fault of ours
    """The endpoint did not take it. ``is_refusal``: it answered, and waiting is unlikely to change its mind."""

    def __init__(self, why: str, *, is_refusal: bool) -> None:
        super().__init__(why)
        self.is_refusal = is_refusal


class Forwarder:
    """Forwards for one process. ``now`` tells the time against which a webhook's age counts."""

    def __init__(self, policy: ForwardPolicy, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._policy = policy
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def take(self, batch: Sequence[Received[ForwardWebhook]]) -> None:
        """Pass a batch on: sessions side by side, each one's in order. Returns when none of it is left to try."""
        by_session: dict[tuple[str, str], list[Received[ForwardWebhook]]] = {}
        for received in batch:
            by_session.setdefault((received.body.gateway, received.body.gateway_session_id), []).append(received)
        async with asyncio.TaskGroup() as group:
            for webhooks in by_session.values():
                group.create_task(self._in_order(webhooks))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def _in_order(self, webhooks: Sequence[Received[ForwardWebhook]]) -> None:
        for received in webhooks:
            FORWARDED.labels(await self._until_taken(received)).inc()

    async def _until_taken(self, received: Received[ForwardWebhook]) -> str:
        try:
            async for attempt in AsyncRetrying(
                wait=wait_exponential_jitter(multiplier=FIRST_PAUSE_S, max=LONGEST_PAUSE_S, jitter=FIRST_PAUSE_S),
                stop=lambda state: self._is_hopeless(received.body, state),
                retry=retry_if_exception_type(_NotTaken),
                reraise=True,
            ):
                with attempt:
                    await self._post(received)
        except _NotTaken as error:
            log.warning("a webhook could not be passed on", gateway=received.body.gateway, why=str(error))
            return "given_up"
        return "taken"

    def _is_hopeless(self, webhook: ForwardWebhook, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _NotTaken) and error.is_refusal and state.attempt_number >= TRIES_OF_A_REFUSED:
            return True
        return (self._now() - webhook.received_at).total_seconds() >= self._policy.max_age_s

    async def _post(self, received: Received[ForwardWebhook]) -> None:
        webhook = received.body
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with (
                self._slots,
                self._session.post(
                    self._policy.url, data=self._body(webhook), headers=self._headers(received), allow_redirects=False
                ) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _NotTaken(type(error).__name__, is_refusal=False) from None
        if not 200 <= status < 300:
            raise _NotTaken(f"HTTP {status}", is_refusal=300 <= status < 500 and status not in WORTH_WAITING)

    def _body(self, webhook: ForwardWebhook) -> bytes:
        secrets = self._policy.sealed_in.get(webhook.gateway)
        return unsealed(webhook.body, secrets()) if secrets else webhook.body

    def _headers(self, received: Received[ForwardWebhook]) -> dict[str, str]:
        webhook = received.body
        headers = {"Content-Type": webhook.content_type}
        secret = "" if webhook.signature else self._policy.secrets.get(webhook.gateway, "")
        headers |= webhook.signature
        if secret and webhook.auth_header == "x-api-key":
            headers["X-API-Key"] = secret
        elif secret:
            headers["Authorization"] = f"Bearer {secret}"
        if received.traceparent:
            headers["traceparent"] = received.traceparent
        return headers
