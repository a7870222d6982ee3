"""Writing what became of sends: outcome → action → one guarded statement for the whole batch."""

import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from time import time_ns
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from services.sender.attempt import FinishedAttempt
from services.sender.dead_letter_table import NO_TABLE, DeadLetterTable
from services.sender.decide import Accept, Action, Doubt, Fail, Hold, HoldPolicy, Policy, Retry, Send, decide
from services.sender.evidence import Evidence
from services.sender.patience import Patience
from services.sender.spans import show_written
from services.sender.verifications import SessionInDoubt, ask_for_verification
from truesend.broker.publisher import Publisher
from truesend.gateways.protocol import TAKEN, OutcomeKind
from truesend.observability.tracing import trace_id
from truesend.store.queries import Executor, load_queries

LATE = Counter("truesend_late_answers", "Answers whose lease had run out.", ["outcome"])
LARGEST_BATCH = 500
FULL_BATCH = 96
PATIENCE_S = 0.01
IDLE_S = 5.0
LOCKED_PAUSE_S = 0.5

log = structlog.get_logger(__name__)


class Finaliser:
    """Collects finished attempts while the last batch is being written. ``one_pass`` is run by a Loop."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        evidence: Evidence,
        *,
        policy: Policy,
        hold: HoldPolicy,
        settled: Callable[[Sequence[FinishedAttempt]], None],
        pours: Callable[[], bool] = lambda: False,
        dead_letters: DeadLetterTable = NO_TABLE,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._evidence = evidence
        self._policy = policy
        self._hold = hold
        self._settled = settled
        self._pours = pours
        self._dead_letters = dead_letters
        self._patience = Patience(PATIENCE_S)
        self._dice = dice
        self._queries = load_queries("sender")
        self._finished: deque[FinishedAttempt] = deque()
        self._locked: deque[FinishedAttempt] = deque()
        self.wake: Callable[[], None] = lambda: None

    def add(self, finished: FinishedAttempt) -> None:
        """Take one outcome. It is kept until it is written, however long the database is away."""
        self._finished.append(finished)
        if len(self._finished) in {1, FULL_BATCH}:
            self.wake()

    @property
    def is_idle(self) -> bool:
        """Whether everything is written."""
        return not self._finished and not self._locked

    async def one_pass(self) -> float:
        """Write a batch. Returns the seconds to rest (a wake-up ends them)."""
        waiting = self._finished or self._locked
        if not waiting:
            return IDLE_S
        if rest_s := self._patience.rest_s(is_worth_it=len(waiting) < FULL_BATCH and self._pours()):
            return rest_s
        batch = list(islice(waiting, LARGEST_BATCH))
        locked = await self._write_around_locks(batch)
        for _ in batch:
            waiting.popleft()
        self._locked.extend(locked)
        written = [finished for finished in batch if finished not in locked] if locked else batch
        self._settled(written)
        tells_all = log.is_enabled_for(logging.DEBUG)
        for finished in written:
            # what was taken is counted, and logged in detail only
            if tells_all or finished.outcome.kind not in TAKEN:
                _log(finished)
        await self._ask_for_verification(written)
        return 0.0 if self._finished or not self._locked else LOCKED_PAUSE_S

    async def _write_around_locks(self, batch: Sequence[FinishedAttempt]) -> list[FinishedAttempt]:
        """Write all; returns those whose row somebody else holds locked, to be written when they let go."""
        try:
            await self._write(batch)
        except asyncpg.LockNotAvailableError:
            if len(batch) == 1:
                return list(batch)
            middle = len(batch) // 2
            return [
                *await self._write_around_locks(batch[:middle]),
                *await self._write_around_locks(batch[middle:]),
            ]
        return []

    async def _write(self, batch: Sequence[FinishedAttempt]) -> None:
        began_ns = time_ns()
        decided = [(finished, self._decide(finished)) for finished in batch]
        if self._dead_letters.is_wanted and any(isinstance(action, Fail) for _, action in decided):
            rows = await self._finish_and_bury(decided)
        else:
            rows = await self._finish(self._pool, decided)
        show_written(batch, began_ns=began_ns)
        applied = {row["lease_token"]: row["status"] for row in rows}
        late = [finished for finished in batch if finished.attempt.lease_token not in applied]
        if late:
            await self._keep_late_evidence(late)
        self._evidence.ids_learned(_named_ids(batch))
        # an attempt that failed says nothing of those before it
        await self._evidence.weigh_the_proved(
            [row["message_id"] for row in rows if row["status"] in {"failed", "pending"}]
        )

    async def _finish(self, db: Executor, decided: Sequence[tuple[FinishedAttempt, Action]]) -> list[asyncpg.Record]:
        return await self._queries["finish_attempts"].fetch(
            db, **_columns(decided), hold_base_s=self._hold.base_s, hold_max_s=self._hold.max_s
        )

    async def _finish_and_bury(self, decided: Sequence[tuple[FinishedAttempt, Action]]) -> list[asyncpg.Record]:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await self._finish(connection, decided)
            await self._dead_letters.bury(connection, [row["message_id"] for row in rows if row["status"] == "failed"])
        return rows

    def _decide(self, finished: FinishedAttempt) -> Action:
        return decide(
            finished.outcome,
            failed_attempts=finished.attempt.failed_attempts,
            policy=self._policy,
            random=self._dice,
        )

    async def _keep_late_evidence(self, late: Sequence[FinishedAttempt]) -> None:
        """The lease had run out, or evidence came first. A late success counts, a late failure changes nothing."""
        for finished in late:
            LATE.labels(finished.outcome.kind).inc()
        named = [finished for finished in late if finished.outcome.gateway_message_id is not None]
        if named:
            await self._queries["note_late_ids"].execute(
                self._pool,
                message_ids=[finished.attempt.message.message_id for finished in named],
                started_ats=[finished.attempt.started_at for finished in named],
                gateway_message_ids=[finished.outcome.gateway_message_id for finished in named],
            )
        sent = [finished for finished in late if finished.outcome.kind is OutcomeKind.SENT]
        await self._evidence.weigh([finished.attempt.message.message_id for finished in sent])

    async def _ask_for_verification(self, batch: Sequence[FinishedAttempt]) -> None:
        """A send that found its session down asks for a verification at once."""
        news = {OutcomeKind.SESSION_DOWN, OutcomeKind.CONFIG_ERROR}
        down = [finished.attempt for finished in batch if finished.outcome.kind in news]
        await ask_for_verification(
            self._publisher,
            [SessionInDoubt(attempt.session_id, attempt.organization_id, attempt.traceparent) for attempt in down],
        )


def _named_ids(batch: Sequence[FinishedAttempt]) -> list[tuple[UUID, str]]:
    return [
        (finished.attempt.session_id, gateway_message_id)
        for finished in batch
        if (gateway_message_id := finished.outcome.gateway_message_id or finished.attempt.message.reserved_id)
    ]


def _log(finished: FinishedAttempt) -> None:
    """One line for what an operator may want to find again."""
    attempt, kind = finished.attempt, finished.outcome.kind
    say = log.debug if kind in TAKEN else log.warning
    say(
        "an attempt ended",
        outcome=str(kind),
        http_status=finished.outcome.http_status,
        organization_id=str(attempt.organization_id),
        session_id=str(attempt.session_id),
        message_id=str(attempt.message.message_id),
        trace_id=trace_id(attempt.traceparent),
    )


class _Written(NamedTuple):
    """What an action writes, beside the attempt."""

    action: str
    delay_s: float | None = None
    error_message: str | None = None
    hold_reason: str | None = None
    hold_floor_s: float | None = None


_SEND = _Written("send")
_ACCEPT = _Written("accept")


def _written(action: Action) -> _Written:
    match action:
        case Send():
            return _SEND
        case Accept():
            return _ACCEPT
        case Doubt(error_message=error_message):
            return _Written("doubt", error_message=error_message, hold_reason="gateway_unclear")
        case Retry(delay_s=delay_s, error_message=error_message):
            return _Written("retry", delay_s, error_message)
        case Hold(reason=reason, error_message=error_message):
            return _Written("hold", error_message=error_message, hold_reason=reason)
        case Fail(error_message=error_message, restricted_s=restricted_s) if restricted_s > 0:
            return _Written("fail", None, error_message, "restricted", restricted_s)
        case Fail(error_message=error_message):
            return _Written("fail", error_message=error_message)


def _columns(batch: Sequence[tuple[FinishedAttempt, Action]]) -> dict[str, list[Any]]:
    """The statement's arrays."""
    attempts = [finished.attempt for finished, _ in batch]
    outcomes = [finished.outcome for finished, _ in batch]
    written = [_written(action) for _, action in batch]
    return {
        "message_ids": [attempt.message.message_id for attempt in attempts],
        "lease_tokens": [attempt.lease_token for attempt in attempts],
        "organization_ids": [attempt.organization_id for attempt in attempts],
        "session_ids": [attempt.session_id for attempt in attempts],
        "gateways": [attempt.gateway for attempt in attempts],
        "recipients": [attempt.message.recipient for attempt in attempts],
        "claimed_ats": [attempt.claimed_at for attempt in attempts],
        "started_ats": [attempt.started_at for attempt in attempts],
        "traceparents": [attempt.traceparent for attempt in attempts],
        "outcomes": [str(outcome.kind) for outcome in outcomes],
        "gateway_words": [outcome.gateway_words or None for outcome in outcomes],
        "http_statuses": [outcome.http_status for outcome in outcomes],
        "gateway_message_ids": [
            outcome.gateway_message_id or attempt.message.reserved_id
            for attempt, outcome in zip(attempts, outcomes, strict=True)
        ],
        "actions": [each.action for each in written],
        "delays_s": [each.delay_s for each in written],
        "error_messages": [each.error_message for each in written],
        "hold_reasons": [each.hold_reason for each in written],
        "hold_floors_s": [each.hold_floor_s for each in written],
    }
