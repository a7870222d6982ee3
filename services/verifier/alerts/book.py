"""The book of episodes: raised and resolved, in one transaction with what is to be posted, by whoever comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from services.verifier.alerts.episodes import Kind, Raised, Resolved, State
from truesend.store.queries import load_queries

ALERTS = Counter("truesend_alerts", "Alerts raised and resolved.", ["kind", "state"])

_TYPES = {
    Kind.SESSION_DOWN: "session.down",
    Kind.SESSION_SILENT: "session.silent",
    Kind.MESSAGES_WAITING: "messages.waiting",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Subject:
    """The session of an alert, as it is told: no number, and nothing of what its messages say."""

    organization_id: UUID
    display_name: str | None
    gateway: str | None
    status: str | None
    last_error: str | None
    messages_waiting: int

    @property
    def details(self) -> dict[str, object]:
        """What an alert tells of it."""
        return {
            "display_name": self.display_name,
            "gateway": self.gateway,
            "status": self.status,
            "last_error": self.last_error,
            "messages_waiting": self.messages_waiting,
        }


class Book:
    """Writes episodes. ``posts``: whether somebody wants them posted."""

    def __init__(self, pool: asyncpg.Pool, *, posts: bool) -> None:
        self._pool = pool
        self._posts = posts
        self._queries = load_queries("verifier")

    async def write(self, changes: Sequence[Raised | Resolved], subjects: Mapping[UUID, Subject]) -> bool:
        """Raise and resolve. Returns whether anything is to be posted."""
        raised = [change for change in changes if isinstance(change, Raised) and change.session_id in subjects]
        resolved = [change for change in changes if isinstance(change, Resolved)]
        if not raised and not resolved:
            return False
        async with self._pool.acquire() as connection, connection.transaction():
            alerts = [
                *((State.RAISED, dict(record)) for record in await self._raise(connection, raised, subjects)),
                *((State.RESOLVED, dict(record)) for record in await self._resolve(connection, resolved, subjects)),
            ]
            if self._posts and alerts:
                await self._queries["post_alerts"].execute(
                    connection,
                    alert_ids=[record["id"] for _, record in alerts],
                    states=[str(state) for state, _ in alerts],
                    bodies=[body(state, record) for state, record in alerts],
                )
        for state, record in alerts:
            _say(state, record)
        return bool(alerts) and self._posts

    async def _raise(
        self, connection: Any, raised: Sequence[Raised], subjects: Mapping[UUID, Subject]
    ) -> list[asyncpg.Record]:
        if not raised:
            return []
        ordered = sorted(raised, key=lambda each: (each.session_id, each.kind))
        return await self._queries["raise_alerts"].fetch(
            connection,
            kinds=[str(each.kind) for each in ordered],
            session_ids=[each.session_id for each in ordered],
            sinces=[each.since for each in ordered],
            organization_ids=[subjects[each.session_id].organization_id for each in ordered],
            details=[subjects[each.session_id].details for each in ordered],
        )

    async def _resolve(
        self, connection: Any, resolved: Sequence[Resolved], subjects: Mapping[UUID, Subject]
    ) -> list[asyncpg.Record]:
        if not resolved:
            return []
        known = {each.alert_id: subjects.get(each.session_id) for each in resolved}
        return await self._queries["resolve_alerts"].fetch(
            connection,
            ids=list(known),
            details=[subject.details if subject else {"messages_waiting": 0} for subject in known.values()],
        )


def body(state: State, alert: Mapping[str, Any]) -> dict[str, object]:
    """What is posted: the shape that Standard Webhooks recommends."""
    at: datetime = alert["raised_at"] if state is State.RAISED else alert["resolved_at"]
    return {
        "type": f"{_TYPES[Kind(alert['kind'])]}.{state}",
        "timestamp": at.isoformat(),
        "data": {
            "alert_id": str(alert["id"]),
            "kind": alert["kind"],
            "state": str(state),
            "organization_id": str(alert["organization_id"]),
            "session_id": str(alert["session_id"]),
            "since": alert["since"].isoformat(),
            "raised_at": alert["raised_at"].isoformat(),
            "resolved_at": alert["resolved_at"].isoformat() if alert["resolved_at"] else None,
            **alert["details"],
        },
    }


def _say(state: State, alert: Mapping[str, Any]) -> None:
    ALERTS.labels(alert["kind"], str(state)).inc()
    tell = log.warning if state is State.RAISED else log.info
    tell(
        f"alert {state}",
        kind=alert["kind"],
        session_id=str(alert["session_id"]),
        organization_id=str(alert["organization_id"]),
        since=alert["since"].isoformat(),
        last_error=alert["details"].get("last_error"),
        messages_waiting=alert["details"].get("messages_waiting"),
    )
