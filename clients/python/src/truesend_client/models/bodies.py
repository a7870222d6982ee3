"""What a caller writes."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from truesend_client.models.shape import FROM, Body, OpenBody


class NewMessage(OpenBody):
    """A message to be sent. Without `scheduled_for` it is due at once.

    Any further name is a column of the CRM's own table, which it may demand: `NewMessage.model_validate({…, "for": "May"})`.
    """

    session_id: UUID
    recipient: str
    media_url: str | None = None
    media_type: Literal["image", "video", "document"] | None = None
    message_content: str = ""
    scheduled_for: AwareDatetime | None = None
    group_id: Any = None
    message_type: Any = None
    workshop_id: Any = None


class QuietHours(Body):
    """From when to when nothing is sent, by clocks in the zone; past midnight where `from_` is later than `to`."""

    from_: Annotated[str, FROM]
    to: str
    time_zone: str


class PaceBody(Body):
    """All of a session's pace: what is left out is as if it had never been said. Caps count by hour and by day of
    `time_zone`, or of the quiet hours' zone, else of UTC.
    """

    min_interval_ms: int | None = None
    jitter_ms: int | None = None
    hourly_cap: int | None = None
    daily_cap: int | None = None
    quiet_hours: QuietHours | None = None
    time_zone: str | None = None


class RetryFilter(Body):
    """Which messages. Without `status` and `ids`: those that failed. Times: from is included, to is not."""

    status: Literal["pending", "sending", "sent", "failed", "cancelled"] | None = None
    session_id: UUID | None = None
    recipient: str | None = None
    created_from: AwareDatetime | None = None
    created_to: AwareDatetime | None = None
    scheduled_from: AwareDatetime | None = None
    scheduled_to: AwareDatetime | None = None
    ids: tuple[UUID, ...] | None = None
    batch_id: UUID | None = None
