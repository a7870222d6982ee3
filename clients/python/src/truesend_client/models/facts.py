"""What the live stream tells."""

from uuid import UUID

from pydantic import AwareDatetime

from truesend_client.models.shape import Row


class SessionFact(Row):
    """What became of a session. Topic whatsapp.session.events.v1.

    `position` orders all facts of all organisations and is the live stream's id; `verifying` and `verified` are
    notices without a position: they are not history. `paired` is false for a session that was never connected.
    `previous_status` and `previously_verified_at` are the row's status and `last_verified_at` before this change.
    """

    id: UUID
    organization_id: UUID
    type: str
    status: str
    version: int
    position: int | None = None
    occurred_at: AwareDatetime
    last_error: str | None = None
    last_error_at: AwareDatetime | None = None
    last_verified_at: AwareDatetime | None = None
    phone_number: str | None = None
    previous_status: str | None = None
    previously_verified_at: AwareDatetime | None = None
    paired: bool | None = None
    actor: str | None = None
    reason: str | None = None
    silent_since: AwareDatetime | None = None
    traceparent: str = ""


class MessageFact(Row):
    """What became of a message. Topic whatsapp.message.events.v1."""

    id: UUID
    organization_id: UUID
    type: str
    status: str
    version: int
    position: int | None = None
    occurred_at: AwareDatetime
    session_id: UUID | None = None
    outcome: str | None = None
    retry_count: int | None = None
    next_attempt_at: AwareDatetime | None = None
    error_message: str | None = None
    correction: bool = False
    confirmed_by: str | None = None
    delivered_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    delivered_to: int | None = None
    read_by: int | None = None
    batch_id: UUID | None = None
    actor: str | None = None
    reason: str | None = None
    traceparent: str = ""
