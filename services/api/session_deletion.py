"""Deleting a session that was never paired, and that nothing depends on."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

import asyncpg

from services.api.database import Database
from services.api.message_actions import LOCK_TIMEOUT, Operator, busy, refused_by_table
from services.api.problems import Problem, not_found
from truesend.store.queries import Executor, Query

STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = '5s'"


class SessionDeletion:
    """Deletes one session, or says why not."""

    def __init__(self, database: Database, queries: Mapping[str, Query]) -> None:
        self._database = database
        self._queries = queries

    async def delete(self, operator: Operator, session_id: UUID) -> None:
        """Delete it. Raises Problem: 404; 409 where it was paired once, where messages or the CRM's own tables depend on
        it, and where that cannot be told soon enough."""
        settings = f"{LOCK_TIMEOUT}; {STATEMENT_TIMEOUT}"
        try:
            async with self._database.of(operator.organization_id, settings=settings) as connection:
                await self._delete(connection, operator, session_id)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            raise busy() from None
        except asyncpg.QueryCanceledError:
            detail = "It takes too long to find out whether messages depend on this session. Nothing was changed."
            raise Problem(HTTPStatus.CONFLICT, "too-slow", detail) from None
        except asyncpg.ForeignKeyViolationError as error:
            raise _refused(f"The CRM still names this session, in its table {error.table_name}.") from None
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError):
            raise refused_by_table() from None

    async def _delete(self, connection: Executor, operator: Operator, session_id: UUID) -> None:
        whose = {"organization_id": operator.organization_id, "session_id": session_id}
        row = await self._queries["lock_session"].fetchrow(connection, **whose)
        if row is None:
            raise not_found("session")
        _require_never_paired(row)
        if await self._queries["session_uses"].fetchval(connection, **whose):
            raise _refused("Messages were or are to be sent through this session.", row)
        await self._require_no_dependents(connection, row)
        deleted = await self._queries["delete_session"].fetchval(
            connection, **whose, actor=operator.actor, reason=operator.reason, traceparent=operator.traceparent
        )
        if deleted is None:
            raise refused_by_table()

    async def _require_no_dependents(self, connection: Executor, row: asyncpg.Record) -> None:
        """A CRM's groups go with their session, and all of their messages, sent ones too, with them."""
        table = await self._queries["session_dependent"].fetchval(connection, session_id=row["id"])
        if table is not None:
            raise _refused(f"Rows of the CRM's table {table} would be deleted with this session.", row)


def _require_never_paired(row: asyncpg.Record) -> None:
    if row["connected_at"] is not None or row["phone_number"] is not None or row["status"] == "connected":
        raise _refused("This session was paired once, and its history is worth keeping. Disconnect it instead.", row)


def _refused(detail: str, row: asyncpg.Record | None = None) -> Problem:
    current = {"status": row["status"]} if row else None
    return Problem(HTTPStatus.CONFLICT, "conflict", detail, current=current)
