"""Requests to verify a session, as this service makes them itself."""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from uuid import UUID

import structlog

from truesend.broker.publisher import Publisher, PublishError, Record
from truesend.contracts.events import VerifyReason, VerifySession
from truesend.contracts.topics import SESSION_VERIFY

BETWEEN_REQUESTS_S = 1.0
REMEMBERED = 10_000

log = structlog.get_logger(__name__)


def verify_request(session_id: UUID, organization_id: UUID, reason: VerifyReason) -> Record:
    """The record that asks for one session."""
    now = datetime.now(UTC)
    request = VerifySession(session_id=session_id, organization_id=organization_id, reason=reason, requested_at=now)
    return Record(
        topic=SESSION_VERIFY,
        key=session_id,
        body=request.model_dump_json().encode(),
        event_type="session.verify",
        time=now,
        begins_trace=True,
    )


class Doubts:
    """Has gateways asked about sessions of which something doubtful was heard: in the background, each once a second at
    most. A request that is lost is made up for by the sweep."""

    def __init__(self, publisher: Publisher, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._publisher = publisher
        self._clock = clock
        self._asked_at: dict[UUID, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, sessions: Iterable[tuple[UUID, UUID]], reason: VerifyReason) -> None:
        """Ask for these sessions (id, organisation)."""
        now = self._clock()
        wanted = [
            (session_id, organization_id)
            for session_id, organization_id in dict.fromkeys(sessions)
            if now - self._asked_at.get(session_id, -BETWEEN_REQUESTS_S) >= BETWEEN_REQUESTS_S
        ]
        if not wanted:
            return
        if len(self._asked_at) > REMEMBERED:
            self._asked_at.clear()
        self._asked_at.update((session_id, now) for session_id, _ in wanted)
        task = asyncio.create_task(self._publish([verify_request(*session, reason) for session in wanted]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, *, within_s: float) -> None:
        """Let what is on its way arrive, for a while."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()

    async def _publish(self, records: list[Record]) -> None:
        try:
            await self._publisher.publish(records)
        except PublishError as error:
            log.warning("requests to verify were not published", error=str(error))
