"""An operator's transitions of one message: each a guarded statement, which writes its fact, or a problem that says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

import asyncpg

from services.api.database import Database
from services.api.message_states import Action, State, allowed_states, refusal
from services.api.problems import FieldError, Problem, invalid, not_found
from truesend.store.queries import Executor, Query

LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'"
NO_RECIPIENT = "Nobody knows whom the message goes to: its route has no recipient. Give it one, then retry it."
NOWHERE_TO_ASK = (
    "Nobody knows at which gateway the message was sent. Look into the chat, then retry it or mark it delivered."
)
UNKNOWN_SESSION = FieldError("session_id", "is not a session of your organization; GET /v1/sessions lists them")


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts, for which organisation, and within which trace. ``reason`` is in their own words."""

    organization_id: UUID
    actor: str
    traceparent: str
    reason: str | None = None


class MessageActions:
    """What operators do to single messages."""

    def __init__(self, database: Database, queries: Mapping[str, Query]) -> None:
        self._database = database
        self._queries = queries

    async def retry(self, operator: Operator, message_id: UUID, *, session_id: UUID | None, force: bool) -> None:
        """A new attempt, on another session if one is named. Raises Problem 404, 409, 422."""
        states = allowed_states(Action.RETRY, force=force)
        async with self._database.of(operator.organization_id, settings=LOCK_TIMEOUT) as connection:
            await require_session(connection, self._queries, operator.organization_id, session_id)
            values = {"message_ids": [message_id], "session_id": session_id}
            row = await self._run(connection, "retry_messages", operator, states, values)
        if not row["applied"] and row["state"] in states:
            raise _refused(NO_RECIPIENT, row)
        _require_applied(Action.RETRY, row)

    async def cancel(self, operator: Operator, message_id: UUID) -> None:
        """It will not be sent. Raises Problem 404, 409."""
        _require_applied(Action.CANCEL, await self._one(Action.CANCEL, "cancel_message", operator, message_id))

    async def check(self, operator: Operator, message_id: UUID) -> None:
        """The gateway is asked now what became of it. Raises Problem 404, 409."""
        row = await self._one(Action.CHECK, "check_message", operator, message_id)
        if not row["applied"] and row["state"] in allowed_states(Action.CHECK) and not row["is_known_where"]:
            raise _refused(NOWHERE_TO_ASK, row)
        _require_applied(Action.CHECK, row)

    async def mark_delivered(self, operator: Operator, message_id: UUID, *, at: datetime | None) -> None:
        """It arrived, the operator says; ``at`` is when, else now. Raises Problem 404, 409, 422."""
        row = await self._one(Action.MARK_DELIVERED, "mark_delivered", operator, message_id, at=at)
        if not row["applied"] and row["state"] in allowed_states(Action.MARK_DELIVERED):
            raise invalid(FieldError("at", "is before the message was made; say when it arrived"))
        _require_applied(Action.MARK_DELIVERED, row)

    async def _one(
        self, action: Action, query: str, operator: Operator, message_id: UUID, **values: object
    ) -> asyncpg.Record:
        async with self._database.of(operator.organization_id, settings=LOCK_TIMEOUT) as connection:
            given = {"message_id": message_id, **values}
            return await self._run(connection, query, operator, allowed_states(action), given)

    async def _run(
        self,
        connection: Executor,
        query: str,
        operator: Operator,
        states: frozenset[State],
        values: Mapping[str, object],
    ) -> asyncpg.Record:
        try:
            row = await self._queries[query].fetchrow(connection, **stated(operator, states), **values)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            raise busy() from None
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError):
            raise refused_by_table() from None
        if row is None:
            raise not_found("message")
        return row


def stated(operator: Operator, states: frozenset[State]) -> dict[str, object]:
    """What every action's statement takes: who, why, and from which states."""
    return {
        "organization_id": operator.organization_id,
        "states": [state.value for state in sorted(states)],
        "actor": operator.actor,
        "reason": operator.reason,
        "traceparent": operator.traceparent,
    }


async def require_session(
    db: Executor, queries: Mapping[str, Query], organization_id: UUID, session_id: UUID | None
) -> None:
    """The session, if one is named, is the organisation's. Raises Problem 422."""
    if session_id is not None and not await queries["has_session"].fetchval(
        db, organization_id=organization_id, session_id=session_id
    ):
        raise invalid(UNKNOWN_SESSION)


def busy() -> Problem:
    """Somebody else holds the row."""
    detail = "Somebody else is changing this at the moment. Nothing was changed; try again."
    return Problem(HTTPStatus.CONFLICT, "busy", detail, headers={"Retry-After": "2"})


def refused_by_table() -> Problem:
    """A rule of the CRM's own."""
    return Problem(HTTPStatus.CONFLICT, "refused", "A rule of the CRM's own database refuses this change.")


def _require_applied(action: Action, row: asyncpg.Record) -> None:
    if not row["applied"]:
        raise _refused(refusal(action, State(row["state"])), row)


def _refused(detail: str, row: asyncpg.Record) -> Problem:
    current = {"status": row["status"], "state": row["state"]}
    return Problem(HTTPStatus.CONFLICT, "conflict", detail, current=current)
