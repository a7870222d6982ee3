"""Times as gateways write them: epochs in seconds or milliseconds, ISO dates, HTTP dates. Nothing here raises."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

# As seconds this is the year 5138; as milliseconds it is 1973: whatever is larger is in milliseconds.
_MILLISECONDS_FROM: Final = 100_000_000_000

# A ``Date`` header counts whole seconds and is as old as the answer's way here: less than this is no clock error.
_SKEW_NOTICED: Final = timedelta(seconds=2)

_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST_AHEAD: Final = timedelta(days=1)


def parse_time(value: object) -> datetime | None:
    """The moment that ``value`` names, in UTC, or None. A date without a zone is taken as UTC."""
    match value:
        case bool():
            return None
        case int() | float():
            return _from_epoch(value)
        case {"low": int(low), "high": int(high)}:  # a protobuf Long that JavaScript wrote out
            return _from_epoch((high << 32) + (low & 0xFFFFFFFF))
        case str() if len(value) <= 64:
            return _from_text(value.strip())
        case _:
            return None


def believable(value: object, now: datetime) -> datetime | None:
    """The moment that a gateway names; None where it is none, or years off."""
    moment = parse_time(value)
    return moment if moment is not None and _EARLIEST <= moment <= now + _LATEST_AHEAD else None


def clock_error(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How far the gateway's clock is ahead of ``now``, by its ``Date`` header; zero where that doesn't tell."""
    told = http_date(headers.get("Date", ""))
    if told is None or abs(told - now) < _SKEW_NOTICED:
        return timedelta(0)
    return told - now


def corrected(moment: datetime, error: timedelta) -> datetime | None:
    """``moment`` by our clock; None where no calendar can hold it."""
    try:
        return moment - error
    except OverflowError:
        return None


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that ``Retry-After`` asks for: a number, or a date by the gateway's own clock."""
    text = headers.get("Retry-After", "").strip()
    if not text or len(text) > 64:
        return None
    try:
        wanted = float(text)
    except ValueError:
        moment = http_date(text)
        if moment is None:
            return None
        told_now = http_date(headers.get("Date", "")) or now
        wanted = (moment - told_now).total_seconds()
    return max(wanted, 0.0) if math.isfinite(wanted) else None


def http_date(text: str) -> datetime | None:
    """An HTTP date, in UTC, or None."""
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _from_epoch(value: float) -> datetime | None:
    try:
        seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_text(text: str) -> datetime | None:
    try:
        return _from_epoch(float(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
