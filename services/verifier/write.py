"""Writing what was seen: one transaction for all that came in while the last one was being written."""

import asyncio
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

from services.verifier.check import Check, Finding, Sighting, Told
from services.verifier.columns import fact_columns, memory_columns, session_columns
from services.verifier.plan import Move, Plan, plan
from services.verifier.reconcile import CONNECTED, ReconcilePolicy, SessionRow, digits
from services.verifier.rows import session_row
from services.verifier.spans import show_written
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
    """What a batch came to: checks that shall ask once more, sightings that changed nothing, and webhooks that came too
    late to be believed but say something else than the row. ``has_drops``: a session that was up is down."""

    again: Sequence[Check]
    unchanged: Sequence[tuple[Sighting, SessionRow]] = ()
    doubted: Sequence[Told] = ()
    has_drops: bool = False


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
        self._sightings: deque[Sighting] = deque()
        self._taken = 0
        self._done = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.wake: Callable[[], None] = lambda: None

    def add(self, sighting: Sighting) -> None:
        """Take one sighting. It is kept until it is written, however long the database is away."""
        self._sightings.append(sighting)
        self._taken += 1
        self.wake()

    async def add_and_wait(self, sightings: Iterable[Sighting]) -> None:
        """Take sightings. Returns when all of them are written."""
        for sighting in sightings:
            self.add(sighting)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._taken, written))
        self._tell_who_waits()
        await written

    @property
    def is_idle(self) -> bool:
        """Whether everything is written."""
        return not self._sightings

    async def one_pass(self) -> float:
        """Write a batch. Returns the seconds to rest (a wake-up ends them)."""
        if not self._sightings:
            return IDLE_S
        batch = list(self._sightings)[:LARGEST_BATCH]
        await self._write_or_split(batch)
        for _ in batch:
            self._sightings.popleft()
        self._done += len(batch)
        self._tell_who_waits()
        return 0.0

    def _tell_who_waits(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._done:
            _, written = self._waiting.popleft()
            if not written.done():
                written.set_result(None)

    async def _write_or_split(self, batch: Sequence[Sighting]) -> None:
        """A row that the CRM's own rules refuse must not keep the others from being written."""
        try:
            self._written(await self._write(batch))
        except _REFUSALS as error:
            if len(batch) == 1:
                return await self._give_up(batch[0], error)
            for sighting in batch:
                await self._write_or_split([sighting])

    async def _give_up(self, sighting: Sighting, error: Exception) -> None:
        REFUSED.inc()
        log.error(
            "the database refused what was found about a session",
            session_id=str(sighting.session_id),
            error=type(error).__name__,
        )
        self._written(Written(await self._finish(self._pool, [sighting], {})))

    async def _write(self, sightings: Sequence[Sighting]) -> Written:
        numbers = set(_numbers_to_take(sightings))
        for _ in range(TRIES):
            try:
                return await self._try_to_write(sightings, numbers)
            except (_LookAgainError, *_COLLISIONS) as collision:
                log.debug("writing a batch again", why=type(collision).__name__)
        log.warning("a phone number could not be taken over; its session is written without it")
        return await self._try_to_write([_without_number(sighting) for sighting in sightings], numbers)

    async def _try_to_write(self, sightings: Sequence[Sighting], numbers: set[tuple[UUID, str]]) -> Written:
        """One transaction. ``numbers`` grows by those whose holders were not locked, and _LookAgainError is raised."""
        began_ns = time.time_ns()
        async with self._pool.acquire() as connection, connection.transaction():
            locked = await self._lock(connection, sightings, numbers)
            planned = plan(locked, sightings, self._policy.reconcile)
            if planned.wanted_numbers - numbers:
                numbers |= planned.wanted_numbers
                raise _LookAgainError
            await self._write_rows(connection, locked, planned)
            again = await self._finish(connection, sightings, planned.rows)
            await self._let_messages_go(connection, planned.recovered, planned.moves)
        show_written(sightings, began_ns=began_ns)
        for fact in planned.facts:
            WRITTEN.labels(fact.type).inc()
        unchanged = [(sighting, planned.rows[sighting.session_id]) for sighting in planned.unchanged]
        dropped = any(row.down_since != locked[row.id].down_since for row in planned.rows.values())
        return Written(again, unchanged, planned.doubted, dropped)

    async def _lock(
        self, connection: Any, sightings: Sequence[Sighting], numbers: Iterable[tuple[UUID, str]]
    ) -> dict[UUID, SessionRow]:
        ids = list({sighting.session_id for sighting in sightings})
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
        await self._queries["write_sessions"].execute(connection, **session_columns(changes))
        superseded = [after for before, after in changes if before.superseded_by != after.superseded_by]
        if superseded:
            await self._queries["set_superseded"].execute(
                connection,
                session_ids=[row.id for row in superseded],
                successors=[row.superseded_by for row in superseded],
            )
        if planned.facts:
            now: datetime = await connection.fetchval("SELECT now()")
            await self._queries["append_facts"].execute(connection, **fact_columns(planned.facts, now))

    async def _finish(self, db: Any, sightings: Sequence[Sighting], rows: Mapping[UUID, SessionRow]) -> list[Check]:
        """Remember what was seen, and end the checks that are still ours. Returns those that news came for meanwhile: they
        ask again."""
        told = list({sighting.session_id for sighting in sightings if isinstance(sighting, Told)} & rows.keys())
        if told:
            due_in_s = [self._policy.due_in_s(rows[session_id]) for session_id in told]
            await self._queries["remember_told"].execute(
                db, session_ids=told, due_in_s=due_in_s, **memory_columns(told, rows)
            )
        findings = [sighting for sighting in sightings if isinstance(sighting, Finding)]
        return await self._finish_checks(db, findings, rows) if findings else []

    async def _finish_checks(
        self, db: Any, findings: Sequence[Finding], rows: Mapping[UUID, SessionRow]
    ) -> list[Check]:
        ended = [(finding.check, rows.get(finding.session_id)) for finding in findings]
        ids = [check.session_id for check, _ in ended]
        records = await self._queries["finish_checks"].fetch(
            db,
            session_ids=ids,
            tokens=[check.token for check, _ in ended],
            due_in_s=[self._policy.due_in_s(row) for _, row in ended],
            lease_s=self._policy.lease_s,
            **memory_columns(ids, rows),
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
                waited_s=0.0,
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


def _numbers_to_take(sightings: Iterable[Sighting]) -> Iterable[tuple[UUID, str]]:
    """Numbers that look as if they changed hands, going by the rows as they were before."""
    for sighting in sightings:
        number, row = digits(sighting.observation.phone_number), sighting.row
        if number and (row.status != CONNECTED or digits(row.phone_number) != number):
            yield row.organization_id, number


def _without_number(sighting: Sighting) -> Sighting:
    return replace(sighting, observation=replace(sighting.observation, phone_number=None))
