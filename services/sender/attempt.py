"""One attempt: what is sent, what was started, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from truesend.gateways.protocol import Outcome, OutgoingMessage


@dataclass(frozen=True, slots=True)
class StartedAttempt:
    """An attempt that passed the start fence: it may be sent, once."""

    message: OutgoingMessage
    organization_id: UUID
    session_id: UUID
    gateway: str
    lease_token: UUID
    claimed_at: datetime
    started_at: datetime
    failed_attempts: int
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class FinishedAttempt:
    """An attempt and its outcome."""

    attempt: StartedAttempt
    outcome: Outcome


def outgoing(row: asyncpg.Record, *, reserved_id: str | None) -> OutgoingMessage:
    """What a statement that starts a send says of the message."""
    return OutgoingMessage(
        message_id=row["id"],
        gateway_session_id=row["gateway_session_id"],
        recipient=row["recipient"],
        text=row["message_content"],
        media_url=row["media_url"],
        media_type=row["media_type"],
        reserved_id=reserved_id,
    )
