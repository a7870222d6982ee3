"""Asking for a verification at once, when a send found its session down. Without Kafka the verifier's sweep will."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog

from truesend.broker.publisher import Publisher, PublishError, Record
from truesend.contracts.events import VerifyReason, VerifySession
from truesend.contracts.topics import SESSION_VERIFY

PUBLISH_TIMEOUT_S = 3.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionInDoubt:
    """A session that a send, or a callback, found down."""

    session_id: UUID
    organization_id: UUID
    traceparent: str | None = None


async def ask_for_verification(publisher: Publisher, sessions: Iterable[SessionInDoubt]) -> None:
    """One command per session. Never raises for a broker that is away."""
    once = {session.session_id: session for session in sessions}
    now = datetime.now(UTC)
    try:
        await publisher.publish([_record(session, now) for session in once.values()], timeout_s=PUBLISH_TIMEOUT_S)
    except PublishError as error:
        log.warning("a verification could not be asked for", error=str(error))


def _record(session: SessionInDoubt, now: datetime) -> Record:
    command = VerifySession(
        session_id=session.session_id,
        organization_id=session.organization_id,
        reason=VerifyReason.FAILED_SEND,
        requested_at=now,
    )
    return Record(
        topic=SESSION_VERIFY,
        key=session.session_id,
        body=command.model_dump_json().encode(),
        event_type="session.verify",
        time=now,
        traceparent=session.traceparent,
        begins_trace=True,
    )
