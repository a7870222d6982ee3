"""Retrying many messages by filter: a slice at a time, each in a transaction of its own, within the time of one request."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import asyncpg

from services.api.database import Database
from services.api.message_actions import LOCK_TIMEOUT, Operator, refused_by_table, require_session, stated
from services.api.message_states import Action, State, allowed_states
from services.api.messages_read import PLANNED_ANEW, MessageFilter
from services.api.problems import Problem
from truesend.store.queries import Query

SLICE_ROWS = 1_000
COUNTED_ROWS = 5_000
BUDGET_S = 10.0
STATEMENT_TIMEOUT = f"SET LOCAL statement_timeout = '{BUDGET_S:g}s'"
NO_RECIPIENT = "no_recipient"
BUSY = "busy"

Place = tuple[datetime | None, UUID | None]


@dataclass(frozen=True, slots=True)
class BulkRetry:
    """What is asked for. ``after`` is where an earlier request stopped."""

    wanted: MessageFilter
    session_id: UUID | None = None
    force: bool = False
    dry_run: bool = False
    after: Place = (None, None)


@dataclass(slots=True)
class Tally:
    """What has come of it so far. ``stopped_at`` is set where more are left than one request takes."""

    matched: int = 0
    retried: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    stopped_at: tuple[datetime, UUID] | None = None


class BulkRetries:
    """Does them. ``clock`` tells seconds."""

    def __init__(
        self, database: Database, queries: Mapping[str, Query], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._queries = queries
        self._clock = clock

    async def run(self, operator: Operator, bulk: BulkRetry) -> Tally:
        """Retry, or only count, what the filter matches. Raises Problem 422 for a session that is not the organisation's,
        503 where already finding the first ones takes too long."""
        async with self._database.of(operator.organization_id) as connection:
            await require_session(connection, self._queries, operator.organization_id, bulk.session_id)
        tally, after = Tally(), bulk.after
        ends_at = self._clock() + BUDGET_S
        row_limit = COUNTED_ROWS if bulk.dry_run else SLICE_ROWS
        while True:
            page = await self._page(operator, bulk, after, row_limit)
            await self._take(operator, bulk, page, tally)
            if len(page) < row_limit:
                return tally
            last: tuple[datetime, UUID] = (page[-1]["created_at"], page[-1]["id"])
            if self._clock() > ends_at:
                tally.stopped_at = last
                return tally
            after = last

    async def _page(self, operator: Operator, bulk: BulkRetry, after: Place, row_limit: int) -> list[asyncpg.Record]:
        settings = f"{STATEMENT_TIMEOUT}; {PLANNED_ANEW}"
        with suppress(asyncpg.QueryCanceledError):
            async with self._database.of(operator.organization_id, is_snapshot=True, settings=settings) as connection:
                return await self._fetch_page(connection, operator, bulk, after, row_limit)
        detail = "Finding these messages takes too long. Narrow the filter, by status, created_from and created_to."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too-slow", detail)

    async def _fetch_page(
        self,
        connection: asyncpg.pool.PoolConnectionProxy,
        operator: Operator,
        bulk: BulkRetry,
        after: Place,
        row_limit: int,
    ) -> list[asyncpg.Record]:
        wanted = bulk.wanted
        values: dict[str, Any] = {
            "organization_id": operator.organization_id,
            "needs_recipient": bulk.session_id is not None,
            "ids": wanted.ids,
            "batch_id": wanted.batch_id,
            "status": wanted.status,
            "recipient": wanted.recipient,
            "created_from": wanted.created_from,
            "created_to": wanted.created_to,
            "scheduled_from": wanted.scheduled_from,
            "scheduled_to": wanted.scheduled_to,
            "after_created_at": after[0],
            "after_id": after[1],
            "row_limit": row_limit,
        }
        if wanted.session_id is None:
            return await self._queries["retry_page"].fetch(connection, **values)
        return await self._queries["retry_page_of_session"].fetch(connection, session_id=wanted.session_id, **values)

    async def _take(self, operator: Operator, bulk: BulkRetry, page: list[asyncpg.Record], tally: Tally) -> None:
        tally.matched += len(page)
        states = allowed_states(Action.RETRY, force=bulk.force)
        if bulk.dry_run:
            tally.refused.update(reason for row in page if (reason := _reason(row, states)) is not None)
        elif page:
            rows = await self._retry(operator, bulk, [row["id"] for row in page], states)
            tally.retried += sum(row["applied"] for row in rows)
            tally.refused.update(_reason(row, states) or BUSY for row in rows if not row["applied"])
            if len(rows) < len(page):
                tally.refused[BUSY] += len(page) - len(rows)

    async def _retry(
        self, operator: Operator, bulk: BulkRetry, message_ids: list[UUID], states: frozenset[State]
    ) -> list[asyncpg.Record]:
        """The rows that nobody else held, each with whether it is pending again."""
        try:
            async with self._database.of(operator.organization_id, settings=LOCK_TIMEOUT) as connection:
                free = await self._queries["lock_messages"].fetch(
                    connection, organization_id=operator.organization_id, message_ids=message_ids
                )
                return await self._queries["retry_messages"].fetch(
                    connection,
                    message_ids=[row["id"] for row in free],
                    session_id=bulk.session_id,
                    **stated(operator, states),
                )
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            return []
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError):
            raise refused_by_table() from None


def _reason(row: asyncpg.Record, states: frozenset[State]) -> str | None:
    """Why this one is refused; None where nothing speaks against it."""
    state: str = row["state"]
    if state not in states:
        return state
    return None if row["has_recipient"] else NO_RECIPIENT
