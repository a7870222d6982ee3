"""Opaque cursors: where the next page begins. Whoever reads one apart does so at their own risk."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from services.api.answers import encoded
from services.api.problems import FieldError, Problem, invalid

SEQ_LIMIT = 2**63 - 1


def cursor_of(*parts: UUID | datetime | int) -> str:
    """A cursor that holds the parts."""
    return base64.urlsafe_b64encode(encoded(parts)).decode().rstrip("=")


def session_cursor(text: str | None) -> UUID:
    """The id after which the page begins. Raises Problem 422."""
    if text is None:
        return UUID(int=0)
    try:
        (identifier,) = _parts(text)
        return UUID(identifier)
    except (ValueError, TypeError, AttributeError):
        raise _bad_cursor() from None


def message_cursor(text: str | None) -> tuple[datetime | None, UUID | None]:
    """The time and id before which the page begins. Raises Problem 422."""
    if text is None:
        return None, None
    try:
        created_at, identifier = _parts(text)
        moment = datetime.fromisoformat(created_at)
        if moment.tzinfo is None:
            raise _bad_cursor()
        return moment.astimezone(UTC), UUID(identifier)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise _bad_cursor() from None


def history_cursor(text: str | None) -> int:
    """The number before which the page begins. Raises Problem 422."""
    if text is None:
        return SEQ_LIMIT
    try:
        (seq,) = _parts(text)
    except (ValueError, TypeError):
        raise _bad_cursor() from None
    if type(seq) is not int or not 0 <= seq <= SEQ_LIMIT:
        raise _bad_cursor()
    return seq


def story_cursor(text: str | None) -> tuple[datetime, int, int] | None:
    """The time, rank and number after which the page begins. Raises Problem 422."""
    if text is None:
        return None
    try:
        at, rank, number = _parts(text)
        moment = datetime.fromisoformat(at)
    except (ValueError, TypeError):
        raise _bad_cursor() from None
    if moment.tzinfo is None or type(rank) is not int or type(number) is not int:
        raise _bad_cursor()
    return moment, rank, number


def _parts(text: str) -> list[Any]:
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, UnicodeEncodeError, orjson.JSONDecodeError) as error:
        raise ValueError("no cursor") from error
    if not isinstance(parts, list):
        raise TypeError("no cursor")
    return parts


def _bad_cursor() -> Problem:
    return invalid(FieldError("cursor", "is not a cursor of this list; take next_cursor of its last page"))
