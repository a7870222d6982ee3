"""Messages: what is to be sent, and what became of it."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import StringConstraints

from services.api.answers import Json, page
from services.api.bodies import fit, json_body, read_json
from services.api.context import CallerOf, ContextOf
from services.api.cursors import cursor_of, message_cursor, story_cursor
from services.api.message_history import read_story
from services.api.messages_read import MessageFilter, MessageReader
from services.api.new_message import Moment, NewMessage, Text
from services.api.posting import idempotency_of, post_message
from services.api.problems import FieldError, Problem, invalid, not_found
from services.api.recipients import normalized_recipient
from services.api.shapes import HistoryList, MessageDetail, MessageList, MessageRow

PAGE_LIMIT = 200
DETAIL_LIMIT = 500
IDS_LIMIT = 100

router = APIRouter(prefix="/v1/messages", tags=["messages"])
Status = Literal["pending", "sending", "sent", "failed", "cancelled"]
TimeParameter = Annotated[Moment | None, Query()]
SearchText = Annotated[Text, StringConstraints(min_length=3, max_length=100)]


async def reader_of(context: ContextOf) -> MessageReader:
    """Reads messages as this process sees them."""
    return MessageReader(
        context.database,
        context.queries,
        dispatched=context.settings.organizations,
        max_attempts=context.settings.max_attempts,
    )


async def filter_of(
    ids: Annotated[
        list[UUID] | None, Query(alias="id", max_length=IDS_LIMIT, description="These messages only; may be repeated")
    ] = None,
    status: Status | None = None,
    session_id: UUID | None = None,
    batch_id: UUID | None = None,
    recipient: Annotated[str | None, Query(max_length=100)] = None,
    created_from: TimeParameter = None,
    created_to: TimeParameter = None,
    scheduled_from: TimeParameter = None,
    scheduled_to: TimeParameter = None,
    q: Annotated[SearchText | None, Query(description="What the content or the recipient contains")] = None,
) -> MessageFilter:
    """The filter of a list. Raises Problem 422 for a recipient that cannot be one."""
    return MessageFilter(
        ids=ids,
        status=status,
        session_id=session_id,
        batch_id=batch_id,
        recipient=_recipient(recipient) if recipient is not None else None,
        created_from=created_from,
        created_to=created_to,
        scheduled_from=scheduled_from,
        scheduled_to=scheduled_to,
        text=q,
    )


ReaderOf = Annotated[MessageReader, Depends(reader_of)]
FilterOf = Annotated[MessageFilter, Depends(filter_of)]
IdempotencyKey = Annotated[str | None, Header(description="Makes the request safe to repeat")]


@router.post(
    "",
    status_code=201,
    response_model=MessageRow,
    responses={
        200: {"model": MessageRow, "description": "The row that the same request has made before."},
        201: {"headers": {"Location": {"schema": {"type": "string"}}}},
    },
    openapi_extra=json_body(NewMessage, required=True),
)
async def create_message(
    request: Request,
    caller: CallerOf,
    context: ContextOf,
    reader: ReaderOf,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Put a message into the queue. 201 with the row; 200 with the same row when the same request comes again."""
    content = await read_json(request)
    shape = await context.message_table.shape()
    message = fit(shape.model, content)
    idempotency = idempotency_of(idempotency_key, content)
    async with context.database.of(caller.organization_id) as connection:
        posted = await post_message(
            connection,
            context.queries,
            shape,
            message,
            organization_id=caller.organization_id,
            idempotency=idempotency,
            actor=caller.actor,
            traceparent=request.state.traceparent,
        )
        row = await reader.one(connection, organization_id=caller.organization_id, message_id=posted.message_id)
    if row is None:
        detail = "The message that this Idempotency-Key made is no longer there; take a new key to send it again."
        raise Problem(HTTPStatus.GONE, "gone", detail)
    if not posted.is_new:
        return Json(row)
    context.hints.ring()
    return Json(row, status_code=HTTPStatus.CREATED, headers={"Location": f"/v1/messages/{row['id']}"})


@router.get("", response_model=MessageList)
async def list_messages(
    caller: CallerOf,
    reader: ReaderOf,
    wanted: FilterOf,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")] = None,
) -> Response:
    """The organization's messages, the latest first."""
    before: tuple[datetime | None, UUID | None] = message_cursor(cursor)
    async with reader.snapshot(caller.organization_id) as connection:
        items, last = await reader.page(
            connection, organization_id=caller.organization_id, wanted=wanted, before=before, row_limit=limit
        )
    return page(items, cursor_of(*last) if last else None)


@router.get("/{message_id}", response_model=MessageDetail)
async def get_message(message_id: UUID, caller: CallerOf, context: ContextOf, reader: ReaderOf) -> Response:
    """One message with every attempt to send it and all that became of it, the earliest first."""
    organization_id = caller.organization_id
    async with reader.snapshot(caller.organization_id) as connection:
        row = await reader.one(connection, organization_id=organization_id, message_id=message_id)
        if row is None:
            raise not_found("message")
        told = await read_story(
            connection, context.queries, row, organization_id=organization_id, after=None, row_limit=DETAIL_LIMIT
        )
    row["attempts"] = told.attempts[:DETAIL_LIMIT]
    row["history"] = told.items
    row["history_next_cursor"] = told.next_cursor
    return Json(row)


@router.get("/{message_id}/history", response_model=HistoryList)
async def message_history(
    message_id: UUID,
    caller: CallerOf,
    context: ContextOf,
    reader: ReaderOf,
    limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 100,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before")] = None,
) -> Response:
    """A message's story, the earliest first: facts, attempts, and what its gateway told."""
    after = story_cursor(cursor)
    async with reader.snapshot(caller.organization_id) as connection:
        row = await reader.one(connection, organization_id=caller.organization_id, message_id=message_id)
        if row is None:
            raise not_found("message")
        told = await read_story(
            connection,
            context.queries,
            row,
            organization_id=caller.organization_id,
            after=after,
            row_limit=limit,
        )
    return page(told.items, told.next_cursor)


def _recipient(text: str) -> str:
    try:
        return normalized_recipient(text)
    except ValueError as error:
        raise invalid(FieldError("recipient", str(error))) from None
