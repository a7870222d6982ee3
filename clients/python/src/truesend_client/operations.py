"""Every operation of the API as a call. What each does is said by the methods of the clients, which have the same names."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from types import NoneType
from urllib.parse import quote
from uuid import UUID

from truesend_client.call import Call, body, body_of, parameters
from truesend_client.models import (
    BatchProgress,
    BulkRetryAnswer,
    HistoryList,
    MessageDetail,
    MessageList,
    MessageRow,
    NewMessage,
    Overview,
    PaceBody,
    PairingAnswer,
    PostedBatch,
    RetryFilter,
    SessionList,
    SessionOrder,
    SessionQueue,
    SessionRow,
    VerifyAnswer,
    WebhookHealth,
)


def list_sessions(*, limit: int | None = None, cursor: str | None = None) -> Call[SessionList]:
    return Call("GET", "/v1/sessions", SessionList, parameters(limit=limit, cursor=cursor), repeatable=True)


def get_session(session_id: UUID) -> Call[SessionRow]:
    return Call("GET", f"/v1/sessions/{session_id}", SessionRow, repeatable=True)


def create_session(*, display_name: str | None = None, gateway: str | None = None) -> Call[SessionRow]:
    return Call("POST", "/v1/sessions", SessionRow, body=body(display_name=display_name, gateway=gateway))


def delete_session(session_id: UUID) -> Call[None]:
    return Call("DELETE", f"/v1/sessions/{session_id}", NoneType)


def verify_sessions(session_ids: Sequence[UUID] | None = None) -> Call[VerifyAnswer]:
    asked = body(session_ids=None if session_ids is None else list(session_ids))
    return Call("POST", "/v1/sessions/verify", VerifyAnswer, body=asked, repeatable=True)


def verify_session(session_id: UUID) -> Call[VerifyAnswer]:
    return Call("POST", f"/v1/sessions/{session_id}/verify", VerifyAnswer, repeatable=True)


def session_history(session_id: UUID, *, limit: int | None = None, cursor: str | None = None) -> Call[HistoryList]:
    asked = parameters(limit=limit, cursor=cursor)
    return Call("GET", f"/v1/sessions/{session_id}/history", HistoryList, asked, repeatable=True)


def reconnect_session(session_id: UUID, *, reason: str | None = None) -> Call[SessionOrder]:
    return Call("POST", f"/v1/sessions/{session_id}/reconnect", SessionOrder, body=body(reason=reason))


def disconnect_session(session_id: UUID, *, reason: str | None = None) -> Call[SessionOrder]:
    return Call("POST", f"/v1/sessions/{session_id}/disconnect", SessionOrder, body=body(reason=reason))


def session_qr(session_id: UUID, *, phone_number: str | None = None) -> Call[PairingAnswer]:
    asked = parameters(phone_number=phone_number)
    # with a number, the gateway makes a new code at each call
    return Call("GET", f"/v1/sessions/{session_id}/qr", PairingAnswer, asked, repeatable=phone_number is None)


def pause_session(session_id: UUID, *, reason: str | None = None) -> Call[SessionQueue]:
    return Call("POST", f"/v1/sessions/{session_id}/pause", SessionQueue, body=body(reason=reason))


def resume_session(session_id: UUID, *, reason: str | None = None) -> Call[SessionQueue]:
    return Call("POST", f"/v1/sessions/{session_id}/resume", SessionQueue, body=body(reason=reason))


def get_pace(session_id: UUID) -> Call[SessionQueue]:
    return Call("GET", f"/v1/sessions/{session_id}/pace", SessionQueue, repeatable=True)


def set_pace(session_id: UUID, pace: PaceBody) -> Call[SessionQueue]:
    return Call("PUT", f"/v1/sessions/{session_id}/pace", SessionQueue, body=body_of(pace), repeatable=True)


def create_message(message: NewMessage, *, idempotency_key: str | None = None) -> Call[MessageRow]:
    key = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    return Call("POST", "/v1/messages", MessageRow, body=body_of(message), headers=key, repeatable=True)


def create_batch(messages: Sequence[NewMessage], *, idempotency_key: str | None = None) -> Call[PostedBatch]:
    key = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    asked = body(messages=list(messages))
    return Call("POST", "/v1/messages/batch", PostedBatch, body=asked, headers=key, repeatable=True)


def get_batch(batch_id: UUID) -> Call[BatchProgress]:
    return Call("GET", f"/v1/batches/{batch_id}", BatchProgress, repeatable=True)


def list_messages(
    *,
    limit: int | None = None,
    cursor: str | None = None,
    id: Sequence[UUID] | None = None,
    status: Sequence[str] | None = None,
    session_id: UUID | None = None,
    batch_id: UUID | None = None,
    recipient: str | None = None,
    created_from: datetime | None = None,
    created_to: datetime | None = None,
    scheduled_from: datetime | None = None,
    scheduled_to: datetime | None = None,
    q: str | None = None,
) -> Call[MessageList]:
    asked = parameters(
        limit=limit,
        cursor=cursor,
        id=None if id is None else list(id),
        status=[status] if isinstance(status, str) else None if status is None else list(status),
        session_id=session_id,
        batch_id=batch_id,
        recipient=recipient,
        created_from=created_from,
        created_to=created_to,
        scheduled_from=scheduled_from,
        scheduled_to=scheduled_to,
        q=q,
    )
    return Call("GET", "/v1/messages", MessageList, asked, repeatable=True)


def get_message(message_id: UUID) -> Call[MessageDetail]:
    return Call("GET", f"/v1/messages/{message_id}", MessageDetail, repeatable=True)


def message_history(message_id: UUID, *, limit: int | None = None, cursor: str | None = None) -> Call[HistoryList]:
    asked = parameters(limit=limit, cursor=cursor)
    return Call("GET", f"/v1/messages/{message_id}/history", HistoryList, asked, repeatable=True)


def retry_message(
    message_id: UUID, *, session_id: UUID | None = None, force: bool = False, reason: str | None = None
) -> Call[MessageRow]:
    asked = body(session_id=session_id, force=force or None, reason=reason)
    return Call("POST", f"/v1/messages/{message_id}/retry", MessageRow, body=asked)


def retry_messages(
    filter: RetryFilter,
    *,
    session_id: UUID | None = None,
    force: bool = False,
    reason: str | None = None,
    dry_run: bool = False,
    cursor: str | None = None,
) -> Call[BulkRetryAnswer]:
    asked = body(
        filter=filter,
        session_id=session_id,
        force=force or None,
        reason=reason,
        dry_run=dry_run or None,
        cursor=cursor,
    )
    return Call("POST", "/v1/messages/retry", BulkRetryAnswer, body=asked, repeatable=dry_run)


def cancel_message(message_id: UUID, *, reason: str | None = None) -> Call[MessageRow]:
    return Call("POST", f"/v1/messages/{message_id}/cancel", MessageRow, body=body(reason=reason))


def check_message(message_id: UUID, *, reason: str | None = None) -> Call[MessageRow]:
    return Call("POST", f"/v1/messages/{message_id}/check", MessageRow, body=body(reason=reason))


def mark_delivered(message_id: UUID, *, at: datetime | None = None, reason: str | None = None) -> Call[MessageRow]:
    return Call("POST", f"/v1/messages/{message_id}/mark-delivered", MessageRow, body=body(at=at, reason=reason))


def get_overview(*, hours: int | None = None) -> Call[Overview]:
    return Call("GET", "/v1/overview", Overview, parameters(hours=hours), repeatable=True)


def health_of_webhooks(gateway: str) -> Call[WebhookHealth]:
    return Call("GET", f"/v1/webhooks/{quote(gateway, safe='')}/health", WebhookHealth, repeatable=True)
