"""The day of adoption: what was overdue when Truesend came to a CRM's database waits for the operator's word.

Held is a message that is pending, was scheduled and created no later than the moment the first migration recorded
(``truesend.adoption.overdue_before``), and has no ``next_attempt_at``. Releasing one gives it that time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
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


async def count_held(db: Executor) -> list[HeldMessages]:
    """Return what is held, by organisation; an empty list where nothing is."""
    return [HeldMessages(*record.values()) for record in await _QUERIES["count_held"].fetch(db)]


async def release_held(
    db: Executor, organizations: Collection[UUID] | None = None, *, batch_rows: int = BATCH_ROWS
) -> int:
    """Let the held messages of these organisations, or of all, be sent; returns how many.

    Batch by batch, each whole by itself: one that breaks off is taken up by the next call.
    """
    return await _in_batches(db, _QUERIES["release_held"], organizations, batch_rows)


async def expire_held(
    db: Executor, organizations: Collection[UUID] | None = None, *, batch_rows: int = BATCH_ROWS
) -> int:
    """Let the held messages of these organisations, or of all, fail as expired; returns how many. Else as releasing."""
    return await _in_batches(db, _QUERIES["expire_held"], organizations, batch_rows, expired_message=EXPIRED_MESSAGE)


async def _in_batches(
    db: Executor, query: Query, organizations: Collection[UUID] | None, batch_rows: int, **values: object
) -> int:
    chosen = None if organizations is None else list(organizations)
    total = 0
    while changed := await query.fetchval(db, organizations=chosen, row_limit=batch_rows, **values):
        total += changed
    if total:
        await _QUERIES["wake"].execute(db)
    return total
