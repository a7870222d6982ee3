"""Errors as problem documents. Source: RFC 9457.

They say what to do, and never repeat what the caller sent: it may be a secret or somebody's message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from services.api.methods import allowed_methods

FIELD_NAME_LIMIT = 100
ERRORS_LIMIT = 50
CLIENT_IS_GONE = 499  # no standard's, but what logs and dashboards know it by
RETRY_AFTER = {"Retry-After": "2"}
WRONG_METHOD = "This address does not take this method; /docs lists what it takes."


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and what to write instead."""

    field: str
    detail: str


class Problem(Exception):  # noqa: N818 - the standard's word
    """An answer other than success."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        current: Mapping[str, Any] | None = None,
    ) -> None:
        """``current`` is what the row is, where that is why."""
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.current = dict(current or {})


class DatabaseAway(Problem):
    """Postgres cannot be asked now. Nothing was changed."""

    def __init__(self, detail: str = "The database cannot be reached. Nothing was changed; try again.") -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "database-away", detail, headers=RETRY_AFTER)


class DatabaseTooOld(DatabaseAway):
    """Postgres lacks a table or column that this version needs: nobody has migrated it."""

    def __init__(self) -> None:
        super().__init__("The database is not migrated to this version: run truesend migrate. Nothing was changed.")


class BrokerAway(Problem):
    """Kafka cannot be asked now. Nothing was changed."""

    def __init__(self) -> None:
        detail = "Kafka cannot be reached, so nothing can be verified now. Nothing was changed; try again."
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, "broker-away", detail, headers=RETRY_AFTER)


def not_found(what: str) -> Problem:
    """One answer for what does not exist and for what belongs to somebody else."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", f"There is no such {what} in your organization.")


def invalid(*errors: FieldError) -> Problem:
    """Fields that cannot be taken as they are."""
    detail = "; ".join(f"{error.field}: {error.detail}" for error in errors[:3])
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "validation", detail, errors=errors)


def invalid_body(error: ValidationError) -> Problem:
    """A body that does not fit its model."""
    return invalid(*_field_errors(error.errors(include_input=False, include_url=False, include_context=False)))


def problem_response(problem: Problem, *, trace_id: str | None = None) -> Response:
    """The document for one problem."""
    body: dict[str, Any] = {
        "type": f"urn:truesend:problem:{problem.kind}",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"field": error.field, "detail": error.detail} for error in problem.errors]
    if problem.current:
        body["current"] = problem.current
    if trace_id is not None:
        body["trace_id"] = trace_id
    return Response(
        orjson.dumps(body), int(problem.status), headers=problem.headers, media_type="application/problem+json"
    )


def install_problems(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""

    async def as_it_is(_request: Request, error: Exception) -> Response:
        return problem_response(cast(Problem, error))

    async def validation(request: Request, error: Exception) -> Response:
        methods = allowed_methods(app, request.url.path)
        if methods and request.method not in methods:
            return problem_response(_not_allowed(methods))
        items = cast(RequestValidationError, error).errors()
        return problem_response(invalid(*_field_errors([_without_place(item) for item in items])))

    async def from_framework(request: Request, error: Exception) -> Response:
        problem = _framework_problem(cast(HTTPException, error))
        methods = allowed_methods(app, request.url.path)
        return problem_response(_not_allowed(methods) if _is_of_method(problem) and methods else problem)

    async def to_nobody(_request: Request, _error: Exception) -> Response:
        return Response(status_code=CLIENT_IS_GONE)

    app.add_exception_handler(Problem, as_it_is)
    app.add_exception_handler(ClientDisconnect, to_nobody)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, from_framework)


def _is_of_method(problem: Problem) -> bool:
    return problem.status is HTTPStatus.METHOD_NOT_ALLOWED


def _not_allowed(methods: Sequence[str]) -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", WRONG_METHOD, headers={"Allow": ", ".join(methods)}
    )


def _framework_problem(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    details = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists what there is.",
        HTTPStatus.METHOD_NOT_ALLOWED: WRONG_METHOD,
    }
    kind = status.phrase.lower().replace(" ", "-")
    return Problem(status, kind, details.get(status, status.phrase), headers=error.headers)


def _without_place(item: dict[str, Any]) -> dict[str, Any]:
    """FastAPI puts `query` or `path` before a parameter's name."""
    return {**item, "loc": item["loc"][1:] or item["loc"]}


def _field_errors(items: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    return [FieldError(_field_name(item["loc"]), _sentence(item)) for item in items[:ERRORS_LIMIT]]


def _field_name(place: Sequence[object]) -> str:
    return ".".join(str(part) for part in place)[:FIELD_NAME_LIMIT] or "body"


def _sentence(item: Mapping[str, Any]) -> str:
    known = {
        "missing": "is missing; write it",
        "extra_forbidden": "is not a field of this request; leave it out",
        "uuid_parsing": "must be a uuid",
        "uuid_type": "must be a uuid",
        "datetime_parsing": "must be a time with its zone, like 2026-03-01T09:00:00Z (in a URL, write + as %2B)",
        "datetime_from_date_parsing": "must be a time with its zone, like 2026-03-01T09:00:00Z (in a URL, write + as %2B)",
        "timezone_aware": "must have its time zone, like 2026-03-01T09:00:00Z",
    }
    return known.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
