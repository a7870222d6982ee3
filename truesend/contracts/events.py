"""The bodies of every topic.

A body that does not fit its model is a dead letter. Unknown fields are ignored, so that a newer writer never stops an
older reader. No body holds message text, media, a recipient or a secret: whoever needs those reads the row.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field


class Contract(BaseModel):
    """A body on a topic."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class VerifyReason(StrEnum):
    """Who wants a session verified. News do not wait for the freshness window."""

    PAGE_LOAD = "page_load"
    SWEEP = "sweep"
    OPERATOR = "operator"
    FAILED_SEND = "failed_send"
    WEBHOOK = "webhook"

    @property
    def is_news(self) -> bool:
        """Whether something happened that an earlier answer cannot know."""
        return self in {VerifyReason.OPERATOR, VerifyReason.FAILED_SEND, VerifyReason.WEBHOOK}


class VerifySession(Contract):
    """Command: ask a session's gateway how it is. Topic whatsapp.session.verify.v1."""

    session_id: UUID
    organization_id: UUID
    reason: VerifyReason
    requested_at: datetime


class DispatchMessage(Contract):
    """Command: send the message that this lease holds. Topic whatsapp.message.dispatch.v1.

    ``gateway`` is the name of the one that the claim was counted for.
    """

    message_id: UUID
    session_id: UUID
    organization_id: UUID
    lease_token: UUID
    gateway: str | None = None


class SessionFact(Contract):
    """What became of a session. Topic whatsapp.session.events.v1.

    ``position`` orders all facts of all organisations and is the live stream's id; ``verifying`` and ``verified`` are
    notices without a position: they are not history. ``paired`` is false for a session that was never connected.
    ``previous_status`` and ``previously_verified_at`` are the row's status and ``last_verified_at`` before this change.
    """

    id: UUID
    organization_id: UUID
    type: str
    status: str
    version: int
    position: int | None = None
    occurred_at: datetime
    last_error: str | None = None
    last_error_at: datetime | None = None
    last_verified_at: datetime | None = None
    phone_number: str | None = None
    previous_status: str | None = None
    previously_verified_at: datetime | None = None
    paired: bool | None = None
    actor: str | None = None
    reason: str | None = None
    silent_since: datetime | None = None


class MessageFact(Contract):
    """What became of a message. Topic whatsapp.message.events.v1."""

    id: UUID
    organization_id: UUID
    type: str
    status: str
    version: int
    position: int | None = None
    occurred_at: datetime
    session_id: UUID | None = None
    outcome: str | None = None
    retry_count: int | None = None
    next_attempt_at: datetime | None = None
    error_message: str | None = None
    correction: bool = False
    confirmed_by: str | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    delivered_to: int | None = None
    read_by: int | None = None
    batch_id: UUID | None = None
    actor: str | None = None
    reason: str | None = None


class GatewayEvent(Contract):
    """What a gateway told us by webhook, parsed and authenticated. Topic whatsapp.gateway.events.v1.

    ``occurred_at`` is the gateway's own time, None where it gives none that can be believed; ``received_at`` is ours.
    ``state`` and ``phone_number`` belong to ``status``; ``outcome`` (a word of OutcomeKind) to ``failed``; ``reader``
    tells a group's readers apart. ``detail`` is in the gateway's words, redacted and bounded.
    """

    gateway: str
    gateway_session_id: str
    kind: Literal["status", "sent", "failed", "rejected", "delivered", "read"]
    received_at: datetime
    occurred_at: datetime | None = None
    gateway_message_id: str | None = None
    recipient: str | None = None
    reader: str | None = None
    state: str | None = None
    phone_number: str | None = None
    outcome: str | None = None
    detail: str | None = None
    error_code: int | None = None


class ForwardWebhook(Contract):
    """Command: pass an authentic webhook on to the CRM, as it came. Topic whatsapp.gateway.forward.v1.

    The one body that may hold message text: ``body`` is the gateway's, in base64. The secret that came with it is not in
    here; ``auth_header`` says which header it came in, and whoever passes it on puts it there again. One that was signed
    goes on with its ``signature`` headers instead: they are of this body, and no secret. In the body, marks stand for the
    gateway's secrets.
    """

    gateway: str
    gateway_session_id: str
    received_at: datetime
    content_type: str
    auth_header: Literal["x-api-key", "authorization"]
    signature: dict[str, str] = Field(default_factory=dict)
    body: Base64Bytes


class DeadLetter(Contract):
    """Why a record is in a ``.dlq`` topic; travels in its headers."""

    reason: str
    handler: str
    topic: str
    partition: int
    offset: int
