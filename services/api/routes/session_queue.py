"""A session's queue: its pace, its caps and quiet hours, paused and resumed by hand."""

from uuid import UUID

import asyncpg
from fastapi import APIRouter, Request, Response

from services.api.action_bodies import ReasonBody
from services.api.answers import Json
from services.api.auth import Caller
from services.api.bodies import fit, json_body, read_json
from services.api.context import CallerOf, Context, ContextOf
from services.api.problems import FieldError, invalid, not_found
from services.api.session_rules import PaceBody, queue_answer
from services.api.shapes import SessionQueue

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


@router.post("/{session_id}/pause", response_model=SessionQueue, openapi_extra=json_body(ReasonBody, required=False))
async def pause_session(session_id: UUID, request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Let nothing more of a session's messages start. What is at the gateway already comes to its end."""
    return await _pause_or_resume("pause_session", session_id, request, caller, context)


@router.post("/{session_id}/resume", response_model=SessionQueue, openapi_extra=json_body(ReasonBody, required=False))
async def resume_session(session_id: UUID, request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Let a paused session's messages go again."""
    return await _pause_or_resume("resume_session", session_id, request, caller, context)


@router.get("/{session_id}/pace", response_model=SessionQueue)
async def get_pace(session_id: UUID, caller: CallerOf, context: ContextOf) -> Response:
    """A session's rules, what they have counted, and whether they let its messages go now."""
    return Json(await _queue(context, caller, session_id))


@router.put("/{session_id}/pace", response_model=SessionQueue, openapi_extra=json_body(PaceBody, required=True))
async def set_pace(session_id: UUID, request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Say how a session may send: the whole of it, in place of what was said before."""
    body = fit(PaceBody, await read_json(request))
    default_ms = context.settings.session_min_interval_ms
    await _write(
        "pace_session",
        context,
        caller,
        session_id=session_id,
        traceparent=request.state.traceparent,
        longest_pause_s=body.longest_pause_ms(default_ms) / 1000,
        **body.columns(),
    )
    return Json(await _queue(context, caller, session_id))


async def _pause_or_resume(
    query: str, session_id: UUID, request: Request, caller: Caller, context: Context
) -> Response:
    content = await read_json(request)
    body = fit(ReasonBody, {} if content is None else content)
    await _write(
        query,
        context,
        caller,
        session_id=session_id,
        reason=body.reason or None,
        traceparent=request.state.traceparent,
    )
    return Json(await _queue(context, caller, session_id))


async def _write(query: str, context: Context, caller: Caller, **values: object) -> None:
    async with context.database.of(caller.organization_id) as connection:
        try:
            row = await context.queries[query].fetchrow(
                connection, organization_id=caller.organization_id, actor=caller.actor, **values
            )
        except asyncpg.InvalidParameterValueError:
            # Postgres has time zones of its own
            raise invalid(FieldError("time_zone", "is not known to the database")) from None
    if row is None:
        raise not_found("session")
    if row["changed"]:
        context.hints.ring()


async def _queue(context: Context, caller: Caller, session_id: UUID) -> dict[str, object]:
    async with context.database.of(caller.organization_id) as connection:
        row = await context.queries["session_queue"].fetchrow(
            connection, session_id=session_id, organization_id=caller.organization_id
        )
    if row is None:
        raise not_found("session")
    return queue_answer(dict(row))
