"""Sessions, and how they may send."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime

from truesend_client.models.shape import FROM, Row

Badge = Literal["connected", "silent", "disconnected", "connecting", "scan_qr", "cannot_verify", "never_paired"] | str
"""One word per look."""


HeldReason = (
    Literal[
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
    | str
)
"""Why a message waits although its time has come."""


class SessionRow(Row):
    """A session. `status` is the CRM's word, `badge` what to show for it. `silent_since`: nothing that it has sent from then
    on shows a sign of arrival, although its gateway calls it connected.
    """

    id: UUID
    organization_id: UUID
    phone_number: str | None
    display_name: str | None
    status: str
    badge: Badge
    verifying: bool
    superseded_by: UUID | None
    silent_since: AwareDatetime | None
    gateway: str
    last_error: str | None
    last_error_at: AwareDatetime | None
    last_verified_at: AwareDatetime | None
    connected_at: AwareDatetime | None
    last_active_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


class SessionList(Row):
    """A page of sessions."""

    items: tuple[SessionRow, ...]
    next_cursor: str | None


class VerifyAnswer(Row):
    """Which sessions are being asked about, and which were just now."""

    verifying: tuple[UUID, ...]
    fresh: tuple[UUID, ...]


class SessionOrder(Row):
    """What was asked of a session's gateway was done. `status` is the row's, until the verifier has looked."""

    session_id: UUID
    status: str
    qr_url: str


class PairingAnswer(Row):
    """What the gateway shows of a session; `detail` is in its words. `status` is `cannot_tell` where it did not answer.

    `qr_expires_at` is when a new code comes: as the gateway tells it, or about so, by how long its codes live; null where
    neither is known. `pairing_code` is there once it was asked for; `offers_pairing_code` is whether it can be.
    """

    session_id: UUID
    status: Literal["connected", "disconnected", "connecting", "qr_pending", "cannot_tell"] | str
    qr: str | None
    qr_expires_at: AwareDatetime | None
    pairing_code: str | None
    offers_pairing_code: bool
    detail: str | None


class QuietHoursRow(Row):
    """From when to when nothing is sent."""

    from_: Annotated[str, FROM]
    to: str
    time_zone: str


class SessionQueue(Row):
    """How a session may send, and whether it may now: `held_reason`, and `held_until` where that is known."""

    session_id: UUID
    min_interval_ms: int | None
    jitter_ms: int | None
    hourly_cap: int | None
    daily_cap: int | None
    time_zone: str | None
    started_in_hour: int
    started_on_day: int
    paused_at: AwareDatetime | None
    paused_by: str | None
    pause_reason: str | None
    held_reason: HeldReason | None
    held_until: AwareDatetime | None
    updated_at: AwareDatetime | None
    updated_by: str | None
    quiet_hours: QuietHoursRow | None
    paused: bool
