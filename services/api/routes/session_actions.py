"""What an operator does to sessions: reconnect, disconnect, delete, and the codes that pair."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from services.api.action_bodies import ReasonBody
from services.api.answers import Json, accepted
from services.api.auth import Caller
from services.api.bodies import fit, json_body, read_json
from services.api.context import CallerOf, ContextOf
from services.api.live.response import StreamResponse
from services.api.message_actions import Operator
from services.api.pairing import PairingStream
from services.api.pairing_answer import CANNOT_TELL, CodesShown, pairing_answer
from services.api.problems import RETRY_AFTER, FieldError, Problem, invalid
from services.api.recipients import normalized_phone_number
from services.api.session_control import Control, SessionAtGateway, SessionControl
from services.api.session_deletion import SessionDeletion
from services.api.shapes import PairingAnswer, SessionOrder

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


async def control_of(context: ContextOf) -> SessionControl:
    """The operator's hand on this process's gateways."""
    return SessionControl(context.database, context.queries, context.gateways, context.broker)


ControlOf = Annotated[SessionControl, Depends(control_of)]


@router.post(
    "/{session_id}/reconnect",
    status_code=202,
    response_model=SessionOrder,
    openapi_extra=json_body(ReasonBody, required=False),
)
async def reconnect_session(session_id: UUID, request: Request, caller: CallerOf, control: ControlOf) -> Response:
    """Have the gateway connect the session again. Where it wants a phone to scan a code, `qr_url` shows it."""
    return await _order(Control.RECONNECT, session_id, request, caller, control)


@router.post(
    "/{session_id}/disconnect",
    status_code=202,
    response_model=SessionOrder,
    openapi_extra=json_body(ReasonBody, required=False),
)
async def disconnect_session(session_id: UUID, request: Request, caller: CallerOf, control: ControlOf) -> Response:
    """Have the gateway log the session out. It has to be paired anew afterwards."""
    return await _order(Control.DISCONNECT, session_id, request, caller, control)


@router.get(
    "/{session_id}/qr",
    response_model=PairingAnswer,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def session_qr(
    session_id: UUID,
    request: Request,
    caller: CallerOf,
    context: ContextOf,
    control: ControlOf,
    phone_number: Annotated[
        str | None,
        Query(max_length=100, description="Ask for a pairing code, to be typed into the phone of this number"),
    ] = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """The session's state at its gateway, with the QR code where one is to be scanned. As `text/event-stream`: a `qr` event
    for each change, and `connected` at the end.

    With `phone_number`, and where `offers_pairing_code`, the gateway is asked for a pairing code, once per request: each
    ends the one before."""
    number = None if phone_number is None else _number(phone_number)
    session = await control.session(caller.organization_id, session_id)
    if number is not None and not session.gateway.capabilities.pairing_code:
        raise _no_pairing_codes(session)
    operator = Operator(caller.organization_id, caller.actor, request.state.traceparent)
    if "text/event-stream" in accept.lower():
        desk = context.pairing
        if desk.is_full:
            detail = "Too many codes are being shown by this process; try again."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-clients", detail, headers=RETRY_AFTER)
        stream = PairingStream(control, operator, session, desk, valid_until=caller.valid_until, phone_number=number)
        return StreamResponse(stream, write_timeout_s=desk.limits.write_timeout_s)
    seen = await (control.look(session) if number is None else control.pairing_code(session, number))
    answer = pairing_answer(session, seen, CodesShown().with_look(seen, datetime.now(UTC)))
    if answer["status"] not in {session.status, CANNOT_TELL}:
        await control.ask_again(operator, session_id)
    return Json(answer, headers={"Cache-Control": "no-store"})


@router.delete("/{session_id}", status_code=204, response_class=Response)
async def delete_session(session_id: UUID, request: Request, caller: CallerOf, context: ContextOf) -> Response:
    """Delete a session that was never paired and that nothing depends on."""
    operator = Operator(caller.organization_id, caller.actor, request.state.traceparent)
    await SessionDeletion(context.database, context.queries).delete(operator, session_id)
    context.hints.ring()
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _number(text: str) -> str:
    try:
        return normalized_phone_number(text)
    except ValueError as error:
        raise invalid(FieldError("phone_number", str(error))) from None


def _no_pairing_codes(session: SessionAtGateway) -> Problem:
    detail = "This session's gateway gives no pairing codes. Scan its QR code instead."
    return Problem(HTTPStatus.CONFLICT, "no-pairing-codes", detail, current={"status": session.status})


async def _order(
    control_kind: Control, session_id: UUID, request: Request, caller: Caller, control: SessionControl
) -> Response:
    content = await read_json(request)
    body = fit(ReasonBody, {} if content is None else content)
    operator = Operator(caller.organization_id, caller.actor, request.state.traceparent, body.reason or None)
    session = await control.order(control_kind, operator, session_id)
    return accepted({"session_id": session.id, "status": session.status, "qr_url": f"/v1/sessions/{session.id}/qr"})
