"""The bodies of an operator's actions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from services.api.new_message import Recipient, Text, WrittenMoment

REASON_LIMIT = 500
IDS_LIMIT = 10_000

Reason = Annotated[Text, StringConstraints(max_length=REASON_LIMIT, strip_whitespace=True)]
Status = Literal["pending", "sending", "sent", "failed", "cancelled"]


class ReasonBody(BaseModel):
    """Why, in the operator's words; kept in the history."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Reason | None = None


class RetryBody(ReasonBody):
    """`session_id` sends it through another session. `force` is asked for where it may arrive twice."""

    session_id: UUID | None = None
    force: StrictBool = False


class DeliveredBody(ReasonBody):
    """`at` is when it arrived, as far as the operator knows; now, if not given."""

    at: WrittenMoment | None = None


class RetryFilter(BaseModel):
    """Which messages. Without `status` and `ids`: those that failed. Times: from is included, to is not."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    status: Status | None = None
    session_id: UUID | None = None
    recipient: Recipient | None = None
    created_from: WrittenMoment | None = None
    created_to: WrittenMoment | None = None
    scheduled_from: WrittenMoment | None = None
    scheduled_to: WrittenMoment | None = None
    ids: list[UUID] | None = Field(None, max_length=IDS_LIMIT)
    batch_id: UUID | None = None

    @model_validator(mode="after")
    def _what_failed(self) -> "RetryFilter":
        if self.status is None and self.ids is None:
            self.status = "failed"
        return self


class BulkRetryBody(RetryBody):
    """`dry_run` counts and changes nothing. `cursor` is `next_cursor` of an answer with `more`."""

    filter: RetryFilter
    dry_run: StrictBool = False
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
