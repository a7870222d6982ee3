"""Around every request: its trace, one line in the log, its metrics, and an answer when we fail.

The line has the path without its query, and no header or body: those hold keys, numbers and messages.
"""

import time
import traceback
from http import HTTPStatus

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.problems import Problem, problem_response
from services.api.request_span import KNOWN_METHODS, is_shown, request_span, route_of
from truesend.observability.spans import tracer
from truesend.observability.tracing import continued_traceparent, trace_id

REQUESTS = Counter("truesend_http_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("truesend_http_request_seconds", "Time to the end of the answer, streams aside.", ["route"])
PATH_LIMIT = 200
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
STREAMS = frozenset({"/v1/events"})
FRAMES_LIMIT = 8

log = structlog.get_logger(__name__)


class RequestLog:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and write down what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        incoming = Headers(scope=scope).get("traceparent")
        answer = _Answer(send)
        traces = tracer()
        if traces is None or not is_shown(scope):
            await self._pass_on(scope, receive, answer, continued_traceparent(incoming))
            return
        with request_span(traces, scope, answer, parent=incoming) as traceparent:
            await self._pass_on(scope, receive, answer, traceparent)

    async def _pass_on(self, scope: Scope, receive: Receive, answer: "_Answer", traceparent: str) -> None:
        scope.setdefault("state", {})["traceparent"] = traceparent
        started = time.perf_counter()
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            await self._fail(error, scope, receive, answer, traceparent)
        finally:
            _note(scope, answer.status, time.perf_counter() - started, traceparent)

    async def _fail(
        self, error: Exception, scope: Scope, receive: Receive, answer: "_Answer", traceparent: str
    ) -> None:
        """Answer with 500. What the error says stays out of the log: it may quote the request."""
        log.error(
            "a request failed",
            error=type(error).__name__,
            trace_id=trace_id(traceparent),
            frames=[f"{frame.name} {frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][
                -FRAMES_LIMIT:
            ],
        )
        if answer.status is None:
            detail = "Something went wrong here. The log has it under this trace_id."
            problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
            await problem_response(problem, trace_id=trace_id(traceparent))(scope, receive, answer.send)


class _Answer:
    """Notes the status on its way out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _note(scope: Scope, status: int | None, seconds: float, traceparent: str) -> None:
    route = route_of(scope) or "none"
    method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
    REQUESTS.labels(method, route, str(status or 499)).inc()
    if route not in STREAMS:
        SECONDS.labels(route).observe(seconds)
    if route in QUIET:
        return
    organization_id = scope["state"].get("organization_id")
    log.info(
        "request",
        method=method,
        path=scope["path"][:PATH_LIMIT],
        status=status,
        duration_ms=round(seconds * 1000, 1),
        organization_id=str(organization_id) if organization_id else None,
        trace_id=trace_id(traceparent),
    )
