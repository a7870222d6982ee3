"""The span of a request. Source: OpenTelemetry, semantic conventions for HTTP server spans.

It has the route, never the path: ids in a path are somebody's, and what is no route of ours may be anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Protocol

from starlette.types import Scope

from truesend.observability.spans import SpanKind, Tracer, within

KNOWN_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
PREFIX = "/v1/"
STREAM = "/v1/events"


class HasStatus(Protocol):
    """An answer, as far as it has come."""

    @property
    def status(self) -> int | None:
        """None before it begins."""
        ...


def is_shown(scope: Scope) -> bool:
    """Whether a request is worth a span: not the page's files, nor a probe, nor a stream, which lasts for minutes."""
    path: str = scope["path"]
    return path.startswith(PREFIX) and path != STREAM


def route_of(scope: Scope) -> str | None:
    """The route's pattern, once it is found."""
    return getattr(scope.get("route"), "path", None)


@contextmanager
def request_span(traces: Tracer, scope: Scope, answer: HasStatus, *, parent: str | None) -> Iterator[str]:
    """A request that is answered in here; gives the traceparent of its span."""
    method = scope["method"] if scope["method"] in KNOWN_METHODS else "_OTHER"
    span = traces.begin(method, SpanKind.SERVER, parent=parent, attributes={"http.request.method": method})
    try:
        with within(span):
            yield span.traceparent
    finally:
        attributes: dict[str, str | int] = {}
        if (route := route_of(scope)) is not None:
            attributes["http.route"] = route
        if answer.status is not None:
            attributes["http.response.status_code"] = answer.status
        if (organization_id := scope["state"].get("organization_id")) is not None:
            attributes["truesend.organization.id"] = str(organization_id)
        has_failed = answer.status is not None and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        span.end(
            attributes,
            name=f"{method} {route}" if route is not None else None,
            error=str(answer.status) if has_failed else None,
        )
