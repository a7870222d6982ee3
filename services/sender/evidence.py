"""What gateways tell after the send: kept, matched to the message that it is about, and weighed, in one transaction.

Evidence that no message is known for stays. Its id is looked for again when an answer, a callback or a look-up teaches one,
and now and then by itself, so that neither a crash nor a late commit loses it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID, uuid5

import asyncpg
import structlog
from prometheus_client import Counter

from services.sender.decide import Policy
from services.sender.pulse import WATCHED_REST_S
from services.sender.settler import CONFIRMATION_SECONDS, Settled, Settler
from services.sender.told import Told, told_by
from services.sender.verifications import ask_for_verification
from truesend.broker.consumer import Received
from truesend.broker.publisher import Publisher
from truesend.contracts.events import GatewayEvent
from truesend.gateways.protocol import Gateway, OutcomeKind
from truesend.store.pool import Connection
from truesend.store.queries import Executor, load_queries

TOLD = Counter("truesend_evidence", "What gateways told about messages, by what became of it.", ["result"])
EVERY_S = 1.0
SHORTEST_REST_S = 0.05
BATCH = 500
LOCKED_FOR_S = 0.5
UNMATCHED_KEPT_S = 86_400.0
PRUNE_BATCH = 2000
PRUNE_EVERY_S = 60.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look-up proved: this message was sent, by the attempt that started then."""

    message_id: UUID
    organization_id: UUID
    session_id: UUID
    attempt_started_at: datetime
    gateway_message_id: str | None
    sent_at: datetime | None


