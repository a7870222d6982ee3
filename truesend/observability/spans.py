"""Spans: what a trace shows, where traces are exported.

Whoever has something to show asks for the process's ``tracer()``, and goes on without where there is none: then nothing is
made, and nothing of OpenTelemetry is loaded. What a span is told is chosen word by word where it is made: ids, names of ours,
types and counts. Never a text, a number, a key, a path, or the words of an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final, Protocol

Attributes = Mapping[str, str | int]
NOTHING: Final[Attributes] = {}


class SpanKind(StrEnum):
    """Which end of which conversation a span is. Source: OpenTelemetry, Trace API, "SpanKind"."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class Span(Protocol):
    """Something that has begun."""

    @property
    def traceparent(self) -> str:
        """What makes others' spans children of this one."""
        ...

    def end(self, attributes: Attributes = NOTHING, *, name: str | None = None, error: str | None = None) -> None:
        """It is over. ``name`` replaces the one that it began with; ``error`` is a type, never words."""
        ...


class Tracer(Protocol):
    """Makes spans."""

    def begin(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None,
        attributes: Attributes = NOTHING,
        began_ns: int | None = None,
    ) -> Span:
        """A span that begins now, or began at ``began_ns`` (nanoseconds since 1970), under the span that the traceparent
        ``parent`` names; the first of a trace without one."""
        ...


class _Process:
    """One tracer for all of a process, as its metrics are."""

    tracer: Tracer | None = None


_process = _Process()
_around: ContextVar[str | None] = ContextVar("span_around", default=None)


def tracer() -> Tracer | None:
    """What makes this process's spans; None where traces are not exported."""
    return _process.tracer


def use_tracer(tracer: Tracer | None) -> None:
    """Make spans by it from now on."""
    _process.tracer = tracer


class Ending:
    """What a span is told at its end."""

    def __init__(self) -> None:
        self.attributes: dict[str, str | int] = {}
        self.error: str | None = None


@contextmanager
def spanning(
    traces: Tracer, name: str, kind: SpanKind, *, parent: str | None, attributes: Attributes = NOTHING
) -> Iterator[Ending]:
    """A span around what is done in here, which finds it by ``parent_here``."""
    span, ending = traces.begin(name, kind, parent=parent, attributes=attributes), Ending()
    try:
        with within(span):
            yield ending
    except BaseException as raised:
        ending.error = type(raised).__name__
        raise
    finally:
        span.end(ending.attributes, error=ending.error)


@contextmanager
def ending(spans: Sequence[Span | None]) -> Iterator[None]:
    """End these when what is done in here is over, however it ends."""
    error: str | None = None
    try:
        yield
    except BaseException as raised:
        error = type(raised).__name__
        raise
    finally:
        for span in spans:
            if span is not None:
                span.end(error=error)


@contextmanager
def within(span: Span) -> Iterator[None]:
    """What is called in here may find it by ``parent_here``."""
    token = _around.set(span.traceparent)
    try:
        yield
    finally:
        _around.reset(token)


def parent_here() -> str | None:
    """The traceparent of the span that we are called in."""
    return _around.get()
