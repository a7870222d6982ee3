"""Sending again under the same id what nobody confirmed, where a gateway takes our ids.

A phone drops a message whose id it has already, so that a repeat is no second message. The message stays in doubt all the
while: it becomes sent by a confirmation only, never failed, and waits for the operator when the budget is spent.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from services.sender.attempt import outgoing
from services.sender.evidence import Evidence, Finding
from services.sender.message_traces import MessageTraces
from services.sender.spans import shown_send
from truesend.gateways.protocol import Gateway, Outcome, OutcomeKind, OutgoingMessage
from truesend.store.queries import load_queries

RESENDS = Counter("truesend_resends", "Messages in doubt that were sent again under their id.", ["gateway", "outcome"])
LATER_S = 5.0
LONGEST_PAUSE_S = 600.0
AGAIN = "Unconfirmed: it was sent again under the same id ({number} of {most}), and waits for its confirmation."
REFUSED = "Unconfirmed: it was sent again under the same id ({number} of {most}), and refused."
WAITS = "Unconfirmed: it is sent again under the same id as soon as its session can send."
SPENT = "Unconfirmed: sent under one id again and again, and never confirmed. Check the chat, then retry or mark it."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ResendPolicy:
    """How often one message in doubt is sent again, at most, and until how old."""

    most: int
    message_max_age_s: float
    restriction_hold_s: float


@dataclass(frozen=True, slots=True)
class Resent:
    """What to note of the doubt: in what words, and when to try again; never by itself where ``delay_s`` is None."""

    error_message: str
    delay_s: float | None


class Resender:
    """One process' resender; the reconciler gives it what is due."""

    def __init__(
        self, pool: asyncpg.Pool, gateways: Mapping[str, Gateway], evidence: Evidence, *, policy: ResendPolicy
    ) -> None:
        self._pool = pool
        self._gateways = gateways
        self._evidence = evidence
        self._policy = policy
        self._queries = load_queries("sender")
        self._traces = MessageTraces(pool)
        self._sends: set[asyncio.Task[None]] = set()

    def takes(self, gateway_name: str) -> bool:
        """Whether this gateway takes our ids."""
        gateway = self._gateways.get(gateway_name)
        return gateway is not None and gateway.capabilities.caller_id is not None

    def begin(self, doubt: asyncpg.Record) -> None:
        """Send it again if that may be now, and write what came of it: in the background, since a gateway may hang."""
        task = asyncio.create_task(self._settle(doubt))
        self._sends.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Cut off what is under way: it stays in doubt."""
        for task in list(self._sends):
            task.cancel()
        await asyncio.gather(*self._sends, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sends.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("what came of a resend was not written; it is tried again later", error=type(error).__name__)

    async def _settle(self, doubt: asyncpg.Record) -> None:
        gateway = self._gateways[doubt["gateway"]]
        message = await self._start(doubt, gateway)
        if message is None:
            await self._keep(doubt, self._not_now(doubt))
            return
        outcome = await self._send(gateway, message, doubt["session_id"])
        RESENDS.labels(doubt["gateway"], outcome.kind).inc()
        if outcome.kind is OutcomeKind.SENT:
            await self._evidence.found(_finding(doubt, outcome))
            return
        if outcome.kind is OutcomeKind.RESTRICTED:
            await self._hold(doubt["session_id"])
        await self._keep(doubt, self._noted(doubt["resends"] + 1, outcome))

    async def _start(self, doubt: asyncpg.Record, gateway: Gateway) -> OutgoingMessage | None:
        form = gateway.capabilities.caller_id
        if form is None:
            return None
        row = await self._queries["start_resend"].fetchrow(
            self._pool,
            message_id=doubt["message_id"],
            max_resends=self._policy.most,
            min_interval_s=gateway.config.min_interval_s,
            id_prefix=form.prefix,
            id_digits=form.digits,
            message_max_age_s=self._policy.message_max_age_s,
        )
        return None if row is None else outgoing(row, reserved_id=row["gateway_message_id"])

    def _not_now(self, doubt: asyncpg.Record) -> Resent:
        is_old = (doubt["asked_at"] - doubt["attempt_started_at"]).total_seconds() > self._policy.message_max_age_s
        if doubt["resends"] >= self._policy.most or is_old:
            return Resent(SPENT, None)
        return Resent(WAITS, min(LATER_S * 2.0 ** min(doubt["lookups"], 10), LONGEST_PAUSE_S))

    def _noted(self, number: int, outcome: Outcome) -> Resent:
        said = AGAIN if outcome.kind in {OutcomeKind.ACCEPTED, OutcomeKind.UNCONFIRMED} else REFUSED
        words = said.format(number=number, most=self._policy.most)
        return Resent(words, min(LATER_S * 2.0**number, LONGEST_PAUSE_S))

    async def _send(self, gateway: Gateway, message: OutgoingMessage, session_id: UUID) -> Outcome:
        try:
            parent = await self._traces.origin(message.message_id)
            return await shown_send(gateway, message, session_id, parent=parent)
        except Exception:
            log.exception("a gateway module raised", gateway=gateway.config.name, message_id=str(message.message_id))
            return Outcome(OutcomeKind.UNCONFIRMED, "the answer could not be understood")

    async def _keep(self, doubt: asyncpg.Record, resent: Resent) -> None:
        await self._queries["keep_in_doubt"].execute(
            self._pool,
            message_id=doubt["message_id"],
            session_id=doubt["session_id"],
            error_message=resent.error_message,
            delay_s=resent.delay_s,
            absent=False,
        )

    async def _hold(self, session_id: UUID) -> None:
        now: datetime = await self._pool.fetchval("SELECT now()")
        until = now + timedelta(seconds=self._policy.restriction_hold_s)
        await self._queries["hold_restricted"].execute(self._pool, session_ids=[session_id], held_untils=[until])


def _finding(doubt: asyncpg.Record, outcome: Outcome) -> Finding:
    return Finding(
        message_id=doubt["message_id"],
        organization_id=doubt["organization_id"],
        session_id=doubt["session_id"],
        attempt_started_at=doubt["attempt_started_at"],
        gateway_message_id=outcome.gateway_message_id,
        sent_at=None,
    )
