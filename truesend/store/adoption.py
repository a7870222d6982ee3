"""The day of adoption: what was overdue when Truesend came to a CRM's database waits for the operator's word.

Held is a message that is pending, was scheduled and created no later than the moment that is recorded in
``truesend.adoption.overdue_before``, and has no ``next_attempt_at``. Releasing one gives it that time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from truesend.store.queries import Executor, Query, load_queries

EXPIRED_MESSAGE = "expired: was overdue when Truesend was adopted"
BATCH_ROWS = 1000

_QUERIES = load_queries("adoption")


@dataclass(frozen=True, slots=True)
class HeldMessages:
    """What is held of one organisation, and for when the oldest and the newest of it were scheduled."""

    organization_id: UUID
    messages: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class ScheduledWithin:
    """Which of the held messages are meant: those that were scheduled after the one moment, and before the other."""

    after: datetime | None = None
    before: datetime | None = None


ANY_TIME: Final = ScheduledWithin()


async def count_held(
    db: Executor, organizations: Collection[UUID] | None = None, *, within: ScheduledWithin = ANY_TIME
) -> list[HeldMessages]:
    """Return what is held of these organisations, or of all, by organisation; an empty list where nothing is."""
    rows = await _QUERIES["count_held"].fetch(db, **_chosen(organizations, within))
    return [HeldMessages(*record.values()) for record in rows]


async def moment_ago(db: Executor, seconds: float) -> datetime:
    """The moment so long ago, by the database's clock."""
    moment: datetime = await _QUERIES["moment_ago"].fetchval(db, seconds=seconds)
    return moment


async def release_held(
    db: Executor,
    organizations: Collection[UUID] | None = None,
    *,
    within: ScheduledWithin = ANY_TIME,
    batch_rows: int = BATCH_ROWS,
) -> int:
    """Let the held messages of these organisations, or of all, be sent; returns how many.

    Batch by batch, each whole by itself: one that breaks off is taken up by the next call.
    """
    return await _in_batches(db, _QUERIES["release_held"], _chosen(organizations, within), batch_rows)


async def expire_held(
    db: Executor,
    organizations: Collection[UUID] | None = None,
    *,
    within: ScheduledWithin = ANY_TIME,
    batch_rows: int = BATCH_ROWS,
) -> int:
    """Let the held messages of these organisations, or of all, fail as expired; returns how many. Else as releasing."""
    chosen = _chosen(organizations, within) | {"expired_message": EXPIRED_MESSAGE}
    return await _in_batches(db, _QUERIES["expire_held"], chosen, batch_rows)


def _chosen(organizations: Collection[UUID] | None, within: ScheduledWithin) -> dict[str, object]:
    return {
        "organizations": None if organizations is None else list(organizations),
        "scheduled_after": within.after,
        "scheduled_before": within.before,
    }


async def _in_batches(db: Executor, query: Query, values: dict[str, object], batch_rows: int) -> int:
    total = 0
    while changed := await query.fetchval(db, row_limit=batch_rows, **values):
        total += changed
    if total:
        await _QUERIES["wake"].execute(db)
    return total
