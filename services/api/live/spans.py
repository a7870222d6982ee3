"""The end of a trace: a fact is on its way to whoever listens."""

from collections.abc import Iterable

from services.api.live.frames import Frame
from truesend.observability.spans import SpanKind, tracer


def show_streamed(frames: Iterable[Frame], *, clients: int, began_ns: int) -> None:
    """These were handed to so many clients of one organisation; that began then."""
    traces = tracer()
    if traces is None:
        return
    for frame in frames:
        if frame.traceparent is not None:
            traces.begin(
                f"stream {frame.kind}",
                SpanKind.INTERNAL,
                parent=frame.traceparent,
                attributes={
                    "truesend.live.clients": clients,
                    "truesend.organization.id": str(frame.organization_id),
                },
                began_ns=began_ns,
            ).end()
