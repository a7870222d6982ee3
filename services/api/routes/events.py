"""The live stream."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.api.context import CallerOf, Context, ContextOf
from services.api.cursors import SEQ_LIMIT
from services.api.live.response import StreamResponse
from services.api.live.stream import Stream
from services.api.problems import RETRY_AFTER, Problem
from truesend.observability.guarded_http import WRITE_NOW

router = APIRouter(prefix="/v1/events", tags=["events"])
_DESCRIPTION = "The `id` of the last event seen: what came after it is sent first. 0 for all that is kept."


@router.get("", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def stream_events(
    request: Request,
    caller: CallerOf,
    context: ContextOf,
    last_event_id_header: Annotated[str | None, Header(alias="Last-Event-ID", description=_DESCRIPTION)] = None,
    last_event_id: Annotated[str | None, Query(description=_DESCRIPTION)] = None,
) -> Response:
    """What happens, while it happens: server-sent events `session` and `message`, and `reset` where facts between the
    last event seen and the oldest one kept are gone."""
    after = _position(last_event_id_header or last_event_id)
    await _require_place(context, after)
    limits = context.stream_limits
    stream = Stream(
        caller,
        after,
        feed=context.feed,
        database=context.database,
        queries=context.queries,
        limits=limits,
        life_s=limits.life_s + context.random.uniform(0, limits.life_jitter_s),
        write_now=request.scope["state"].get(WRITE_NOW),
    )
    return StreamResponse(stream, write_timeout_s=limits.write_timeout_s)


def _position(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(SEQ_LIMIT)) or int(text) > SEQ_LIMIT:
        raise _bad_id("must be the id of an event of this stream")
    return int(text)


async def _require_place(context: Context, after: int | None) -> None:
    """Refuse before the stream begins: afterwards there is no status to do it with."""
    if len(context.feed.audience) >= context.stream_limits.clients:
        detail = "Too many clients are on the live stream of this process; try again."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-clients", detail, headers=RETRY_AFTER)
    position = await context.feed.catch_up()
    if after is not None and after > position and after > await context.feed.last_position():
        raise _bad_id("was never given; connect without it")


def _bad_id(what: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "bad-last-event-id", f"Last-Event-ID {what}.")
