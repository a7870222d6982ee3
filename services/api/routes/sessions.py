"""Sessions: what they are, what they were, and asking their gateways."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.api.answers import Json, accepted, page
from services.api.auth import Caller
from services.api.badge import badge
from services.api.bodies import fit, json_body, read_json
from services.api.context import CallerOf, Context, ContextOf
from services.api.cursors import cursor_of, history_cursor, session_cursor
from services.api.history import history_item
from services.api.message_actions import Operator
from services.api.new_session import NewSession, NewSessions, chosen_gateway
from services.api.problems import not_found
from services.api.shapes import HistoryList, SessionList, SessionRow, VerifyAnswer
from services.api.verify_commands import ask_to_verify
from truesend.contracts.events import VerifyReason

SESSIONS_LIMIT = 1_000
PAGE_LIMIT = 200

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")]


class VerifyRequest(BaseModel):
    """Which sessions; without any, every one that is connected or connecting."""

    model_config = ConfigDict(extra="forbid")

    session_ids: list[UUID] | None = Field(None, max_length=SESSIONS_LIMIT)


@router.get("", response_model=SessionList)
async def list_sessions(caller: CallerOf, context: ContextOf, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """The organization's sessions, each with the badge that it deserves."""
    after_id = session_cursor(cursor)
    async with context.database.of(caller.organization_id) as connection:
        rows = await context.queries["list_sessions"].fetch(
            connection, organization_id=caller.organization_id, after_id=after_id, row_limit=limit + 1
        )
    items = [_answer(row) for row in rows[:limit]]
    return page(items, cursor_of(items[-1]["id"]) if len(rows) > limit else None)


@router.post(
    "",
    status_code=201,
    response_model=SessionRow,
    responses={201: {"headers": {"Location": {"schema": {"type": "string"}}}}},
    openapi_extra=json_body(NewSession, required=False),
)
async def create_session(request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Make a session that is to be paired: reconnect it, and have its QR code scanned."""
    content = await read_json(request)
    wanted = fit(NewSession, {} if content is None else content)
    operator = Operator(caller.organization_id, caller.actor, request.state.traceparent)
    session_id = await NewSessions(context.database, context.queries).add(
        operator,
        display_name=wanted.display_name,
        gateway=chosen_gateway(wanted.gateway, context.gateways),
    )
    context.hints.ring()
    row = await _session(context, caller, session_id)
    return Json(row, status_code=HTTPStatus.CREATED, headers={"Location": f"/v1/sessions/{session_id}"})


@router.post(
    "/verify",
    status_code=202,
    response_model=VerifyAnswer,
    openapi_extra=json_body(VerifyRequest, required=False),
)
async def verify_sessions(request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Have the gateways asked. `fresh` are those that were asked just now; what comes of it is on the live stream."""
    content = await read_json(request)
    wanted = fit(VerifyRequest, {} if content is None else content)
    async with context.database.of(caller.organization_id) as connection:
        rows = await context.queries["sessions_to_verify"].fetch(
            connection,
            organization_id=caller.organization_id,
            session_ids=wanted.session_ids,
            freshness_s=context.settings.verify_freshness_s,
        )
    verifying = [row["id"] for row in rows if not row["fresh"]]
    await _ask(request, context, caller, verifying, VerifyReason.PAGE_LOAD)
    return accepted({"verifying": verifying, "fresh": [row["id"] for row in rows if row["fresh"]]})


@router.get("/{session_id}", response_model=SessionRow)
async def get_session(session_id: UUID, caller: CallerOf, context: ContextOf) -> Response:
    """One session."""
    return Json(await _session(context, caller, session_id))


@router.post("/{session_id}/verify", status_code=202, response_model=VerifyAnswer)
async def verify_session(session_id: UUID, request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Have one session's gateway asked, however young the last answer is."""
    async with context.database.of(caller.organization_id) as connection:
        await _require_session(connection, context, caller, session_id)
    await _ask(request, context, caller, [session_id], VerifyReason.OPERATOR)
    return accepted({"verifying": [session_id], "fresh": []})


@router.get("/{session_id}/history", response_model=HistoryList)
async def session_history(
    session_id: UUID, caller: CallerOf, context: ContextOf, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """What became of a session, the latest first."""
    before_seq = history_cursor(cursor)
    async with context.database.of(caller.organization_id) as connection:
        await _require_session(connection, context, caller, session_id)
        rows = await context.queries["history"].fetch(
            connection,
            aggregatetype="session",
            aggregateid=session_id,
            organization_id=caller.organization_id,
            before_seq=before_seq,
            row_limit=limit + 1,
        )
    next_cursor = cursor_of(rows[limit - 1]["seq"]) if len(rows) > limit else None
    return page([history_item(row) for row in rows[:limit]], next_cursor)


async def _session(context: Context, caller: Caller, session_id: UUID) -> dict[str, Any]:
    async with context.database.of(caller.organization_id) as connection:
        row = await context.queries["get_session"].fetchrow(
            connection, organization_id=caller.organization_id, session_id=session_id
        )
    if row is None:
        raise not_found("session")
    return _answer(row)


async def _require_session(
    connection: asyncpg.pool.PoolConnectionProxy, context: Context, caller: Caller, session_id: UUID
) -> None:
    if not await context.queries["has_session"].fetchval(
        connection, organization_id=caller.organization_id, session_id=session_id
    ):
        raise not_found("session")


async def _ask(
    request: Request, context: Context, caller: Caller, session_ids: list[UUID], reason: VerifyReason
) -> None:
    await ask_to_verify(
        context.broker,
        session_ids,
        organization_id=caller.organization_id,
        reason=reason,
        traceparent=request.state.traceparent,
    )


def _answer(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "badge": badge(row)}
