"""What an operator does to messages: retry, cancel, look up, mark delivered."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.api.action_bodies import BulkRetryBody, DeliveredBody, ReasonBody, RetryBody
from services.api.answers import Json, accepted
from services.api.auth import Caller
from services.api.bodies import fit, json_body, read_json
from services.api.bulk_retry import BulkRetries, BulkRetry
from services.api.context import CallerOf, Context, ContextOf
from services.api.cursors import cursor_of, message_cursor
from services.api.message_actions import MessageActions, Operator
from services.api.messages_read import MessageFilter, MessageReader
from services.api.problems import FieldError, invalid, not_found
from services.api.routes.messages import ReaderOf
from services.api.shapes import BulkRetryAnswer, MessageRow

CLOCK_ERROR = timedelta(minutes=1)

router = APIRouter(prefix="/v1/messages", tags=["messages"])
BodyT = TypeVar("BodyT", bound=ReasonBody)


async def actions_of(context: ContextOf) -> MessageActions:
    """The actions over this process's database."""
    return MessageActions(context.database, context.queries)


ActionsOf = Annotated[MessageActions, Depends(actions_of)]


@router.post("/retry", response_model=BulkRetryAnswer, openapi_extra=json_body(BulkRetryBody, required=True))
async def retry_messages(request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Retry all that the filter matches; with `dry_run`, only count them. Where one request does not get through them
    all, `more` is true: send it again with `cursor`."""
    body = fit(BulkRetryBody, await read_json(request))
    filtered = body.filter.model_dump()
    bulk = BulkRetry(
        wanted=MessageFilter(**filtered),
        session_id=body.session_id,
        force=body.force,
        dry_run=body.dry_run,
        after=message_cursor(body.cursor),
    )
    tally = await BulkRetries(context.database, context.queries).run(_operator(request, caller, body), bulk)
    if tally.retried:
        context.hints.ring()
    return Json(
        {
            "matched": tally.matched,
            "retried": tally.retried,
            "refused": tally.refused.total(),
            "refused_by": dict(sorted(tally.refused.items())),
            "dry_run": body.dry_run,
            "more": tally.stopped_at is not None,
            "next_cursor": cursor_of(*tally.stopped_at) if tally.stopped_at else None,
        }
    )


@router.post("/{message_id}/retry", response_model=MessageRow, openapi_extra=json_body(RetryBody, required=False))
async def retry_message(
    message_id: UUID, request: Request, caller: CallerOf, context: ContextOf, actions: ActionsOf, reader: ReaderOf
) -> Response:
    """Try a failed or cancelled message again; an unconfirmed one only with `force`, for it may arrive twice."""
    body = await _body(request, RetryBody)
    operator = _operator(request, caller, body)
    await actions.retry(operator, message_id, session_id=body.session_id, force=body.force)
    return await _changed(context, reader, caller, message_id)


@router.post("/{message_id}/cancel", response_model=MessageRow, openapi_extra=json_body(ReasonBody, required=False))
async def cancel_message(
    message_id: UUID, request: Request, caller: CallerOf, context: ContextOf, actions: ActionsOf, reader: ReaderOf
) -> Response:
    """Cancel a message that still waits."""
    await actions.cancel(_operator(request, caller, await _body(request, ReasonBody)), message_id)
    return await _changed(context, reader, caller, message_id)


@router.post(
    "/{message_id}/check",
    status_code=202,
    response_model=MessageRow,
    openapi_extra=json_body(ReasonBody, required=False),
)
async def check_message(
    message_id: UUID, request: Request, caller: CallerOf, context: ContextOf, actions: ActionsOf, reader: ReaderOf
) -> Response:
    """Have the gateway asked now what became of an accepted or unconfirmed message. What it says is on the live stream."""
    await actions.check(_operator(request, caller, await _body(request, ReasonBody)), message_id)
    return accepted(await _row(context, reader, caller, message_id))


@router.post(
    "/{message_id}/mark-delivered",
    response_model=MessageRow,
    openapi_extra=json_body(DeliveredBody, required=False),
)
async def mark_delivered(
    message_id: UUID, request: Request, caller: CallerOf, context: ContextOf, actions: ActionsOf, reader: ReaderOf
) -> Response:
    """Say that a message arrived, where nobody else did. The history keeps who said so."""
    body = await _body(request, DeliveredBody)
    if body.at is not None and body.at > datetime.now(UTC) + CLOCK_ERROR:
        raise invalid(FieldError("at", "is in the future; say when it arrived"))
    await actions.mark_delivered(_operator(request, caller, body), message_id, at=body.at)
    return await _changed(context, reader, caller, message_id)


async def _body(request: Request, model: type[BodyT]) -> BodyT:
    content = await read_json(request)
    return fit(model, {} if content is None else content)


def _operator(request: Request, caller: Caller, body: ReasonBody) -> Operator:
    return Operator(caller.organization_id, caller.actor, request.state.traceparent, body.reason or None)


async def _changed(context: Context, reader: MessageReader, caller: Caller, message_id: UUID) -> Response:
    context.hints.ring()
    return Json(await _row(context, reader, caller, message_id))


async def _row(context: Context, reader: MessageReader, caller: Caller, message_id: UUID) -> dict[str, object]:
    """The row as it is now. Raises Problem 404 where the CRM has deleted it since."""
    async with context.database.of(caller.organization_id) as connection:
        row = await reader.one(connection, organization_id=caller.organization_id, message_id=message_id)
    if row is None:
        raise not_found("message")
    return row
