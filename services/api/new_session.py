"""A session that is made here, to be paired: its row and its fact. Its gateway learns of it by the first connect."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.api.database import Database
from services.api.message_actions import Operator, refused_by_table
from services.api.new_message import without_nul
from services.api.problems import FieldError, Problem, invalid
from truesend.store.queries import Query

USUAL_GATEWAY = "default"
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(without_nul)
]


class NewSession(BaseModel):
    """A session to be paired. Without `gateway` it is on the one named `default`, or on the only one that there is."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    display_name: Name | None = None
    gateway: Annotated[str, Field(max_length=200)] | None = None


def chosen_gateway(wanted: str | None, configured: Iterable[str]) -> str:
    """The gateway of a new session. Raises Problem 422 where it is unknown, or there are several to choose from."""
    names = sorted(configured)
    if wanted is None and len(names) == 1:
        return names[0]
    name = USUAL_GATEWAY if wanted is None else wanted
    if name not in names:
        raise invalid(FieldError("gateway", f"must be one of those configured here: {', '.join(names)}"))
    return name


class NewSessions:
    """Makes sessions."""

    def __init__(self, database: Database, queries: Mapping[str, Query]) -> None:
        self._database = database
        self._queries = queries

    async def add(self, operator: Operator, *, display_name: str | None, gateway: str) -> UUID:
        """Make one. Raises Problem 409 where the CRM's table does not take it."""
        session_id = uuid4()
        try:
            async with self._database.of(operator.organization_id) as connection:
                await self._queries["add_session"].execute(
                    connection,
                    session_id=session_id,
                    organization_id=operator.organization_id,
                    display_name=display_name,
                    gateway=gateway,
                )
                await self._queries["append_session_created"].execute(
                    connection,
                    session_id=session_id,
                    organization_id=operator.organization_id,
                    actor=operator.actor,
                    traceparent=operator.traceparent,
                )
        except asyncpg.NotNullViolationError as error:
            raise _demanded(error.column_name) from None
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError):
            raise refused_by_table() from None
        return session_id


def _demanded(column: str | None) -> Problem:
    detail = f"The CRM's own table demands {column or 'a column'} of a session: make it in the CRM."
    return Problem(HTTPStatus.CONFLICT, "refused", detail)
