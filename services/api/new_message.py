"""What `POST /v1/messages` takes: our own fields, and those of the CRM that its table demands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationInfo,
    create_model,
    field_validator,
)

from services.api.recipients import normalized_recipient

CONTENT_LIMIT = 65_536
URL_LIMIT = 2_048
FIRST_YEAR, LAST_YEAR = 2000, 2199
FILLED_BY_US = frozenset(
    {
        "id",
        "organization_id",
        "session_id",
        "recipient",
        "message_content",
        "media_url",
        "media_type",
        "scheduled_for",
        "status",
        "retry_count",
        "created_at",
        "version",
    }
)
OFTEN_THE_CRMS = frozenset({"group_id", "workshop_id", "message_type"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the messages table. ``demanded``: not null, and nothing fills it by itself."""

    name: str
    type: str
    demanded: bool


def without_nul(text: str) -> str:
    """The text, which Postgres can hold. Raises ValueError."""
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    return text


def _as_text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a time as text with its zone, like 2026-03-01T09:00:00Z")  # noqa: TRY004 - pydantic's
    return value


def _in_sane_years(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"must be between the years {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(letter.isspace() for letter in text):
        raise ValueError("must be an http or https URL")
    return text


Text = Annotated[str, AfterValidator(without_nul)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_sane_years)]
WrittenMoment = Annotated[Moment, BeforeValidator(_as_text)]
Recipient = Annotated[str, AfterValidator(normalized_recipient)]
MediaUrl = Annotated[Text, StringConstraints(max_length=URL_LIMIT), AfterValidator(_web_address)]


class NewMessage(BaseModel):
    """A message to be sent. Without `scheduled_for` it is due at once."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    session_id: UUID
    recipient: Recipient = Field(description="A phone number with its country code, or a group's id (…@g.us).")
    media_url: MediaUrl | None = None
    media_type: Literal["image", "video", "document"] | None = None
    message_content: Annotated[Text, StringConstraints(max_length=CONTENT_LIMIT)] = Field("", validate_default=True)
    scheduled_for: WrittenMoment | None = None

    @field_validator("media_type")
    @classmethod
    def _media_has_an_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("media_url", "wrong") is None:
            raise ValueError("needs media_url beside it")
        return value

    @field_validator("message_content")
    @classmethod
    def _says_something(cls, value: str, info: ValidationInfo) -> str:
        if not value.strip() and info.data.get("media_url", "wrong") is None:
            raise ValueError("must not be empty, unless there is media_url")
        return value


_TYPES: dict[str, Any] = {
    "uuid": UUID,
    "text": Text,
    "character varying": Text,
    "boolean": StrictBool,
    "smallint": Annotated[StrictInt, Field(ge=-(2**15), lt=2**15)],
    "integer": Annotated[StrictInt, Field(ge=-(2**31), lt=2**31)],
    "bigint": Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)],
    "timestamp with time zone": WrittenMoment,
}


def message_model(columns: Sequence[Column]) -> type[NewMessage]:
    """The model for a CRM's table: what it demands is required, its usual columns may be given."""
    fields: dict[str, Any] = {
        f"crm_{number}": _field(column) for number, column in enumerate(columns) if _is_the_crms(column)
    }
    return create_model("NewMessage", __base__=NewMessage, **fields)


def _is_the_crms(column: Column) -> bool:
    return column.name not in FILLED_BY_US and (column.demanded or column.name in OFTEN_THE_CRMS)


def _field(column: Column) -> tuple[Any, Any]:
    of_type = _TYPES.get(column.type, Any)
    if column.demanded:
        return of_type, Field(alias=column.name)
    return of_type | None, Field(None, alias=column.name)
