"""Exporting traces: on by one setting, never in anybody's way, and silent about what it carries."""

import logging
import sys
import threading
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from truesend.observability.exporting import traces_exported
from truesend.observability.otlp import NOISY, OtlpTracer, ToldOnce
from truesend.observability.spans import SpanKind, parent_here, spanning, tracer
from truesend.observability.tracing import new_traceparent, trace_id
from truesend.settings import Settings, SettingsError, load_settings

NOWHERE = "http://127.0.0.1:9"
UNSAMPLED = f"00-{'a' * 32}-{'b' * 16}-00"


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in NOISY}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def settings(**given: object) -> Settings:
    return load_settings(
        database_url="postgres://127.0.0.1/crm",
        kafka_bootstrap_servers="127.0.0.1:9092",
        gateway_url="http://127.0.0.1:3000",
        **given,
    )


class Recording:
    """A tracer whose spans are kept."""

    def __init__(self, **given: object) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracer = OtlpTracer(settings(**given), service="sender", exporter=self._exporter)

    def spans(self) -> Sequence[ReadableSpan]:
        self.tracer.close(within_s=5)
        return self._exporter.get_finished_spans()


class Failing(SpanExporter):
    """Fails until it is told otherwise."""

    is_well = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.is_well:
            return SpanExportResult.SUCCESS
        raise ValueError("canary words")

    def shutdown(self) -> None:
        pass


class Hanging(SpanExporter):
    """A collector that answers nobody."""

    def __init__(self) -> None:
        self.is_over = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.is_over.wait()
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        pass


def test_without_an_endpoint_there_is_no_tracer() -> None:
    with traces_exported(settings(), service="sender"):
        assert tracer() is None


def test_a_disabled_sdk_makes_no_tracer() -> None:
    given = settings(otel_exporter_otlp_endpoint=NOWHERE, otel_sdk_disabled=True)
    with traces_exported(given, service="sender"):
        assert tracer() is None


def test_a_tracer_is_there_while_traces_are_exported() -> None:
    with traces_exported(settings(otel_exporter_otlp_endpoint=NOWHERE), service="sender"):
        assert tracer() is not None
    assert tracer() is None


def test_an_endpoint_without_the_packages_stops_the_start_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "truesend.observability.otlp")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with (
        pytest.raises(
            SettingsError, match=r"^OTEL_EXPORTER_OTLP_ENDPOINT: .* pip install 'truesend\[traces\]'"
        ) as told,
        traces_exported(settings(otel_exporter_otlp_endpoint=NOWHERE), service="sender"),
    ):
        pass
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5000"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "x"),
    ],
)
def test_what_only_the_sdk_reads_and_takes_for_wrong_stops_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with (
        pytest.raises(SettingsError, match=r"^OTEL_BSP_…, OTEL_…_LIMIT: "),
        traces_exported(settings(otel_exporter_otlp_endpoint=NOWHERE), service="sender"),
    ):
        pass

    assert tracer() is None


def test_a_span_goes_on_from_its_parent_and_tells_of_itself() -> None:
    recording, theirs = Recording(), new_traceparent()

    span = recording.tracer.begin("send message", SpanKind.CLIENT, parent=theirs, attributes={"one": 1})
    span.end({"two": "2"}, name="sent", error="session_down")

    (exported,) = recording.spans()
    assert trace_id(span.traceparent) == trace_id(theirs)
    assert exported.parent is not None
    assert f"{exported.parent.span_id:016x}" == theirs.split("-")[2]
    assert exported.name == "sent"
    assert dict(exported.attributes or {}) == {"one": 1, "two": "2", "error.type": "session_down"}
    assert not exported.status.is_ok
    assert exported.resource.attributes["service.name"] == "truesend-sender"


@pytest.mark.parametrize("parent", [None, "nonsense", f"00-{'0' * 32}-{'1' * 16}-01"])
def test_without_a_parent_a_trace_begins(parent: str | None) -> None:
    recording = Recording(otel_service_name="ours")

    span = recording.tracer.begin("dispatch message", SpanKind.INTERNAL, parent=parent)
    span.end()

    (exported,) = recording.spans()
    assert exported.parent is None
    assert trace_id(span.traceparent) is not None
    assert exported.resource.attributes["service.name"] == "ours"


@pytest.mark.parametrize(
    ("sampler", "argument", "parent", "is_sampled"),
    [
        ("parentbased_always_on", 1.0, UNSAMPLED, False),
        ("parentbased_always_on", 1.0, None, True),
        ("parentbased_traceidratio", 0.0, None, False),
        ("parentbased_traceidratio", 0.0, UNSAMPLED.removesuffix("00") + "01", True),
        ("parentbased_always_off", 1.0, None, False),
        ("traceidratio", 0.0, UNSAMPLED.removesuffix("00") + "01", False),
        ("traceidratio", 1.0, None, True),
        ("always_on", 1.0, UNSAMPLED, True),
        ("always_off", 1.0, None, False),
    ],
)
def test_the_flag_that_is_passed_on_says_whether_it_was_recorded(
    sampler: str, argument: float, parent: str | None, is_sampled: bool
) -> None:
    recording = Recording(otel_traces_sampler=sampler, otel_traces_sampler_arg=argument)

    span = recording.tracer.begin("anything", SpanKind.INTERNAL, parent=parent)
    span.end()

    assert bool(int(span.traceparent[-2:], 16) & 1) == is_sampled
    assert len(recording.spans()) == is_sampled


def test_what_fails_within_a_span_is_told_by_its_type_and_not_by_its_words() -> None:
    recording = Recording()

    with (
        pytest.raises(ValueError, match="canary"),
        spanning(recording.tracer, "ask", SpanKind.CLIENT, parent=None),
    ):
        raise ValueError("canary words")

    (exported,) = recording.spans()
    assert dict(exported.attributes or {}) == {"error.type": "ValueError"}
    assert exported.events == ()
    assert "canary" not in exported.to_json()


def test_what_is_called_within_a_span_finds_it_and_nobody_else_does() -> None:
    recording = Recording()

    with spanning(recording.tracer, "ask", SpanKind.CLIENT, parent=None):
        inside = parent_here()
    recording.spans()

    assert trace_id(inside) is not None
    assert parent_here() is None


def test_a_collector_that_fails_is_logged_once_without_words_and_once_when_it_is_back() -> None:
    failing = Failing()
    told = ToldOnce(failing, service="sender")

    with capture_logs() as logged:
        assert {told.export([]) for _ in range(3)} == {SpanExportResult.FAILURE}
        failing.is_well = True
        assert {told.export([]) for _ in range(3)} == {SpanExportResult.SUCCESS}

    assert [entry["log_level"] for entry in logged] == ["warning", "info"]
    assert "canary" not in str(logged)


def test_a_collector_that_hangs_keeps_no_service_from_ending() -> None:
    hanging = Hanging()
    traces = OtlpTracer(settings(), service="sender", exporter=hanging)
    traces.begin("anything", SpanKind.INTERNAL, parent=None).end()

    closing = threading.Thread(target=traces.close, kwargs={"within_s": 0.1})
    closing.start()
    closing.join(10)
    is_over = not closing.is_alive()
    hanging.is_over.set()

    assert is_over
