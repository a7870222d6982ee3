"""The span of one HTTP request to a gateway. Source: OpenTelemetry, semantic conventions for HTTP client spans.

It has no URL: a gateway's paths and queries hold sessions' names, numbers and, with some, keys. Nor is the trace told to the
gateway, which is somebody else's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from truesend.gateways.http_answers import Answer, NoAnswer
from truesend.gateways.protocol import GatewayConfig
from truesend.observability.spans import SpanKind, Tracer, spanning

Said = Answer | NoAnswer
FIRST_ERROR = 400


@contextmanager
def request_span(
    traces: Tracer, gateway: GatewayConfig, method: str, *, parent: str
) -> Iterator[Callable[[Said], Said]]:
    """A request made in here; what came of it is to be passed through what this gives."""
    url = urlsplit(gateway.url)
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "server.address": url.hostname or "",
        "server.port": url.port or (443 if url.scheme == "https" else 80),
        "truesend.gateway": gateway.name,
        "truesend.gateway.kind": gateway.kind,
    }
    with spanning(traces, method, SpanKind.CLIENT, parent=parent, attributes=attributes) as ending:

        def show(said: Said) -> Said:
            if isinstance(said, NoAnswer):
                ending.error = str(said.kind)
            else:
                ending.attributes["http.response.status_code"] = said.status
                ending.error = str(said.status) if said.status >= FIRST_ERROR else None
            return said

        yield show
