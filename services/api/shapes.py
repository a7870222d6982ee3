"""The shapes of answers, for OpenAPI. Fields have the columns' names; a CRM's own columns come along."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.api.badge import Badge


class SessionRow(BaseModel):
    """A session. `status` is the CRM's word, `badge` what to show for it. `silent_since`: nothing that it has sent from then
    on shows a sign of arrival, although its gateway calls it connected."""

    id: UUID
    organization_id: UUID
    phone_number: str | None
    display_name: str | None
    status: str
    badge: Badge
    verifying: bool
    superseded_by: UUID | None
    silent_since: datetime | None
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


class SessionOrder(BaseModel):
    """What was asked of a session's gateway was done. `status` is the row's, until the verifier has looked."""

    session_id: UUID
    status: str
    qr_url: str


class PairingAnswer(BaseModel):
    """What the gateway shows of a session; `detail` is in its words. `status` is `cannot_tell` where it did not answer."""

    session_id: UUID
    status: Literal["connected", "disconnected", "connecting", "qr_pending", "cannot_tell"]
    qr: str | None
    qr_expires_at: datetime | None
    pairing_code: str | None
    detail: str | None


class HistoryItem(BaseModel):
    """A fact: what a session or message became, when, and by whom (`actor`, `reason`). A message's history has its
    attempts (`attempt.claimed`, `attempt.started`, `attempt.answered`) and what its gateway told (`gateway.…`) in
    between; those have no status."""

    model_config = ConfigDict(extra="allow")

    type: str
    status: str | None
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
    "restricted",
    "silent",
    "paused",
    "cap_reached",
    "quiet_hours",
    "pace",
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
    history_next_cursor: str | None


class BulkRetryAnswer(BaseModel):
    """What a bulk retry came to. `refused_by` counts by state, by `no_recipient`, and by `busy` for rows that somebody else
    was changing. With `dry_run`, what is matched and not refused would be retried."""

    matched: int
    retried: int
    refused: int
    refused_by: dict[str, int]
    dry_run: bool
    more: bool
    next_cursor: str | None


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


class QuietHoursRow(BaseModel):
    """From when to when nothing is sent."""

    model_config = ConfigDict(populate_by_name=True)

    begin: str = Field(alias="from")
    end: str = Field(alias="to")
    time_zone: str


class SessionQueue(BaseModel):
    """How a session may send, and whether it may now: `held_reason`, and `held_until` where that is known."""

    session_id: UUID
    min_interval_ms: int | None
    jitter_ms: int | None
    hourly_cap: int | None
    daily_cap: int | None
    time_zone: str | None
    started_in_hour: int
    started_on_day: int
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    held_reason: HeldReason | None
    held_until: datetime | None
    updated_at: datetime | None
    updated_by: str | None
    quiet_hours: QuietHoursRow | None
    paused: bool


class Liveness(BaseModel):
    """Whether every loop of the process moves; `stale` names those that stand still."""

    alive: bool
    stale: list[str]


class Readiness(BaseModel):
    """Whether all that is needed is there; `problems` says of each missing part why."""

    ready: bool
    problems: dict[str, str]


class FieldProblem(BaseModel):
    """What is wrong with one field, and what to write instead."""

    field: str
    detail: str


class RefusedMessage(BaseModel):
    """Why one message of a batch was not taken."""

    detail: str
    errors: list[FieldProblem]


class BatchResult(BaseModel):
    """One message of a batch: its `id`, or the `error` that kept it out."""

    id: UUID | None = None
    error: RefusedMessage | None = None


class PostedBatch(BaseModel):
    """What became of each message, in the order given."""

    batch_id: UUID
    results: list[BatchResult]


class BatchProgress(BaseModel):
    """How far a batch is. `progress` is the share of the accepted ones that came to an end."""

    id: UUID
    batch_id: UUID
    created_at: datetime
    created_by: str
    total: int
    accepted: int
    refused: int
    counts: dict[str, int]
    unconfirmed: int
    delivered: int
    read: int
    progress: float
    finished: bool
    seconds_left: float | None
