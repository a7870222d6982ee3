"""What became of webhooks, counted: as metrics at once, in Postgres once a second at most, however many come."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prometheus_client import Counter

from services.api.database import Database
from services.api.problems import DatabaseAway
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop
from truesend.store.queries import Query

RECEIVED = Counter("truesend_webhooks_received", "Authentic webhooks, by what they tell.", ["gateway", "event"])
REFUSED = Counter("truesend_webhooks_refused", "Webhooks that were not taken.", ["gateway", "reason"])
RECENT = 100
WRITE_EVERY_S = 1.0
IDLE_S = 5.0
NO_GATEWAY = "unknown"


@dataclass(slots=True)
class _Accepted:
    count: int = 0
    without_use: int = 0
    last_at: datetime | None = None


@dataclass(slots=True)
class _Refused:
    first_at: datetime
    last_at: datetime
    count: int = 0


@dataclass(slots=True)
class _Seen:
    """What was seen and is not written yet."""

    accepted: dict[str, _Accepted] = field(default_factory=dict)
    refused: dict[tuple[str, str], _Refused] = field(default_factory=dict)
    recent: dict[str, deque[tuple[str, datetime, str | None]]] = field(default_factory=dict)

    def is_empty(self) -> bool:
        return not self.accepted and not self.refused


class Tally:
    """One process's counts."""

    def __init__(self, database: Database, queries: Mapping[str, Query], heartbeats: Heartbeats) -> None:
        self._database = database
        self._note = queries["note_webhooks"]
        self._prune = queries["prune_refusals"]
        self._seen = _Seen()
        self._is_writing = False
        self._loop = Loop("webhook tally", self._write, heartbeats)

    def start(self) -> None:
        """Begin to write."""
        self._loop.start()

    async def stop(self) -> None:
        """Write no more."""
        await self._loop.stop(within_s=1)

    def accepted(self, gateway: str, event: str, at: datetime, *, of_use: bool) -> None:
        """An authentic webhook was taken."""
        RECEIVED.labels(gateway, event).inc()
        counted = self._seen.accepted.setdefault(gateway, _Accepted())
        counted.count += 1
        counted.without_use += not of_use
        counted.last_at = at
        self._soon()

    def refused(self, gateway: str, reason: str, at: datetime, address: str | None) -> None:
        """A webhook was not taken. One for a gateway that is not ours is a metric only: anybody could name any."""
        REFUSED.labels(gateway, reason).inc()
        if gateway == NO_GATEWAY:
            return
        counted = self._seen.refused.setdefault((gateway, reason), _Refused(at, at))
        counted.count += 1
        counted.last_at = at
        self._seen.recent.setdefault(gateway, deque(maxlen=RECENT)).append((reason, at, address))
        self._soon()

    def _soon(self) -> None:
        """The first of many wakes the loop; the others wait for its next pass."""
        if not self._is_writing:
            self._is_writing = True
            self._loop.wake()

    async def _write(self) -> float:
        if self._seen.is_empty():
            self._is_writing = False
            return IDLE_S
        seen, self._seen = self._seen, _Seen()
        try:
            await self._write_seen(seen)
        except DatabaseAway:
            self._seen = _merged(seen, self._seen)
        return WRITE_EVERY_S

    async def _write_seen(self, seen: _Seen) -> None:
        async with self._database.unbound() as connection, connection.transaction():
            await self._note.fetchval(connection, **_columns(seen))
            if seen.recent:
                await self._prune.execute(connection, gateways=sorted(seen.recent))


def _merged(older: _Seen, newer: _Seen) -> _Seen:
    for gateway, accepted in newer.accepted.items():
        counted = older.accepted.setdefault(gateway, _Accepted())
        counted.count += accepted.count
        counted.without_use += accepted.without_use
        counted.last_at = accepted.last_at
    for key, refused in newer.refused.items():
        known = older.refused.setdefault(key, _Refused(refused.first_at, refused.last_at))
        known.count += refused.count
        known.last_at = refused.last_at
    for gateway, recent in newer.recent.items():
        older.recent.setdefault(gateway, deque(maxlen=RECENT)).extend(recent)
    return older


def _columns(seen: _Seen) -> dict[str, list[Any]]:
    """Rows in the order of their keys, so that two processes never wait for each other in a circle."""
    accepted, refused = sorted(seen.accepted.items()), sorted(seen.refused.items())
    recent = [(gateway, *entry) for gateway in sorted(seen.recent) for entry in seen.recent[gateway]]
    return {
        "gateways": [gateway for gateway, _ in accepted],
        "accepted": [counted.count for _, counted in accepted],
        "last_ats": [counted.last_at for _, counted in accepted],
        "without_use": [counted.without_use for _, counted in accepted],
        "refused_gateways": [gateway for (gateway, _), _ in refused],
        "reasons": [reason for (_, reason), _ in refused],
        "refused": [counted.count for _, counted in refused],
        "first_ats": [counted.first_at for _, counted in refused],
        "refused_last_ats": [counted.last_at for _, counted in refused],
        "recent_gateways": [gateway for gateway, _, _, _ in recent],
        "recent_reasons": [reason for _, reason, _, _ in recent],
        "recent_ats": [at for _, _, at, _ in recent],
        "addresses": [address for _, _, _, address in recent],
    }
