"""An organisation at a glance, and how its gateways' webhooks arrive."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime

from truesend_client.models.sessions import HeldReason
from truesend_client.models.shape import FROM, Row


class BadgeCounts(Row):
    """How many sessions have each badge."""

    connected: int
    silent: int
    disconnected: int
    connecting: int
    scan_qr: int
    cannot_verify: int
    never_paired: int


class MessageCounts(Row):
    """`pending`, `sending` and `unconfirmed` are the messages that are so now, up to 100,000 of each; `pending` has those
    that are not due yet, and `sending` none that are unconfirmed. `sent`, `failed` and `cancelled` are those that came to it
    in the window, by the last word on each: a message that failed and was sent by a retry is sent. What the CRM itself
    cancels or sends is not among them.
    """

    pending: int
    sending: int
    unconfirmed: int
    sent: int
    failed: int
    cancelled: int


class HourOfOutcomes(Row):
    """The messages on which the last word came in this hour (UTC)."""

    hour: AwareDatetime
    sent: int
    failed: int
    cancelled: int
    unconfirmed: int


class HourOfConfirmations(Row):
    """From the start of the attempt until the message was known to be sent, over the newest 200 of the hour; without those
    that a person has marked. `confirmed` are all that were sent in the hour.
    """

    hour: AwareDatetime
    confirmed: int
    median_s: float | None
    p95_s: float | None


class WaitingQueue(Row):
    """A session with messages whose time has come: how many of them wait, up to 10,000, and since when. Without `held_reason`
    they are being sent one after another.
    """

    session_id: UUID
    waiting: int
    oldest_due_at: AwareDatetime
    held_reason: HeldReason | None
    held_until: AwareDatetime | None


State = Literal["up", "down", "unknown"] | str
"""One stretch of a strip."""


class UptimeSegment(Row):
    """A stretch of time: `up` where the session was connected, `down` where its gateway said otherwise or nothing got
    through, `unknown` where nobody could tell.
    """

    from_: Annotated[AwareDatetime, FROM]
    to: AwareDatetime
    state: State


class SessionUptime(Row):
    """A session's strip from `since` to `as_of`, without gaps."""

    session_id: UUID
    segments: tuple[UptimeSegment, ...]


class AlertRow(Row):
    """An episode that an operator was told of. It is open without `resolved_at`."""

    id: UUID
    kind: Literal["session_down", "session_silent", "messages_waiting"] | str
    session_id: UUID
    since: AwareDatetime
    raised_at: AwareDatetime
    resolved_at: AwareDatetime | None


class WebhooksOfGateway(Row):
    """How a gateway's webhooks arrive: `says` is the sentence to show, `refused` how many were refused in the last day."""

    gateway: str
    says: str
    secret_configured: bool
    accepted: int
    without_use: int
    last_accepted_at: AwareDatetime | None
    refused: int


class Overview(Row):
    """An organization at a glance, all of the moment `as_of`. The window begins with the full hour (UTC) `since`. `uptime`
    has the first 1,000 sessions by id, `queues` the 1,000 that wait longest, `alerts` the open ones and those that ended in
    the window, up to 200. `webhooks` has the gateways that the organization's sessions are on.
    """

    as_of: AwareDatetime
    since: AwareDatetime
    hours: int
    sessions: BadgeCounts
    messages: MessageCounts
    outcomes: tuple[HourOfOutcomes, ...]
    time_to_confirm: tuple[HourOfConfirmations, ...]
    queues: tuple[WaitingQueue, ...]
    uptime: tuple[SessionUptime, ...]
    alerts: tuple[AlertRow, ...]
    webhooks: tuple[WebhooksOfGateway, ...]


class RefusedWebhook(Row):
    """One refused webhook; its body is not kept."""

    refused_at: AwareDatetime
    gateway: str
    reason: str
    sender_address: str | None


class RefusedWebhooks(Row):
    """How many webhooks were refused for one reason in the last day."""

    reason: str
    refused: int
    since: AwareDatetime
    last_at: AwareDatetime


class WebhookHealth(Row):
    """How a gateway's webhooks arrive. `says` is the sentence to show first."""

    gateway: str
    says: str
    secret_configured: bool
    accepted: int
    without_use: int
    last_accepted_at: AwareDatetime | None
    refused: tuple[RefusedWebhooks, ...]
    recent: tuple[RefusedWebhook, ...]
