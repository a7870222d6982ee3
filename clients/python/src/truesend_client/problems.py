"""What can go wrong, as exceptions: what the API says (RFC 9457), and what became of a request that has no answer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class FieldProblem(BaseModel):
    """What is wrong with one field of a body, or with one parameter."""

    model_config = ConfigDict(frozen=True)

    field: str
    detail: str


class Problem(BaseModel):
    """An error's document. `type` tells kinds apart, `detail` says what to do; neither repeats what was sent."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] | None = None
    current: dict[str, Any] | None = None
    trace_id: str | None = None


class TruesendError(Exception):
    """Whatever this package raises by itself."""


class UnreachableError(TruesendError):
    """No answer came. `may_be_done` is whether the request can have arrived: then ask before you ask for it again."""

    def __init__(self, detail: str, *, may_be_done: bool) -> None:
        super().__init__(detail)
        self.may_be_done = may_be_done


class UnexpectedAnswerError(TruesendError):
    """What answers is not Truesend's API, or one that is older than this package."""


class ProblemError(TruesendError):
    """The API said no. `retry_after_s` is when it makes sense to try again, where the answer says so."""

    def __init__(self, problem: Problem, *, retry_after_s: float | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def kind(self) -> str:
        """The problem's name: `validation`, `conflict`, `database-away`, …"""
        return self.problem.type.rpartition(":")[2]


class BadRequestError(ProblemError):
    """400: no JSON, no organisation, or an event's id that is none."""


class UnauthorizedError(ProblemError):
    """401: the key or the token is missing, wrong, or over."""


class ForbiddenError(ProblemError):
    """403: another organisation's."""


class NotFoundError(ProblemError):
    """404: no such session, message, batch or gateway in this organisation."""


class ConflictError(ProblemError):
    """409: the row is not as it would have to be; `problem.current` is what it is."""


class GoneError(ProblemError):
    """410: the message that this idempotency key made is deleted."""


class TooLargeError(ProblemError):
    """413: the body is larger than the API takes."""


class UnprocessableError(ProblemError):
    """422: fields are wrong or missing, `problem.errors` says which; or an idempotency key came with another body."""


class TooManyRequestsError(ProblemError):
    """429: too many wrong keys came from this address."""


class ServerError(ProblemError):
    """500 and above: Truesend, its database, its broker or a gateway is in trouble."""


class UnavailableError(ServerError):
    """503: not now."""


_ERRORS: Mapping[int, type[ProblemError]] = {
    HTTPStatus.BAD_REQUEST: BadRequestError,
    HTTPStatus.UNAUTHORIZED: UnauthorizedError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.GONE: GoneError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLargeError,
    HTTPStatus.UNPROCESSABLE_ENTITY: UnprocessableError,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequestsError,
    HTTPStatus.SERVICE_UNAVAILABLE: UnavailableError,
}


def error_of(status: int, body: bytes, retry_after: str | None = None) -> TruesendError:
    """The exception for an answer that is no success."""
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        return UnexpectedAnswerError(
            f"HTTP {status}, without one of the API's problem documents: is the address right?"
        )
    waits = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
    default = ServerError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ProblemError
    return _ERRORS.get(status, default)(problem, retry_after_s=waits)
