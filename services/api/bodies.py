"""Request bodies: bounded, JSON, and of the shape that the route takes."""

from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.api.problems import FieldError, Problem, invalid, invalid_body

BODY_LIMIT_BYTES = 1_000_000

ModelT = TypeVar("ModelT", bound=BaseModel)


async def read_json(request: Request) -> Any:
    """The body as JSON; None for an empty one.

    Raises Problem: 413 beyond one megabyte, 400 for what is no JSON (orjson refuses more than 1,024 levels, too).
    """
    body = await _read_bounded(request)
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        detail = "The body is not valid JSON (UTF-8, at most 1,024 levels deep)."
        raise Problem(HTTPStatus.BAD_REQUEST, "broken-json", detail) from None


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


async def _read_bounded(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > BODY_LIMIT_BYTES:
        raise _too_large()
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_LIMIT_BYTES:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> Problem:
    detail = f"The body is larger than {BODY_LIMIT_BYTES:,} bytes."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail, headers={"Connection": "close"})
