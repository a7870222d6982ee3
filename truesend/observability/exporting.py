"""Exporting traces by OTLP, where OTEL_EXPORTER_OTLP_ENDPOINT says where to."""

from collections.abc import Iterator
from contextlib import contextmanager

from truesend.observability.spans import use_tracer
from truesend.settings import Settings, SettingsError

CLOSE_S = 2.0


@contextmanager
def traces_exported(settings: Settings, *, service: str) -> Iterator[None]:
    """Export the spans that are made in here, if the settings say so. What is left at the end has ``CLOSE_S`` to get out.

    Raises SettingsError where the packages for it are not installed, or refuse a setting that only they read.
    """
    if settings.otel_exporter_otlp_endpoint is None or settings.otel_sdk_disabled:
        yield
        return
    try:
        from truesend.observability.otlp import OtlpTracer  # OpenTelemetry: only where it exports
    except ImportError:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT: the packages that export traces are not installed; "
            "run pip install 'truesend[traces]', or leave it unset"
        ) from None
    try:
        tracer = OtlpTracer(settings, service=service)
    except ValueError:
        raise SettingsError(
            "OTEL_BSP_…, OTEL_…_LIMIT: OpenTelemetry's SDK takes one of them for wrong; write whole numbers, and "
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE no larger than OTEL_BSP_MAX_QUEUE_SIZE"
        ) from None
    use_tracer(tracer)
    try:
        yield
    finally:
        use_tracer(None)
        tracer.close(within_s=CLOSE_S)
