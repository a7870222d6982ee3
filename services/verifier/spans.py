"""What the verifier shows of a check, where traces are exported."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from uuid import UUID

from services.verifier.check import Check, Sighting
from truesend.gateways.protocol import Gateway, Observation, ObservedState
from truesend.observability.spans import Ending, SpanKind, Tracer, spanning, tracer
from truesend.observability.tracing import new_traceparent


async def shown_status(gateway: Gateway, check: Check) -> Observation:
    """The gateway's ``status``; below its span, the requests that it takes."""
    traces = tracer()
    if traces is None:
        return await gateway.status(check.row.gateway_session_id)
    with _asking(traces, check) as ending:
        return _told(ending, await gateway.status(check.row.gateway_session_id))


async def shown_statuses(
    gateway: Gateway, wanted: Collection[str], checks: Sequence[Check]
) -> Mapping[str, Observation]:
    """The gateway's ``statuses``: a span for each check, since each is of a trace of its own. The request that answers all
    of them is below the last."""
    traces = tracer()
    if traces is None:
        return await gateway.statuses(wanted)
    with ExitStack() as spans:
        endings = [spans.enter_context(_asking(traces, check)) for check in checks]
        seen = await gateway.statuses(wanted)
        for check, ending in zip(checks, endings, strict=True):
            ending.attributes["truesend.gateway.sessions"] = len(checks)
            if (observation := seen.get(check.row.gateway_session_id)) is not None:
                _told(ending, observation)
        return seen


def show_written(sightings: Sequence[Sighting], *, began_ns: int) -> None:
    """What was seen is written, in one transaction that began then."""
    traces = tracer()
    if traces is None:
        return
    for sighting in sightings:
        if sighting.traceparent is not None:
            traces.begin(
                "write session",
                SpanKind.CLIENT,
                parent=sighting.traceparent,
                attributes={
                    "db.system.name": "postgresql",
                    "db.operation.batch.size": len(sightings),
                    "truesend.session.id": str(sighting.session_id),
                },
                began_ns=began_ns,
            ).end()


def first_traceparent(name: str, session_id: UUID) -> str:
    """A new trace, whose first span says what we came upon by ourselves."""
    traces = tracer()
    if traces is None:
        return new_traceparent()
    span = traces.begin(name, SpanKind.INTERNAL, parent=None, attributes={"truesend.session.id": str(session_id)})
    span.end()
    return span.traceparent


def _asking(traces: Tracer, check: Check) -> AbstractContextManager[Ending]:
    return spanning(
        traces,
        "ask for session",
        SpanKind.INTERNAL,
        parent=check.traceparent,
        attributes={
            "truesend.session.id": str(check.session_id),
            "truesend.organization.id": str(check.row.organization_id),
            "truesend.gateway": check.row.gateway,
        },
    )


def _told(ending: Ending, observation: Observation) -> Observation:
    ending.attributes["truesend.session.state"] = str(observation.state)
    if observation.state is ObservedState.CANNOT_TELL:
        ending.error = str(observation.state)
    return observation
