"""What is seen of sessions: checks that we make of them, and what gateways say by themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.verifier.reconcile import SessionRow, status_of
from truesend.gateways.protocol import Observation


@dataclass(frozen=True, slots=True)
class Check:
    """A claimed check. Only the holder of ``token`` may finish it; ``row`` is the session as it was at the claim.

    ``claimed_at`` is the database's time of the claim and ``claimed_monotonic_s`` ours, taken later: the difference
    gives the time of asking on the database's clock, never later than it was. ``waited_s`` is how long before the claim the
    check was wanted, by the clocks of who wanted it and of this process: for the metrics, and for nothing else.
    """

    row: SessionRow
    token: UUID
    claimed_at: datetime
    claimed_monotonic_s: float
    is_news: bool
    traceparent: str | None
    waited_s: float = 0.0

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

    @property
    def row(self) -> SessionRow:
        """The session as it was before."""
        return self.check.row

    @property
    def session_id(self) -> UUID:
        """Whose it is."""
        return self.check.row.id

    @property
    def traceparent(self) -> str | None:
        """Whose request it answers."""
        return self.check.traceparent


@dataclass(frozen=True, slots=True)
class Told:
    """What a gateway said by itself. ``asked_at`` is when we were told, on the database's clock; ``occurred_at`` is the
    gateway's own time, which orders what it says about one session and nothing else; ``heard_until`` is that of the newest
    one that said nothing new, and was not written. ``row`` is the session before."""

    row: SessionRow
    observation: Observation
    asked_at: datetime
    occurred_at: datetime | None
    traceparent: str | None
    heard_until: datetime | None = None

    @property
    def session_id(self) -> UUID:
        """Whose it is."""
        return self.row.id

    def is_outdated(self, row: SessionRow) -> bool:
        """Whether it is no news: the gateway was asked since, or told of something that happened later, or of this."""
        if row.last_verified_at is not None and self.asked_at < row.last_verified_at:
            return True
        known = [at for at in (row.webhook_at, self.heard_until) if at is not None]
        return self.occurred_at is not None and any(self.occurred_at <= at for at in known)

    def contradicts(self, row: SessionRow) -> bool:
        """Whether it says something else than the row."""
        return status_of(self.observation.state) != row.status


Sighting = Finding | Told
