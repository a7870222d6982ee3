"""Writing what was found: one transaction for all that came in while the last one was being written."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from services.verifier.check import Check, Finding
from services.verifier.notices import fact_payload
from services.verifier.plan import Fact, Move, Plan, plan
from services.verifier.reconcile import CONNECTED, ReconcilePolicy, SessionRow, digits
from services.verifier.rows import session_row
from truesend.store.queries import load_queries

WRITTEN = Counter("truesend_session_facts", "Changes of sessions written to their history.", ["type"])
REFUSED = Counter("truesend_session_writes_refused", "Findings that the database did not take.")
LARGEST_BATCH = 200
TRIES = 5
IDLE_S = 5.0

_COLLISIONS = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_REFUSALS = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.PLPGSQLError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WritePolicy:
    """Times of a check, in seconds, beside what ``reconcile`` needs."""

    reconcile: ReconcilePolicy
    sweep_s: float
    lease_s: float

    def due_in_s(self, row: SessionRow | None) -> float:
        """When the session is asked for again, at the latest. One that is connecting is watched closely enough to age."""
        if row is None or row.connecting_since is None:
            return self.sweep_s
        return min(self.sweep_s, self.reconcile.connecting_max_s / 2)


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch came to: checks that shall ask once more, and findings that changed nothing."""

    again: Sequence[Check]
    unchanged: Sequence[tuple[Finding, SessionRow]]


class _LookAgainError(Exception):
    """A number changes hands whose holders are not locked."""


class Writer:
    """Collects findings while the last batch is being written. ``one_pass`` is run by a Loop."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        policy: WritePolicy,
        written: Callable[[Written], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._policy = policy
        self._written = written
        self._clock = clock
        self._queries = load_queries("verifier")
        self._findings: deque[Finding] = deque()
        self.wake: Callable[[], None] = lambda: None

    def add(self, finding: Finding) -> None:
        """Take one finding. It is kept until it is written, however long the database is away."""
        self._findings.append(finding)
        self.wake()

    @property
    def is_idle(self) -> bool:
        """Whether everything is written."""
        return not self._findings

    async def one_pass(self) -> float:
        """Write a batch. Returns the seconds to rest (a wake-up ends them)."""
        if not self._findings:
            return IDLE_S
        batch = list(self._findings)[:LARGEST_BATCH]
        await self._write_or_split(batch)
        for _ in batch:
            self._findings.popleft()
        return 0.0

    async def _write_or_split(self, batch: Sequence[Finding]) -> None:
        """A row that the CRM's own rules refuse must not keep the others from being written."""
        try:
            self._written(await self._write(batch))
        except _REFUSALS as error:
            if len(batch) == 1:
                return await self._give_up(batch[0], error)
            for finding in batch:
                await self._write_or_split([finding])

    async def _give_up(self, finding: Finding, error: Exception) -> None:
        REFUSED.inc()
        log.error(
            "the database refused what was found about a session",
            session_id=str(finding.check.session_id),
            error=type(error).__name__,
        )
        self._written(Written(await self._finish(self._pool, [finding], {}), []))

    async def _write(self, findings: Sequence[Finding]) -> Written:
        numbers = set(_numbers_to_take(findings))
        for _ in range(TRIES):
            try:
                return await self._try_to_write(findings, numbers)
            except (_LookAgainError, *_COLLISIONS) as collision:
                log.debug("writing a batch again", why=type(collision).__name__)
        log.warning("a phone number could not be taken over; its session is written without it")
        return await self._try_to_write([_without_number(finding) for finding in findings], numbers)

    async def _try_to_write(self, findings: Sequence[Finding], numbers: set[tuple[UUID, str]]) -> Written:
        """One transaction. ``numbers`` grows by those whose holders were not locked, and _LookAgainError is raised."""
        async with self._pool.acquire() as connection, connection.transaction():
            locked = await self._lock(connection, findings, numbers)
            planned = plan(locked, findings, self._policy.reconcile)
            if planned.wanted_numbers - numbers:
                numbers |= planned.wanted_numbers
                raise _LookAgainError
            await self._write_rows(connection, locked, planned)
            again = await self._finish(connection, findings, planned.rows)
            await self._let_messages_go(connection, planned.recovered, planned.moves)
        for fact in planned.facts:
            WRITTEN.labels(fact.type).inc()
        return Written(again, [(finding, planned.rows[finding.check.session_id]) for finding in planned.unchanged])

    async def _lock(
        self, connection: Any, findings: Sequence[Finding], numbers: Iterable[tuple[UUID, str]]
    ) -> dict[UUID, SessionRow]:
        ids = [finding.check.session_id for finding in findings]
        sessions = await self._queries["lock_sessions"].fetch(
            connection,
            session_ids=ids,
            organization_ids=list({organization_id for organization_id, _ in numbers}),
            numbers=list({number for _, number in numbers}),
        )
        checks = {
            record["session_id"]: record
            for record in await self._queries["lock_checks"].fetch(connection, session_ids=ids)
        }
        return {record["id"]: session_row(record, checks.get(record["id"])) for record in sessions}

    async def _write_rows(self, connection: Any, locked: Mapping[UUID, SessionRow], planned: Plan) -> None:
        changes = [(locked[after.id], after) for after in planned.rows.values() if after != locked[after.id]]
        if not changes:
            return
        given_up = [before.id for before, after in changes if before.phone_number not in {None, after.phone_number}]
        if given_up:
            await self._queries["give_up_numbers"].execute(connection, session_ids=given_up)
        await self._queries["write_sessions"].execute(connection, **_session_columns(changes))
        superseded = [after for before, after in changes if before.superseded_by != after.superseded_by]
        if superseded:
            await self._queries["set_superseded"].execute(
                connection,
                session_ids=[row.id for row in superseded],
                successors=[row.superseded_by for row in superseded],
            )
        if planned.facts:
            now: datetime = await connection.fetchval("SELECT now()")
            await self._queries["append_facts"].execute(connection, **_fact_columns(planned.facts, now))

    async def _finish(self, db: Any, findings: Sequence[Finding], rows: Mapping[UUID, SessionRow]) -> list[Check]:
        """End the checks that are still ours. Returns those that news came for meanwhile: they ask again."""
        ended = [(finding.check, rows.get(finding.check.session_id)) for finding in findings]
        records = await self._queries["finish_checks"].fetch(
            db,
            session_ids=[check.session_id for check, _ in ended],
            tokens=[check.token for check, _ in ended],
            due_in_s=[self._policy.due_in_s(row) for _, row in ended],
            connecting_sinces=[row and row.connecting_since for _, row in ended],
            connecting_seen_ats=[row and row.connecting_seen_at for _, row in ended],
            lease_s=self._policy.lease_s,
        )
        claims = {record["session_id"]: record["asked_at"] for record in records}
        now_s = self._clock()
        return [
            replace(
                check,
                row=row or check.row,
                claimed_at=claims[check.session_id],
                claimed_monotonic_s=now_s,
                is_news=True,
            )
            for check, row in ended
            if check.session_id in claims
        ]

    async def _let_messages_go(self, connection: Any, recovered: Sequence[UUID], moves: Sequence[Move]) -> None:
        if moves:
            await self._queries["move_messages"].execute(
                connection,
                old_session_ids=[move.old for move in moves],
                new_session_ids=[move.new for move in moves],
                organization_ids=[move.organization_id for move in moves],
            )
        if recovered or moves:
            await self._queries["end_holds"].execute(connection, session_ids=recovered)


