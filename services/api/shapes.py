"""The shapes of answers, for OpenAPI. Fields have the columns' names; a CRM's own columns come along."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.api.badge import Badge


class SessionRow(BaseModel):
    """A session. `status` is the CRM's word, `badge` what to show for it."""

    id: UUID
    organization_id: UUID
    phone_number: str | None
    display_name: str | None
    status: str
    badge: Badge
    verifying: bool
    superseded_by: UUID | None
    gateway: str
    last_error: str | None
    last_error_at: datetime | None
    last_verified_at: datetime | None
    connected_at: datetime | None
    last_active_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class SessionList(BaseModel):
    """A page of sessions."""

    items: list[SessionRow]
    next_cursor: str | None


class VerifyAnswer(BaseModel):
    """Which sessions are being asked about, and which were just now."""

    verifying: list[UUID]
    fresh: list[UUID]


class HistoryItem(BaseModel):
    """A fact: what a session or message became, and when."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    type: str
    status: str
    occurred_at: datetime
    position: int | None
    created_at: datetime


class HistoryList(BaseModel):
    """A page of history."""

    items: list[HistoryItem]
    next_cursor: str | None


HeldReason = Literal[
    "organization_not_enabled",
    "before_adoption",
    "no_session",
    "no_recipient",
    "session_down",
    "backing_off",
    "gateway_hold",
]


class MessageRow(BaseModel):
    """A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    organization_id: UUID
    session_id: UUID | None
    recipient: str | None
    message_content: str
    media_url: str | None
    media_type: str | None
    scheduled_for: datetime
    status: str
    sent_at: datetime | None
    error_message: str | None
    vps_error: str | None
    retry_count: int | None
    next_attempt_at: datetime | None
    attempt_started_at: datetime | None
    gateway_message_id: str | None
    accepted_at: datetime | None
    unconfirmed_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    version: int
    created_at: datetime
    held_reason: HeldReason | None
    held_until: datetime | None


class MessageList(BaseModel):
    """A page of messages."""

    items: list[MessageRow]
    next_cursor: str | None


class Attempt(BaseModel):
    """One attempt to send a message. `applied` is false where its outcome came too late to change the row."""

    number: int
    session_id: UUID | None
    gateway: str | None
    recipient: str | None
    claimed_at: datetime | None
    started_at: datetime
    finished_at: datetime
    outcome: str
    http_status: int | None
    gateway_message_id: str | None
    answer: str | None
    applied: bool


class MessageDetail(MessageRow):
    """A message with all that is known of it."""

    attempts: list[Attempt]
    history: list[HistoryItem]


class RefusedWebhooks(BaseModel):
    """How many webhooks were refused for one reason in the last day."""

    reason: str
    refused: int
    since: datetime
    last_at: datetime


class RefusedWebhook(BaseModel):
    """One refused webhook; its body is not kept."""

    refused_at: datetime
    gateway: str
    reason: str
    sender_address: str | None


class WebhookHealth(BaseModel):
    """How a gateway's webhooks arrive. `says` is the sentence to show first."""

    gateway: str
    says: str
    secret_configured: bool
    accepted: int
    without_use: int
    last_accepted_at: datetime | None
    refused: list[RefusedWebhooks]
    recent: list[RefusedWebhook]
