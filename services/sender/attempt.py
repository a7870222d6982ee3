"""One attempt: what was started, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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
