"""The shapes of answers, for OpenAPI. Fields have the columns' names; a CRM's own columns come along."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.api.badge import Badge
from services.api.uptime import State


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
    """What the gateway shows of a session; `detail` is in its words. `status` is `cannot_tell` where it did not answer.

    `qr_expires_at` is when a new code comes: as the gateway tells it, or about so, by how long its codes live; null where
    neither is known. `pairing_code` is there once it was asked for; `offers_pairing_code` is whether it can be."""

    session_id: UUID
    status: Literal["connected", "disconnected", "connecting", "qr_pending", "cannot_tell"]
    qr: str | None
    qr_expires_at: datetime | None
    pairing_code: str | None
    offers_pairing_code: bool
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


ConfirmedBy = Literal["http", "callback", "lookup", "receipt", "operator"]


class MessageRow(BaseModel):
    """A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
    `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
    has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good."""

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
    confirmed_by: ConfirmedBy | None
    max_attempts: int


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


class BadgeCounts(BaseModel):
    """How many sessions have each badge."""

    connected: int
    silent: int
    disconnected: int
    connecting: int
    scan_qr: int
    cannot_verify: int
    never_paired: int


class MessageCounts(BaseModel):
    """`pending`, `sending` and `unconfirmed` are the messages that are so now, up to 100,000 of each; `pending` has those
    that are not due yet, and `sending` none that are unconfirmed. `sent`, `failed` and `cancelled` are those that came to it
    in the window, by the last word on each: a message that failed and was sent by a retry is sent. What the CRM itself
    cancels or sends is not among them."""

    pending: int
    sending: int
    unconfirmed: int
    sent: int
    failed: int
    cancelled: int


class HourOfOutcomes(BaseModel):
    """The messages on which the last word came in this hour (UTC)."""

    hour: datetime
    sent: int
    failed: int
    cancelled: int
    unconfirmed: int


class HourOfConfirmations(BaseModel):
    """From the start of the attempt until the message was known to be sent, over the newest 200 of the hour; without those
    that a person has marked. `confirmed` are all that were sent in the hour."""

    hour: datetime
    confirmed: int
    median_s: float | None
    p95_s: float | None


class WaitingQueue(BaseModel):
    """A session with messages whose time has come: how many of them wait, up to 10,000, and since when. Without `held_reason`
    they are being sent one after another."""

    session_id: UUID
    waiting: int
    oldest_due_at: datetime
    held_reason: HeldReason | None
    held_until: datetime | None


class UptimeSegment(BaseModel):
    """A stretch of time: `up` where the session was connected, `down` where its gateway said otherwise or nothing got
    through, `unknown` where nobody could tell."""

    model_config = ConfigDict(populate_by_name=True)

    begin: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    state: State


class SessionUptime(BaseModel):
    """A session's strip from `since` to `as_of`, without gaps."""

    session_id: UUID
    segments: list[UptimeSegment]


class AlertRow(BaseModel):
    """An episode that an operator was told of. It is open without `resolved_at`."""

    id: UUID
    kind: Literal["session_down", "session_silent", "messages_waiting"]
    session_id: UUID
    since: datetime
    raised_at: datetime
    resolved_at: datetime | None


class WebhooksOfGateway(BaseModel):
    """How a gateway's webhooks arrive: `says` is the sentence to show, `refused` how many were refused in the last day."""

    gateway: str
    says: str
    secret_configured: bool
    accepted: int
    without_use: int
    last_accepted_at: datetime | None
    refused: int


class Overview(BaseModel):
    """An organization at a glance, all of the moment `as_of`. The window begins with the full hour (UTC) `since`. `uptime`
    has the first 1,000 sessions by id, `queues` the 1,000 that wait longest, `alerts` the open ones and those that ended in
    the window, up to 200. `webhooks` has the gateways that the organization's sessions are on."""

    as_of: datetime
    since: datetime
    hours: int
    sessions: BadgeCounts
    messages: MessageCounts
    outcomes: list[HourOfOutcomes]
    time_to_confirm: list[HourOfConfirmations]
    queues: list[WaitingQueue]
    uptime: list[SessionUptime]
    alerts: list[AlertRow]
    webhooks: list[WebhooksOfGateway]


class Liveness(BaseModel):
    """Whether every loop of the process moves; `stale` names those that stand still."""

    alive: bool
    stale: list[str]


class Readiness(BaseModel):
    """Whether all that is needed is there; `problems` says of each missing part why, `warnings` what is wrong and keeps
    nobody from being answered."""

    ready: bool
    problems: dict[str, str]
    warnings: dict[str, str]


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