def _numbers_to_take(findings: Iterable[Finding]) -> Iterable[tuple[UUID, str]]:
    """Numbers that look as if they changed hands, going by the rows as they were when the checks began."""
    for finding in findings:
        number, row = digits(finding.observation.phone_number), finding.check.row
        if number and (row.status != CONNECTED or digits(row.phone_number) != number):
            yield row.organization_id, number


def _without_number(finding: Finding) -> Finding:
    return replace(finding, observation=replace(finding.observation, phone_number=None))


def _session_columns(changes: Sequence[tuple[SessionRow, SessionRow]]) -> dict[str, list[Any]]:
    after = [row for _, row in changes]
    return {
        "ids": [row.id for row in after],
        "expected_versions": [before.version for before, _ in changes],
        "versions": [row.version for row in after],
        "statuses": [row.status for row in after],
        "phone_numbers": [row.phone_number for row in after],
        "qr_codes": [row.qr_code for row in after],
        "qr_expiries": [row.qr_expires_at for row in after],
        "connected_ats": [row.connected_at for row in after],
        "last_active_ats": [row.last_active_at for row in after],
        "last_errors": [row.last_error for row in after],
        "last_error_ats": [row.last_error_at for row in after],
        "last_verified_ats": [row.last_verified_at for row in after],
    }


def _fact_columns(facts: Sequence[Fact], now: datetime) -> dict[str, list[Any]]:
    return {
        "session_ids": [fact.row.id for fact in facts],
        "types": [str(fact.type) for fact in facts],
        "payloads": [fact_payload(fact, now) for fact in facts],
        "organization_ids": [fact.row.organization_id for fact in facts],
        "traceparents": [fact.traceparent for fact in facts],
    }
