"""What a session's readers are told: facts for the history, and notices that are not history."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

import structlog

from services.verifier.check import Check, Sighting
from services.verifier.plan import Fact
from services.verifier.reconcile import SessionRow
from truesend.broker.publisher import Publisher, PublishError, Record
from truesend.contracts.events import SessionFact
from truesend.contracts.topics import SESSION_EVENTS

VERIFYING = "session.verifying"
VERIFIED = "session.verified"
PUBLISH_TIMEOUT_S = 5.0
SLICE = 200

log = structlog.get_logger(__name__)


def fact_payload(fact: Fact, occurred_at: datetime) -> dict[str, object]:
    """The body of a fact without its position, which the relay gives. ``paired`` is false for one never connected."""
    body = session_fact(fact.row, fact.type, occurred_at, before=fact.before)
    return body.model_dump(mode="json", exclude={"position", "type"}) | {"paired": fact.row.was_paired}


def session_fact(
    row: SessionRow, event_type: str, occurred_at: datetime, *, before: SessionRow | None = None
) -> SessionFact:
    """The contract's view of a row, and of what it was before where that has changed."""
    return SessionFact(
        id=row.id,
        organization_id=row.organization_id,
        type=event_type,
        status=row.status,
        version=row.version,
        occurred_at=occurred_at,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
        last_verified_at=row.last_verified_at,
        phone_number=row.phone_number,
        previous_status=before.status if before else None,
        previously_verified_at=before.last_verified_at if before else None,
        silent_since=row.silence.since if row.silence else None,
    )


class Notices:
    """Publishes notices in the background. Losing one costs a page its spinner, and nothing else."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._tasks: set[asyncio.Task[None]] = set()

    def verifying(self, checks: Iterable[Check]) -> None:
        """Somebody is asking for these sessions now."""
        self._publish([(VERIFYING, check.row, check.traceparent) for check in checks])

    def verified(self, sightings: Iterable[tuple[Sighting, SessionRow]]) -> None:
        """These sessions were looked at, and nothing changed."""
        self._publish([(VERIFIED, row, sighting.traceparent) for sighting, row in sightings])

    async def close(self, *, within_s: float) -> None:
        """Let what is on its way arrive, for a while."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()

    def _publish(self, notices: list[tuple[str, SessionRow, str | None]]) -> None:
        if not notices:
            return
        now = datetime.now(UTC)
        records = [
            Record(
                topic=SESSION_EVENTS,
                key=row.id,
                body=session_fact(row, event_type, now).model_dump_json().encode(),
                event_type=event_type,
                time=now,
                traceparent=traceparent,
            )
            for event_type, row, traceparent in notices
        ]
        task = asyncio.create_task(self._confirmed(records))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _confirmed(self, records: list[Record]) -> None:
        """Publish a slice at a time: gateways' answers that come in between are not kept waiting."""
        try:
            for start in range(0, len(records), SLICE):
                await self._publisher.publish(records[start : start + SLICE], timeout_s=PUBLISH_TIMEOUT_S)
        except PublishError as error:
            log.warning("notices were not published", error=str(error))
