"""Spans by OpenTelemetry's SDK, exported by OTLP over HTTP from a thread of their own.

A collector that is away costs spans and nothing else: they wait in a bounded queue, and those that find it full are dropped.
The SDK and its HTTP client would log each failure, with words and addresses; they are kept silent, and it is said once here.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Final
from uuid import uuid4

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.util.re import parse_env_headers

from truesend.observability.spans import NOTHING, Attributes, SpanKind
from truesend.observability.tracing import is_traceparent
from truesend.settings import Settings

NOISY: Final = ("opentelemetry", "urllib3")
SILENT: Final = logging.CRITICAL + 1

_SAMPLERS: Final[Mapping[str, Callable[[float], sampling.Sampler]]] = {
    "always_on": lambda _: sampling.ALWAYS_ON,
    "always_off": lambda _: sampling.ALWAYS_OFF,
    "traceidratio": sampling.TraceIdRatioBased,
    "parentbased_always_on": lambda _: sampling.DEFAULT_ON,
    "parentbased_always_off": lambda _: sampling.DEFAULT_OFF,
    "parentbased_traceidratio": sampling.ParentBasedTraceIdRatio,
}
_KINDS: Final = {kind: trace.SpanKind[kind.name] for kind in SpanKind}
_FAILED: Final = trace.Status(trace.StatusCode.ERROR)

log = structlog.get_logger(__name__)


class OtlpSpan:
    """A span of the SDK's; it may be one that the sampler has left out."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """With the sampler's decision as its flag."""
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def end(self, attributes: Attributes = NOTHING, *, name: str | None = None, error: str | None = None) -> None:
        """Hand it to the exporter, in no time."""
        if name is not None:
            self._span.update_name(name)
        self._span.set_attributes(dict(attributes))
        if error is not None:
            self._span.set_attribute("error.type", error)
            self._span.set_status(_FAILED)
        self._span.end()


class OtlpTracer:
    """Makes one service's spans, and exports them."""

    def __init__(self, settings: Settings, *, service: str, exporter: SpanExporter | None = None) -> None:
        """``exporter`` takes the place of the one that the settings describe."""
        for name in NOISY:
            logging.getLogger(name).setLevel(SILENT)
        self._provider = TracerProvider(
            sampler=_SAMPLERS[settings.otel_traces_sampler](settings.otel_traces_sampler_arg),
            resource=_resource(settings, service),
            shutdown_on_exit=False,
        )
        told = ToldOnce(exporter or _exporter(settings), service=service)
        self._provider.add_span_processor(BatchSpanProcessor(told))
        self._tracer = self._provider.get_tracer("truesend", version("truesend"))

    def begin(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None,
        attributes: Attributes = NOTHING,
        began_ns: int | None = None,
    ) -> OtlpSpan:
        """See Tracer. Whether it is recorded is the parent's decision, and the sampler's where there is none."""
        return OtlpSpan(
            self._tracer.start_span(
                name,
                _context(parent),
                kind=_KINDS[kind],
                attributes=dict(attributes),
                start_time=began_ns,
                record_exception=False,
                set_status_on_exception=False,
            )
        )

    def close(self, *, within_s: float) -> None:
        """Export what is left. A collector that does not take it within that time is not waited for."""
        closing = threading.Thread(target=self._provider.shutdown, name="last traces", daemon=True)
        closing.start()
        closing.join(within_s)


class ToldOnce(SpanExporter):
    """Exports by another, and says once that this fails, and once that it is over."""

    def __init__(self, exporter: SpanExporter, *, service: str) -> None:
        self._exporter = exporter
        self._service = service
        self._is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Never raises."""
        try:
            result = self._exporter.export(spans)
        except Exception:
            result = SpanExportResult.FAILURE
        self._tell(has_failed=result is not SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        """End the other."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have the other hand over what it holds."""
        return self._exporter.force_flush(timeout_millis)

    def _tell(self, *, has_failed: bool) -> None:
        if has_failed and not self._is_failing:
            log.warning("traces can't be exported: spans are dropped until they can", service=self._service)
        elif self._is_failing and not has_failed:
            log.info("traces are exported again", service=self._service)
        self._is_failing = has_failed


def _context(parent: str | None) -> Context:
    """Of a span somewhere else; empty where nobody names one."""
    if parent is None or not is_traceparent(parent):
        return Context()
    _version, trace_id, span_id, flags = parent.split("-")
    remote = trace.SpanContext(
        int(trace_id, 16),
        int(span_id, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(int(flags, 16)),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(remote), Context())


def _resource(settings: Settings, service: str) -> Resource:
    """Beside what OTEL_RESOURCE_ATTRIBUTES says."""
    return Resource.create(
        {
            "service.name": settings.otel_service_name or f"truesend-{service}",
            "service.namespace": "truesend",
            "service.version": version("truesend"),
            "service.instance.id": str(uuid4()),
        }
    )


def _exporter(settings: Settings) -> OTLPSpanExporter:
    headers = settings.otel_exporter_otlp_headers
    return OTLPSpanExporter(
        endpoint=f"{settings.otel_exporter_otlp_endpoint}/v1/traces",
        headers=parse_env_headers(headers.get_secret_value(), liberal=True) if headers is not None else {},
    )