class Evidence:
    """One process' keeper of evidence. ``take`` consumes; ``one_pass`` and ``prune`` are run by Loops."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        gateways: Mapping[str, Gateway],
        publisher: Publisher,
        *,
        policy: Policy,
        settler: Settler,
        retention_s: float,
        written: Callable[[], None],
        look_every_s: float = EVERY_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._pool = pool
        self._exclusive = [
            name
            for name, gateway in gateways.items()
            if gateway.config.exclusive and not gateway.capabilities.acks_need_id
        ]
        self._publisher = publisher
        for name in gateways:
            CONFIRMATION_SECONDS.labels(name)
        self._restriction_hold_s = policy.restriction_hold_s
        self._settler = settler
        self._retention_s = retention_s
        self._written = written
        self._look_every_s = look_every_s
        self._clock = clock
        self._look_again_at = clock()
        self._queries = load_queries("sender")
        self._learned: set[tuple[UUID, str]] = set()
        self.wake: Callable[[], None] = lambda: None

    async def take(self, batch: Sequence[Received[GatewayEvent]]) -> None:
        """Record, match and weigh what a batch tells about messages. The same batch twice changes nothing."""
        told = [thing for received in batch if (thing := told_by(received.body)) is not None]
        if told:
            async with self._pool.acquire() as connection, connection.transaction():
                settled = await self._take(connection, told)
            await self._tell(settled)

    async def weigh(self, message_ids: Collection[UUID]) -> None:
        """Weigh messages of which something else became known."""
        if message_ids:
            async with self._pool.acquire() as connection, connection.transaction():
                settled = await self._settler.settle(connection, message_ids)
            await self._tell(settled)

    async def weigh_the_proved(self, message_ids: Collection[UUID]) -> None:
        """Weigh messages whose attempt failed, where an earlier one may have been sent after all."""
        if message_ids:
            rows = await self._queries["messages_with_proof"].fetch(self._pool, message_ids=list(message_ids))
            await self.weigh([row["message_id"] for row in rows])

    async def found(self, finding: Finding) -> None:
        """Keep what a look-up proved, and weigh it."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._queries["record_finding"].execute(
                connection,
                session_id=finding.session_id,
                organization_id=finding.organization_id,
                attempt_started_at=finding.attempt_started_at,
                message_id=finding.message_id,
                told_key=uuid5(finding.message_id, f"found {finding.attempt_started_at}"),
                gateway_message_id=finding.gateway_message_id,
                told_at=finding.sent_at,
            )
            settled = await self._settler.settle(connection, [finding.message_id])
        if finding.gateway_message_id is not None:
            self.ids_learned([(finding.session_id, finding.gateway_message_id)])
        await self._tell(settled)

    def ids_learned(self, ids: Collection[tuple[UUID, str]]) -> None:
        """Ids (of a session, of a message at its gateway) became known: what waits for them is matched soon."""
        if ids:
            self._learned.update(ids)
            self.wake()

    async def one_pass(self) -> float:
        """Match and weigh what waits. Returns the seconds to rest (a wake-up ends them)."""
        learned = list(self._learned)[:BATCH]
        waiting, messages = await self._unmatched(self._pool, learned), set[UUID]()
        looked = self._clock() >= self._look_again_at
        if looked:
            waiting += await self._due()
            messages |= await self._unweighed()
            self._look_again_at = self._clock() + self._look_every_s
        if waiting or messages:
            async with self._pool.acquire() as connection, connection.transaction():
                messages |= await self._matched(connection, waiting)
                settled = await self._settler.settle(connection, messages)
            await self._tell(settled)
        self._learned.difference_update(learned)
        if self._learned:
            return 0.0
        found_nothing = looked and not waiting and not messages
        return WATCHED_REST_S if found_nothing else max(self._look_again_at - self._clock(), SHORTEST_REST_S)

    async def prune(self) -> float:
        """Delete a slice of what is past its time. Returns the seconds to rest."""
        tag = await self._queries["prune_evidence"].execute(
            self._pool, unmatched_s=UNMATCHED_KEPT_S, matched_s=self._retention_s, row_limit=PRUNE_BATCH
        )
        return PRUNE_EVERY_S if tag == "DELETE 0" else 0.1

    async def _take(self, connection: Connection, told: Sequence[Told]) -> Settled:
        recorded = await self._queries["record_evidence"].fetch(connection, **_columns(told))
        rows = [row for row in recorded if row["id"] is not None]
        new = [row["id"] for row in rows if row["is_new"]]
        _count(told=len(told), of_ours=recorded[0]["of_ours"], new=len(new))
        await self._hold_restricted(connection, [row for row in rows if row["is_new"]])
        messages = await self._matched(connection, new)
        by_chat = await self._queries["match_by_chat"].fetch(
            connection, evidence_ids=new, exclusive_gateways=self._exclusive
        )
        ids = {(row["session_id"], row["gateway_message_id"]) for row in by_chat if row["gateway_message_id"]}
        messages |= {row["message_id"] for row in by_chat}
        messages |= await self._matched(connection, await self._unmatched(connection, ids))
        messages |= {row["message_id"] for row in rows if row["message_id"] is not None}
        TOLD.labels("matched").inc(len(messages))
        return await self._settler.settle(connection, messages)

    async def _due(self) -> list[int]:
        rows = await self._queries["take_unmatched"].fetch(self._pool, row_limit=BATCH)
        return [row["id"] for row in rows]

    async def _unweighed(self) -> set[UUID]:
        rows = await self._queries["unweighed_messages"].fetch(self._pool, older_than_s=LOCKED_FOR_S, row_limit=BATCH)
        return {row["message_id"] for row in rows}

    async def _unmatched(self, db: Executor, ids: Collection[tuple[UUID, str]]) -> list[int]:
        if not ids:
            return []
        rows = await self._queries["unmatched_with_ids"].fetch(
            db,
            session_ids=[session_id for session_id, _ in ids],
            gateway_message_ids=[gateway_message_id for _, gateway_message_id in ids],
        )
        return [row["id"] for row in rows]

    async def _matched(self, connection: Connection, evidence_ids: Sequence[int]) -> set[UUID]:
        if not evidence_ids:
            return set()
        rows = await self._queries["match_by_id"].fetch(connection, evidence_ids=list(evidence_ids))
        return {row["message_id"] for row in rows}

    async def _hold_restricted(self, connection: Connection, new: Sequence[asyncpg.Record]) -> None:
        restricted = [row for row in new if row["outcome"] == OutcomeKind.RESTRICTED]
        if restricted:
            hold = timedelta(seconds=self._restriction_hold_s)
            await self._queries["hold_restricted"].execute(
                connection,
                session_ids=[row["session_id"] for row in restricted],
                held_untils=[row["told_at"] + hold for row in restricted],
            )

    async def _tell(self, settled: Settled) -> None:
        if settled.message_ids:
            self._written()
            log.debug("evidence changed messages", messages=len(settled.message_ids))
        if settled.sessions_down:
            await ask_for_verification(self._publisher, settled.sessions_down)


def _count(*, told: int, of_ours: int, new: int) -> None:
    TOLD.labels("unknown_session").inc(told - of_ours)
    TOLD.labels("told_before").inc(of_ours - new)
    TOLD.labels("new").inc(new)


def _columns(told: Sequence[Told]) -> dict[str, list[object]]:
    return {
        "gateways": [thing.gateway for thing in told],
        "gateway_session_ids": [thing.gateway_session_id for thing in told],
        "told_keys": [thing.told_key for thing in told],
        "kinds": [thing.kind for thing in told],
        "gateway_message_ids": [thing.gateway_message_id for thing in told],
        "chats": [thing.chat for thing in told],
        "readers": [thing.reader for thing in told],
        "told_ats": [thing.told_at for thing in told],
        "are_timed": [thing.is_timed for thing in told],
        "outcomes": [thing.outcome for thing in told],
        "words": [thing.words for thing in told],
        "error_codes": [thing.error_code for thing in told],
        "received_ats": [thing.received_at for thing in told],
    }
