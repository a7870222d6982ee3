"""Answers that nobody wrote a row for: counted, and shown once per shape, fit for a bug report."""

from typing import Final

import structlog
from prometheus_client import Counter

from truesend.gateways.answers import Said

UNKNOWN_ANSWERS = Counter(
    "truesend_gateway_unknown_answers", "Answers of gateways that fit no row of their tables.", ["gateway", "call"]
)
_SHAPES_LOGGED: Final = 200
_DEPTH: Final = 3
_NAMES: Final = 20

log = structlog.get_logger(__name__)


class UnknownAnswers:
    """One gateway's. Each shape is logged once; after so many shapes none is, since they are no shapes then."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._shapes: set[str] = set()

    def note(self, call: str, shape: str, sample: str) -> None:
        """Count one. ``sample`` is redacted already."""
        UNKNOWN_ANSWERS.labels(self._gateway, call).inc()
        key = f"{call} {shape}"
        if key in self._shapes or len(self._shapes) >= _SHAPES_LOGGED:
            return
        self._shapes.add(key)
        log.warning(
            "a gateway said something that Truesend does not know; please report it",
            gateway=self._gateway,
            call=call,
            shape=shape,
            sample=sample,
        )


def shape_of(said: Said) -> str:
    """What two answers of the same kind have in common: the status, and the names and types in the body."""
    return f"HTTP {said.status} {_shape(said.json, 0)}"


def _shape(value: object, depth: int) -> str:
    match value:
        case dict() if depth < _DEPTH:
            names = sorted(str(name)[:40] for name in value)[:_NAMES]
            return "{" + ", ".join(f"{name}: {_shape(value.get(name), depth + 1)}" for name in names) + "}"
        case list() if depth < _DEPTH:
            return f"[{_shape(value[0], depth + 1)}]" if value else "[]"
        case _:
            return type(value).__name__
