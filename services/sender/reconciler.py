"""Looking up at the gateway what nobody confirmed. Asks, judges (``judge.py``), and writes one guarded statement."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic

import asyncpg
import structlog
from prometheus_client import Counter

from services.sender.dead_letter_table import NO_TABLE, DeadLetterTable
from services.sender.decide import Policy, backoff_s
from services.sender.evidence import Evidence, Finding
from services.sender.judge import (
    DoubtfulMessage,
    Judgement,
    LookupPolicy,
    ProvedAbsent,
    ProvedSent,
    StillInDoubt,
    judge,
)
from services.sender.message_traces import MessageTraces
from services.sender.pulse import WATCHED_REST_S
from services.sender.resender import Resender
from services.sender.spans import shown_lookup
from truesend.gateways.protocol import Gateway, LookupResult, LookupVerdict, OutgoingMessage
from truesend.store.queries import load_queries

LOOKUPS = Counter("truesend_lookups", "Look-ups by what they proved.", ["verdict"])
BATCH = 20
LEASE_S = 60.0
AGAIN = "The gateway does not know of it: it was not sent, and is tried again."
NO_LOOKUP = "Unconfirmed: this gateway can't be asked whether it was sent. Check the chat, then retry or mark it."
SPENT = "The gateway does not know of it: it was not sent. Given up after its last attempt."

log = structlog.get_logger(__name__)


class Reconciler:
    """One process' reconciler. ``one_pass`` is run by a Loop."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        gateways: Mapping[str, Gateway],
        evidence: Evidence,
        *,
        policy: Policy,
        lookup_policy: LookupPolicy,
        resender: Resender | None = None,
        lease_s: float = LEASE_S,
        dead_letters: DeadLetterTable = NO_TABLE,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._dead_letters = dead_letters
        self._resender = resender
        self._lease_s = lease_s
        self._pool = pool
        self._gateways = gateways
        self._evidence = evidence
        self._policy = policy
        self._lookup_policy = lookup_policy
        self._dice = dice
        self._queries = load_queries("sender")
        self._traces = MessageTraces(pool)

    async def one_pass(self) -> float:
        """Look up what is due. Returns the seconds to rest."""
        doubts = await self._queries["take_lookups"].fetch(self._pool, row_limit=BATCH, lease_s=self._lease_s)
        if not doubts:
            return WATCHED_REST_S
        await asyncio.gather(*(self._settle(doubt) for doubt in doubts))
        return 0.0

    async def _settle(self, doubt: asyncpg.Record) -> None:
        if not (doubt["in_doubt"] or doubt["is_awaited"]):
            await self._queries["drop_lookup"].execute(self._pool, message_id=doubt["message_id"])
            return
        if self._resender is not None and doubt["in_doubt"] and self._resender.takes(doubt["gateway"]):
            self._resender.begin(doubt)
            return
        if self._has_no_lookup(doubt):
            await self._leave_to_the_operator(doubt)
            return
        asked = monotonic()
        result = await self._ask(doubt)
        known = await self._queries["other_claims_on_finding"].fetchrow(
            self._pool,
            gateway_message_id=result.gateway_message_id,
            message_id=doubt["message_id"],
            session_id=doubt["session_id"],
            recipient=doubt["recipient"],
            attempt_started_at=doubt["attempt_started_at"],
            orphan=doubt["orphan"],
        )
        assert known is not None  # noqa: S101 - the query always returns its one row
        judgement = judge(
            self._doubtful(doubt, known),
            result,
            now=doubt["asked_at"] + timedelta(seconds=monotonic() - asked),
            policy=self._lookup_policy,
        )
        LOOKUPS.labels(type(judgement).__name__).inc()
        await self._apply(doubt, judgement, result)

    def _has_no_lookup(self, doubt: asyncpg.Record) -> bool:
        gateway = self._gateways.get(doubt["gateway"])
        return gateway is not None and not gateway.capabilities.lookup

    async def _leave_to_the_operator(self, doubt: asyncpg.Record) -> None:
        if not doubt["in_doubt"]:
            await self._queries["end_check"].execute(
                self._pool, message_id=doubt["message_id"], opened_at=doubt["opened_at"]
            )
            return
        await self._queries["keep_in_doubt"].execute(
            self._pool,
            message_id=doubt["message_id"],
            session_id=doubt["session_id"],
            error_message=NO_LOOKUP,
            delay_s=None,
            absent=False,
        )

    async def _ask(self, doubt: asyncpg.Record) -> LookupResult:
        gateway = self._gateways.get(doubt["gateway"])
        if gateway is None:
            return LookupResult(LookupVerdict.CANNOT_TELL, detail="its gateway is not configured")
        message = OutgoingMessage(
            message_id=doubt["message_id"],
            gateway_session_id=doubt["gateway_session_id"],
            recipient=doubt["recipient"],
            text="",
        )
        try:
            parent = await self._traces.origin(message.message_id)
            return await shown_lookup(gateway, message, doubt["session_id"], parent=parent)
        except Exception:
            log.exception("a gateway module raised", gateway=doubt["gateway"], message_id=str(doubt["message_id"]))
            return LookupResult(LookupVerdict.CANNOT_TELL, detail="the answer could not be understood")

    def _doubtful(self, doubt: asyncpg.Record, known: asyncpg.Record) -> DoubtfulMessage:
        gateway = self._gateways.get(doubt["gateway"])
        return DoubtfulMessage(
            attempt_started_at=doubt["attempt_started_at"],
            gateway_message_id=doubt["gateway_message_id"],
            last_absence_at=doubt["last_absence_at"],
            lookups=doubt["lookups"],
            exclusive=gateway is not None and gateway.config.exclusive,
            is_known=known["is_known"],
            is_ambiguous=known["is_ambiguous"],
        )

    async def _apply(self, doubt: asyncpg.Record, judgement: Judgement, result: LookupResult) -> None:
        match judgement:
            case ProvedSent(gateway_message_id=gateway_message_id):
                await self._evidence.found(
                    Finding(
                        message_id=doubt["message_id"],
                        organization_id=doubt["organization_id"],
                        session_id=doubt["session_id"],
                        attempt_started_at=doubt["attempt_started_at"],
                        gateway_message_id=gateway_message_id,
                        sent_at=result.sent_at,
                    )
                )
            case _ if not doubt["in_doubt"]:
                # accepted, and nothing proved by an operator's early look: its confirmation may still come by itself
                await self._queries["end_check"].execute(
                    self._pool, message_id=doubt["message_id"], opened_at=doubt["opened_at"]
                )
            case ProvedAbsent() if not doubt["orphan"]:
                await self._give_back(doubt)
            case ProvedAbsent():
                await self._keep_in_doubt(doubt, StillInDoubt(self._lookup_policy.longest_pause_s, SPENT, absent=True))
            case StillInDoubt():
                await self._keep_in_doubt(doubt, judgement)

    async def _give_back(self, doubt: asyncpg.Record) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await self._queries["give_back_absent"].fetch(
                connection,
                message_id=doubt["message_id"],
                session_id=doubt["session_id"],
                max_attempts=self._policy.max_attempts,
                delay_s=backoff_s(doubt["retry_count"], self._policy, self._dice),
                again_message=AGAIN,
                spent_message=SPENT,
            )
            await self._dead_letters.bury(connection, [row["message_id"] for row in rows if row["status"] == "failed"])

    async def _keep_in_doubt(self, doubt: asyncpg.Record, judgement: StillInDoubt) -> None:
        await self._queries["keep_in_doubt"].execute(
            self._pool,
            message_id=doubt["message_id"],
            session_id=doubt["session_id"],
            error_message=judgement.error_message,
            delay_s=judgement.delay_s,
            absent=judgement.absent,
        )
