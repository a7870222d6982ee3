"""Messages as the API answers with them: the row, why it is held, and how it was confirmed, seen at the same moment."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import asyncpg

from services.api.database import Database
from services.api.problems import Problem
from truesend.store.queries import Executor, Query

PLANNED_ANEW = "SET LOCAL plan_cache_mode = force_custom_plan"
SEARCH_TIMEOUT = "SET LOCAL statement_timeout = '5s'"


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What a list is narrowed to. Times: from is included, to is not; ``text`` occurs in the content or the recipient."""

    status: str | None = None
    session_id: UUID | None = None
    recipient: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    scheduled_from: datetime | None = None
    scheduled_to: datetime | None = None
    ids: list[UUID] | None = None
    batch_id: UUID | None = None
    text: str | None = None


class MessageReader:
    """Reads one organisation's messages. ``dispatched``: for whom the sender dispatches, None for all; ``max_attempts``:
    after how many it gives up."""

    def __init__(
        self,
        database: Database,
        queries: Mapping[str, Query],
        *,
        dispatched: tuple[UUID, ...] | None,
        max_attempts: int,
    ) -> None:
        self._database = database
        self._queries = queries
        self._dispatched = list(dispatched) if dispatched is not None else None
        self._max_attempts = max_attempts

    @asynccontextmanager
    async def snapshot(self, organization_id: UUID) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy]:
        """A moment of an organisation: all that is read in it fits together. Filters that are not given are planned away."""
        async with self._database.of(organization_id, is_snapshot=True, settings=PLANNED_ANEW) as connection:
            yield connection

    async def one(self, db: Executor, *, organization_id: UUID, message_id: UUID) -> dict[str, Any] | None:
        """The message, or None."""
        row = await self._queries["get_message"].fetchrow(db, organization_id=organization_id, message_id=message_id)
        if row is None:
            return None
        return (await self._answers(db, organization_id, [row]))[0]

    async def page(
        self,
        db: Executor,
        *,
        organization_id: UUID,
        wanted: MessageFilter,
        before: tuple[datetime | None, UUID | None],
        row_limit: int,
    ) -> tuple[list[dict[str, Any]], tuple[datetime, UUID] | None]:
        """A page, the latest first, and where the next one begins. Raises Problem 503 where a search takes too long."""
        values: dict[str, object] = {
            "organization_id": organization_id,
            "ids": wanted.ids,
            "batch_id": wanted.batch_id,
            "status": wanted.status,
            "recipient": wanted.recipient,
            "pattern": _pattern(wanted.text) if wanted.text is not None else None,
            "created_from": wanted.created_from,
            "created_to": wanted.created_to,
            "scheduled_from": wanted.scheduled_from,
            "scheduled_to": wanted.scheduled_to,
            "before_created_at": before[0],
            "before_id": before[1],
            "row_limit": row_limit + 1,
        }
        if wanted.text is not None:
            await db.execute(SEARCH_TIMEOUT)
        try:
            if wanted.session_id is None:
                rows = await self._queries["list_messages"].fetch(db, **values)
            else:
                rows = await self._queries["list_messages_of_session"].fetch(db, session_id=wanted.session_id, **values)
        except asyncpg.QueryCanceledError:
            raise _too_slow() from None
        items = await self._answers(db, organization_id, rows[:row_limit])
        last = rows[row_limit - 1] if len(rows) > row_limit else None
        return items, (last["created_at"], last["id"]) if last else None

    async def _answers(
        self, db: Executor, organization_id: UUID, rows: Sequence[asyncpg.Record]
    ) -> list[dict[str, Any]]:
        holds = await self._holds(db, organization_id, _of_status(rows, "pending"))
        confirmations = await self._confirmations(db, organization_id, _of_status(rows, "sent"))
        return [
            _answer(row, *holds.get(row["id"], (None, None)))
            | {"confirmed_by": confirmations.get(row["id"]), "max_attempts": self._max_attempts}
            for row in rows
        ]

    async def _holds(
        self, db: Executor, organization_id: UUID, waiting: Sequence[UUID]
    ) -> dict[UUID, tuple[str | None, datetime | None]]:
        if not waiting:
            return {}
        found = await self._queries["holds"].fetch(
            db, message_ids=waiting, organization_id=organization_id, organizations=self._dispatched
        )
        return {hold["id"]: (hold["held_reason"], hold["held_until"]) for hold in found}

    async def _confirmations(self, db: Executor, organization_id: UUID, sent: Sequence[UUID]) -> dict[UUID, str | None]:
        if not sent:
            return {}
        found = await self._queries["confirmations"].fetch(db, message_ids=sent, organization_id=organization_id)
        return {row["id"]: row["confirmed_by"] for row in found}


def _of_status(rows: Sequence[asyncpg.Record], status: str) -> list[UUID]:
    return [row["id"] for row in rows if row["message"]["status"] == status]


def _pattern(text: str) -> str:
    """What ILIKE takes for a text that occurs somewhere, whatever characters it has."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _too_slow() -> Problem:
    detail = "Searching takes too long. Narrow it, by status, created_from and created_to."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too-slow", detail)


def _answer(row: asyncpg.Record, held_reason: str | None, held_until: datetime | None) -> dict[str, Any]:
    """What is held until a moment is tried then: one field says when it will go."""
    answer = {"id": row["id"], **row["message"], "held_reason": held_reason, "held_until": held_until}
    return answer | {"next_attempt_at": held_until} if held_until is not None else answer
