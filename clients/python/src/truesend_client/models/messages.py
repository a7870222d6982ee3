"""Messages: a row, its whole story, batches."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from truesend_client.models.sessions import HeldReason
from truesend_client.models.shape import OpenRow, Row
from truesend_client.problems import FieldProblem

ConfirmedBy = Literal["http", "callback", "lookup", "receipt", "operator"] | str
"""How a message that is sent is known to be."""


class MessageRow(OpenRow):
    """A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
    `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
    has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good.
    """

    id: UUID
    organization_id: UUID
    session_id: UUID | None
    recipient: str | None
    message_content: str
    media_url: str | None
    media_type: str | None
    scheduled_for: AwareDatetime
    status: str
    sent_at: AwareDatetime | None
    error_message: str | None
    vps_error: str | None
    retry_count: int | None
    next_attempt_at: AwareDatetime | None
    attempt_started_at: AwareDatetime | None
    gateway_message_id: str | None
    accepted_at: AwareDatetime | None
    unconfirmed_at: AwareDatetime | None
    delivered_at: AwareDatetime | None
    read_at: AwareDatetime | None
    version: int
    created_at: AwareDatetime
    held_reason: HeldReason | None
    held_until: AwareDatetime | None
    confirmed_by: ConfirmedBy | None
    max_attempts: int


class MessageList(Row):
    """A page of messages."""

    items: tuple[MessageRow, ...]
    next_cursor: str | None


class Attempt(Row):
    """One attempt to send a message. `applied` is false where its outcome came too late to change the row."""

    number: int
    session_id: UUID | None
    gateway: str | None
    recipient: str | None
    claimed_at: AwareDatetime | None
    started_at: AwareDatetime
    finished_at: AwareDatetime
    outcome: str
    http_status: int | None
    gateway_message_id: str | None
    answer: str | None
    applied: bool


class HistoryItem(OpenRow):
    """A fact: what a session or message became, when, and by whom (`actor`, `reason`). A message's history has its
    attempts (`attempt.claimed`, `attempt.started`, `attempt.answered`) and what its gateway told (`gateway.…`) in
    between; those have no status.
    """

    type: str
    status: str | None
    occurred_at: AwareDatetime
    position: int | None
    created_at: AwareDatetime


class HistoryList(Row):
    """A page of history."""

    items: tuple[HistoryItem, ...]
    next_cursor: str | None


class MessageDetail(MessageRow):
    """A message with all that is known of it."""

    attempts: tuple[Attempt, ...]
    history: tuple[HistoryItem, ...]
    history_next_cursor: str | None


class RefusedMessage(Row):
    """Why one message of a batch was not taken."""

    detail: str
    errors: tuple[FieldProblem, ...]


class BatchResult(Row):
    """One message of a batch: its `id`, or the `error` that kept it out."""

    id: UUID | None = None
    error: RefusedMessage | None = None


class PostedBatch(Row):
    """What became of each message, in the order given."""

    batch_id: UUID
    results: tuple[BatchResult, ...]


class BatchProgress(Row):
    """How far a batch is. `progress` is the share of the accepted ones that came to an end."""

    id: UUID
    batch_id: UUID
    created_at: AwareDatetime
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


class BulkRetryAnswer(Row):
    """What a bulk retry came to. `refused_by` counts by state, by `no_recipient`, and by `busy` for rows that somebody else
    was changing. With `dry_run`, what is matched and not refused would be retried.
    """

    matched: int
    retried: int
    refused: int
    refused_by: dict[str, int]
    dry_run: bool
    more: bool
    next_cursor: str | None
