"""Answers as JSON."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response


class Json(Response):
    """JSON by orjson: uuids as text, times with their zone."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode the body."""
        return encoded(content)


def encoded(content: Any) -> bytes:
    """JSON, with asyncpg's own uuids, too."""
    return orjson.dumps(content, default=_uuid_text)


def page(items: list[dict[str, Any]], next_cursor: str | None) -> Json:
    """One page of a list."""
    return Json({"items": items, "next_cursor": next_cursor})


def accepted(content: Any) -> Json:
    """What was asked for will happen."""
    return Json(content, status_code=HTTPStatus.ACCEPTED)


def _uuid_text(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
