"""How a session may send: what an operator may say of it, and how it is told."""

from collections.abc import Mapping
from datetime import time
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, field_validator, model_validator

LONGEST_MS = 86_400_000
LARGEST_CAP = 1_000_000


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be a time zone like Europe/Berlin or Asia/Kolkata")
    return name


def _clock_time(text: str) -> str:
    try:
        moment = time.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time of day like 22:00") from None
    if moment.tzinfo is not None:
        raise ValueError("must be a time of day like 22:00, without a zone: time_zone says which")
    return text


Milliseconds = Annotated[StrictInt, Field(ge=0, le=LONGEST_MS)]
Cap = Annotated[StrictInt, Field(ge=1, le=LARGEST_CAP)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
Zone = Annotated[str, AfterValidator(_known_zone)]


class QuietHours(BaseModel):
    """From when to when nothing is sent, by clocks in the zone; past midnight where `from` is later than `to`."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    begin: ClockTime = Field(alias="from")
    end: ClockTime = Field(alias="to")
    time_zone: Zone

    @model_validator(mode="after")
    def _are_hours(self) -> "QuietHours":
        if time.fromisoformat(self.begin) == time.fromisoformat(self.end):
            raise ValueError("from and to are the same: to send nothing at all, pause the session")
        return self


class PaceBody(BaseModel):
    """All of a session's pace: what is left out is as if it had never been said. Caps count by hour and by day of
    `time_zone`, or of the quiet hours' zone, else of UTC."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    min_interval_ms: Milliseconds | None = None
    jitter_ms: Milliseconds | None = None
    hourly_cap: Cap | None = None
    daily_cap: Cap | None = None
    quiet_hours: QuietHours | None = None
    time_zone: Zone | None = None

    @field_validator("time_zone")
    @classmethod
    def _one_zone(cls, zone: str | None, info: Any) -> str | None:
        quiet = info.data.get("quiet_hours")
        if zone is not None and quiet is not None and quiet.time_zone != zone:
            raise ValueError("must be the zone of quiet_hours, or left out")
        return zone

    def longest_pause_ms(self, default_ms: int) -> int:
        """How long it is at most from one message to the next, where nothing else holds them."""
        interval_ms = default_ms if self.min_interval_ms is None else self.min_interval_ms
        return interval_ms + (self.jitter_ms or 0)

    def columns(self) -> dict[str, Any]:
        """The rules' columns."""
        quiet = self.quiet_hours
        return {
            "min_interval_ms": self.min_interval_ms,
            "jitter_ms": self.jitter_ms,
            "hourly_cap": self.hourly_cap,
            "daily_cap": self.daily_cap,
            "quiet_from": time.fromisoformat(quiet.begin) if quiet else None,
            "quiet_to": time.fromisoformat(quiet.end) if quiet else None,
            "time_zone": self.time_zone or (quiet.time_zone if quiet else "UTC"),
        }


def queue_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """The rules as they are told, and what they make of the session's queue now."""
    quiet = None
    if row["quiet_from"] is not None:
        quiet = {
            "from": row["quiet_from"].isoformat(timespec="minutes"),
            "to": row["quiet_to"].isoformat(timespec="minutes"),
            "time_zone": row["time_zone"],
        }
    told = {name: row[name] for name in _AS_THEY_ARE}
    return told | {"quiet_hours": quiet, "paused": row["paused_at"] is not None}


_AS_THEY_ARE = (
    "session_id",
    "min_interval_ms",
    "jitter_ms",
    "hourly_cap",
    "daily_cap",
    "time_zone",
    "started_in_hour",
    "started_on_day",
    "paused_at",
    "paused_by",
    "pause_reason",
    "held_reason",
    "held_until",
    "updated_at",
    "updated_by",
)
