"""A check: one session being asked for at its gateway, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.verifier.reconcile import SessionRow
from truesend.gateways.protocol import Observation


@dataclass(frozen=True, slots=True)
class Check:
    """A claimed check. Only the holder of ``token`` may finish it; ``row`` is the session as it was at the claim.

    ``claimed_at`` is the database's time of the claim and ``claimed_monotonic_s`` ours, taken later: the difference
    gives the time of asking on the database's clock, never later than it was.
    """

    row: SessionRow
    token: UUID
    claimed_at: datetime
    claimed_monotonic_s: float
    is_news: bool
    traceparent: str | None

    @property
    def session_id(self) -> UUID:
        """Whose check it is."""
        return self.row.id

    def database_time(self, monotonic_s: float) -> datetime:
        """What the database's clock showed at a moment of our monotonic clock, or a little less."""
        return self.claimed_at + timedelta(seconds=max(0.0, monotonic_s - self.claimed_monotonic_s))


@dataclass(frozen=True, slots=True)
class Finding:
    """What the gateway said, and when (on the database's clock) it was asked."""

    check: Check
    observation: Observation
    asked_at: datetime
