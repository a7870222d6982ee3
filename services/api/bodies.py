"""Request bodies: bounded, JSON, and of the shape that the route takes."""

import json
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.api.problems import FieldError, Problem, invalid, invalid_body

BODY_LIMIT_BYTES = 1_000_000
THROWN_AWAY_BYTES = 16_000_000
DEEPEST = 900

ModelT = TypeVar("ModelT", bound=BaseModel)


class BodyTooLarge(Exception):  # noqa: N818 - what it is, not a fault
    """There is more of it than is read."""


async def read_json(request: Request, *, limit_bytes: int = BODY_LIMIT_BYTES) -> Any:
    """The body as JSON; None for an empty one.

    Raises Problem: 413 beyond ``limit_bytes``, 400 for what is no JSON, is deeper than any body of ours (orjson stops at
    1,024 levels, Python's parser a little before), or has a name twice: of those one parser takes the first, another the
    last, and what was checked is not what is meant.
    """
    try:
        body = await read_bounded(request, limit_bytes=limit_bytes)
    except BodyTooLarge:
        detail = f"The body is larger than {limit_bytes:,} bytes."
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail, headers={"Connection": "close"}
        ) from None
    if not body.strip():
        return None
    try:
        content = orjson.loads(body)
        json.loads(body, object_pairs_hook=_each_name_once)
    except _NamedTwice:
        detail = "A name stands twice in one JSON object: what is meant?"
        raise Problem(HTTPStatus.BAD_REQUEST, "broken-json", detail) from None
    except (orjson.JSONDecodeError, RecursionError):
        detail = f"The body is not valid JSON (UTF-8, not compressed, at most {DEEPEST} levels deep)."
        raise Problem(HTTPStatus.BAD_REQUEST, "broken-json", detail) from None
    return content


class _NamedTwice(Exception):  # noqa: N818 - what is wrong with it
    """Two members of one object have the same name."""


def _each_name_once(members: list[tuple[str, Any]]) -> None:
    """What is read here is thrown away: only the names are looked at."""
    if len({name for name, _ in members}) != len(members):
        raise _NamedTwice


def fit(model: type[ModelT], content: Any) -> ModelT:
    """The content as the model has it. Raises Problem 422 that names each wrong field."""
    if not isinstance(content, dict):
        raise invalid(FieldError("body", "must be a JSON object"))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise invalid_body(error) from None


def json_body(model: type[BaseModel], *, required: bool) -> dict[str, Any]:
    """The request body for OpenAPI: the routes read it by themselves."""
    schema = model.model_json_schema(by_alias=True)
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


async def read_bounded(request: Request, *, limit_bytes: int) -> bytes:
    """The body as it came. Raises BodyTooLarge, having kept no more than ``limit_bytes`` and a little.

    A client that is still writing does not listen for the answer: some of what is too much is read, and thrown away.
    """
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit_bytes:
            chunks.append(chunk)
        elif size > limit_bytes + THROWN_AWAY_BYTES:
            break
    if size > limit_bytes:
        raise BodyTooLarge
    return b"".join(chunks)
