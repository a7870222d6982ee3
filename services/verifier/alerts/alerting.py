"""Alerts, wired: what watches, what writes and what posts, each in a loop of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg
import structlog

from services.verifier.alerts.book import Book
from services.verifier.alerts.watch import AlertPolicy, SessionWatch, WaitingWatch
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop
from truesend.settings import Settings
from truesend.store.queries import load_queries

if TYPE_CHECKING:
    from services.verifier.alerts.delivery import Delivery

PRUNE_SLICE = 1_000
PRUNE_EVERY_S = 600.0

log = structlog.get_logger(__name__)


class Alerting:
    """The alerts of one verifier process. Several raise and post each once, between them."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, heartbeats: Heartbeats) -> None:
        self._pool = pool
        self._retention_s = settings.event_retention_s
        self._delivery = _delivery(settings, pool)
        book = Book(pool, posts=self._delivery is not None)
        policy = AlertPolicy(settings.alert_debounce_s, settings.alert_waiting_s, settings.organizations)
        sessions = SessionWatch(pool, book, policy, posted=self._posted)
        waiting = WaitingWatch(pool, book, policy, posted=self._posted)
        self._posting = Loop("alert delivery", self._delivery.one_pass, heartbeats) if self._delivery else None
        self._watching = Loop("alerts", sessions.one_pass, heartbeats)
        self._others = [
            Loop("waiting messages", waiting.one_pass, heartbeats),
            Loop("open alerts", sessions.count_open, heartbeats),
            # rests longer than liveness allows for
            Loop("alert pruner", self._prune, Heartbeats()),
        ]

    @property
    def loops(self) -> Sequence[Loop]:
        """Every loop."""
        return [self._watching, *self._others, *([self._posting] if self._posting else [])]

    def look(self) -> None:
        """A session may have dropped."""
        self._watching.wake()

    async def close(self) -> None:
        """Let go of the connections; the loops have ended."""
        if self._delivery is not None:
            await self._delivery.close()

    def _posted(self) -> None:
        if self._posting is not None:
            self._posting.wake()

    async def _prune(self) -> float:
        tag = await load_queries("verifier")["prune_alerts"].execute(
            self._pool, retention_s=self._retention_s, row_limit=PRUNE_SLICE
        )
        return 0.1 if tag == f"DELETE {PRUNE_SLICE}" else PRUNE_EVERY_S


def _delivery(settings: Settings, pool: asyncpg.Pool) -> "Delivery | None":
    if settings.alert_webhook_url is None:
        return None
    from services.verifier.alerts.delivery import Address, Delivery  # a client and a signer: 9 MB, only where they post

    if settings.alert_webhook_secret is None:
        log.warning("alerts are posted unsigned: set ALERT_WEBHOOK_SECRET (whsec_ and base64) to have them signed")
        return Delivery(pool, Address(settings.alert_webhook_url, None))
    return Delivery(pool, Address(settings.alert_webhook_url, settings.alert_webhook_secret.get_secret_value()))
