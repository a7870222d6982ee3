"""A typed client of Truesend's API."""

from truesend_client.async_client import AsyncTruesend
from truesend_client.async_stream import AsyncLiveEvents
from truesend_client.client import Truesend
from truesend_client.live import Event, Joined, MessageEvent, Reset, SessionEvent
from truesend_client.models import NewMessage, PaceBody, QuietHours, RetryFilter
from truesend_client.problems import (
    BadRequestError,
    ConflictError,
    FieldProblem,
    ForbiddenError,
    GoneError,
    NotFoundError,
    Problem,
    ProblemError,
    ServerError,
    TooLargeError,
    TooManyRequestsError,
    TruesendError,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
    UnprocessableError,
    UnreachableError,
)
from truesend_client.stream import LiveEvents

__all__ = [
    "AsyncLiveEvents",
    "AsyncTruesend",
    "BadRequestError",
    "ConflictError",
    "Event",
    "FieldProblem",
    "ForbiddenError",
    "GoneError",
    "Joined",
    "LiveEvents",
    "MessageEvent",
    "NewMessage",
    "NotFoundError",
    "PaceBody",
    "Problem",
    "ProblemError",
    "QuietHours",
    "Reset",
    "RetryFilter",
    "ServerError",
    "SessionEvent",
    "TooLargeError",
    "TooManyRequestsError",
    "Truesend",
    "TruesendError",
    "UnauthorizedError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "UnprocessableError",
    "UnreachableError",
]
