"""A collector of traces: a server that takes what is exported by OTLP over HTTP, and keeps it to be looked at."""

import gzip
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.harness.waiting import until
from truesend.cli.local.ports import LOOPBACK
from truesend.observability.tracing import trace_id

LARGEST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ExportedSpan:
    """A span as it arrived. ``parent_id`` is empty for the first of a trace."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str | int]
    has_failed: bool
    began_ns: int
    ended_ns: int


@dataclass
class Collector:
    """What has arrived so far. ``raw`` is every byte of it, for who looks for what must not be there."""

    url: str = ""
    spans: list[ExportedSpan] = field(default_factory=list)
    raw: bytes = b""
    headers: list[dict[str, str]] = field(default_factory=list)

    def of(self, trace_id: str) -> list[ExportedSpan]:
        """One trace's spans, in the order in which they began."""
        return sorted((span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.began_ns)

    async def take(self, request: web.Request) -> web.Response:
        """POST /v1/traces."""
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.raw += body
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = str(_attributes(resource.resource.attributes)["service.name"])
            self.spans += [_span(service, span) for scope in resource.scope_spans for span in scope.spans]
        return web.Response(body=b"", content_type="application/x-protobuf")


@asynccontextmanager
async def running_collector() -> AsyncIterator[Collector]:
    """A collector on a port of its own."""
    collector = Collector()
    application = web.Application(client_max_size=LARGEST_BYTES)
    application.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        collector.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}"
        yield collector
    finally:
        await runner.cleanup()


def exporting(url: str, *, key: str = "") -> dict[str, str]:
    """What has a service export its traces to there, with no delay to speak of."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={key}" if key else "",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }


async def whole_trace(collector: Collector, traceparent: str, **names: int) -> list[ExportedSpan]:
    """The trace that this began, when it has so many spans of these names (``write_session=1``), each with its parent."""
    wanted = Counter({name.replace("_", " "): number for name, number in names.items()})

    async def probe() -> list[ExportedSpan] | None:
        spans = collector.of(trace_id(traceparent) or "")
        known = {"", traceparent.split("-")[2]} | {span.span_id for span in spans}
        is_whole = all(span.parent_id in known for span in spans)
        return spans if is_whole and wanted <= Counter(span.name for span in spans) else None

    return await until(probe, 20, f"the trace has {dict(wanted)}")


def _span(service: str, span: Span) -> ExportedSpan:
    return ExportedSpan(
        service=service,
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes=_attributes(span.attributes),
        has_failed=span.status.code == Status.STATUS_CODE_ERROR,
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
    )


def _attributes(pairs: Sequence[object]) -> dict[str, str | int]:
    return {pair.key: _value(pair.value) for pair in pairs}  # type: ignore[attr-defined]


def _value(value: AnyValue) -> str | int:
    return value.int_value if value.HasField("int_value") else value.string_value
