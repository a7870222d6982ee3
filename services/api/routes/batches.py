"""Batches: hundreds of messages in one request, and how far they are."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from services.api.answers import Json
from services.api.batch_progress import STATUSES, WaitingAtSession, seconds_left
from services.api.batches import Batches, messages_of
from services.api.bodies import json_body, read_json
from services.api.context import CallerOf, ContextOf
from services.api.message_actions import Operator
from services.api.new_message import NewMessage
from services.api.posting import idempotency_of
from services.api.problems import not_found
from services.api.shapes import BatchProgress, PostedBatch

BODY_LIMIT_BYTES = 16_000_000

router = APIRouter(prefix="/v1", tags=["messages"])


class BatchBody(BaseModel):
    """Up to 1,000 messages."""

    messages: Annotated[list[NewMessage], Field(min_length=1, max_length=1_000)]


@router.post(
    "/messages/batch",
    status_code=201,
    response_model=PostedBatch,
    responses={
        200: {"model": PostedBatch, "description": "What the same request was answered before."},
        201: {"headers": {"Location": {"schema": {"type": "string"}}}},
    },
    openapi_extra=json_body(BatchBody, required=True),
)
async def create_batch(
    request: Request,
    caller: CallerOf,
    context: ContextOf,
    idempotency_key: Annotated[str | None, Header(description="Makes the request safe to repeat")] = None,
) -> Response:
    """Put many messages into the queue. Each is accepted (`id`) or refused (`error`) by itself, in the order given; the same
    request again answers 200 with the same results."""
    content = await read_json(request, limit_bytes=BODY_LIMIT_BYTES)
    items = messages_of(content)
    idempotency = idempotency_of(idempotency_key, content)
    operator = Operator(caller.organization_id, caller.actor, request.state.traceparent)
    shape = await context.message_table.shape()
    posted = await Batches(context.database, context.queries).post(operator, shape, items, idempotency)
    if not posted.is_new:
        return Json(posted.answer)
    context.hints.ring()
    headers = {"Location": f"/v1/batches/{posted.answer['batch_id']}"}
    return Json(posted.answer, status_code=HTTPStatus.CREATED, headers=headers)


@router.get("/batches/{batch_id}", response_model=BatchProgress)
async def get_batch(batch_id: UUID, caller: CallerOf, context: ContextOf) -> Response:
    """How far a batch is. `seconds_left` goes by the pace of its sessions; null where nobody knows, since one of them
    cannot send."""
    wanted = {"organization_id": caller.organization_id, "batch_id": batch_id}
    async with context.database.of(caller.organization_id) as connection:
        batch = await context.queries["get_batch"].fetchrow(connection, **wanted)
        if batch is None:
            raise not_found("batch")
        counts = await context.queries["batch_counts"].fetch(connection, **wanted)
        queues = await context.queries["batch_queues"].fetch(connection, **wanted)
    default_interval_s = context.settings.session_min_interval_ms / 1000
    waiting = [_waiting(row, default_interval_s) for row in queues]
    return Json(_progress(dict(batch), [dict(row) for row in counts], waiting))


def _progress(batch: dict[str, Any], rows: list[dict[str, Any]], waiting: list[WaitingAtSession]) -> dict[str, Any]:
    counts = dict.fromkeys(STATUSES, 0) | {row["status"]: row["messages"] for row in rows}
    accepted = batch["total"] - batch["refused"]
    open_ones = counts["pending"] + counts["sending"]
    return {
        **batch,
        "batch_id": batch["id"],
        "accepted": accepted,
        "counts": counts,
        "unconfirmed": sum(row["unconfirmed"] for row in rows),
        "delivered": sum(row["delivered"] for row in rows),
        "read": sum(row["read"] for row in rows),
        "progress": 1.0 if not accepted else round(1 - open_ones / accepted, 4),
        "finished": open_ones == 0,
        "seconds_left": seconds_left(waiting),
    }


def _waiting(row: Any, default_interval_s: float) -> WaitingAtSession:
    interval_ms = row["min_interval_ms"]
    interval_s = default_interval_s if interval_ms is None else interval_ms / 1000
    return WaitingAtSession(
        waiting=row["waiting"],
        will_go=bool(row["will_go"]),
        interval_s=interval_s + row["jitter_ms"] / 2000,
        last_due_in_s=row["last_due_in_s"],
        held_for_s=row["held_for_s"] or 0.0,
        hourly_cap=row["hourly_cap"],
        daily_cap=row["daily_cap"],
        started_in_hour=row["started_in_hour"] or 0,
        started_on_day=row["started_on_day"] or 0,
    )
