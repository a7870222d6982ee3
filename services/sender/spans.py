"""What the sender shows of a message's way, where traces are exported. Never whom it is for, nor what it says."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.sender.attempt import FinishedAttempt
from truesend.gateways.protocol import TAKEN, Gateway, LookupResult, Outcome, OutgoingMessage
from truesend.observability.spans import Span, SpanKind, Tracer, spanning, tracer


def dispatch_span(traces: Tracer, row: asyncpg.Record, *, parent: str | None, began_ns: int) -> Span:
    """From the look for what is due until the message is claimed, and on record as such."""
    attributes = _about(row["message_id"], row["session_id"], row["gateway"])
    return traces.begin(
        "dispatch message",
        SpanKind.INTERNAL,
        parent=parent,
        attributes={**attributes, "truesend.organization.id": str(row["organization_id"])},
        began_ns=began_ns,
    )


async def shown_send(gateway: Gateway, message: OutgoingMessage, session_id: UUID, *, parent: str | None) -> Outcome:
    """The gateway's ``send``; below its span, the requests that it takes."""
    traces = tracer()
    if traces is None:
        return await gateway.send(message)
    attributes = _about(message.message_id, session_id, gateway.config.name)
    with spanning(traces, "send message", SpanKind.INTERNAL, parent=parent, attributes=attributes) as ending:
        outcome = await gateway.send(message)
        ending.attributes["truesend.outcome"] = str(outcome.kind)
        if outcome.http_status is not None:
            ending.attributes["http.response.status_code"] = outcome.http_status
        if outcome.kind not in TAKEN:
            ending.error = str(outcome.kind)
        return outcome


async def shown_lookup(
    gateway: Gateway, message: OutgoingMessage, session_id: UUID, *, parent: str | None
) -> LookupResult:
    """The gateway's ``lookup``; below its span, the requests that it takes."""
    traces = tracer()
    if traces is None:
        return await gateway.lookup(message)
    attributes = _about(message.message_id, session_id, gateway.config.name)
    with spanning(traces, "look up message", SpanKind.INTERNAL, parent=parent, attributes=attributes) as ending:
        result = await gateway.lookup(message)
        ending.attributes["truesend.verdict"] = str(result.verdict)
        return result


def show_written(batch: Sequence[FinishedAttempt], *, began_ns: int) -> None:
    """What became of these attempts is written, by one statement that began then."""
    traces = tracer()
    if traces is None:
        return
    for finished in batch:
        if finished.attempt.traceparent is not None:
            traces.begin(
                "write outcome",
                SpanKind.CLIENT,
                parent=finished.attempt.traceparent,
                attributes={"db.system.name": "postgresql", "db.operation.batch.size": len(batch)},
                began_ns=began_ns,
            ).end()


def _about(message_id: UUID, session_id: UUID, gateway: str) -> dict[str, str | int]:
    return {
        "truesend.message.id": str(message_id),
        "truesend.session.id": str(session_id),
        "truesend.gateway": gateway,
    }
