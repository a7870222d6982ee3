"""Watching: who is down, silent or well again, every one and a half seconds; whose messages wait too long, now and then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from prometheus_client import Gauge

from services.verifier.alerts.book import Book, Subject
from services.verifier.alerts.episodes import Kind, Situation, episodes
from truesend.store.queries import load_queries

OPEN = Gauge("truesend_alerts_open", "Alerts that are raised and not resolved.", ["kind"])
SESSIONS_PAGE = 500
MESSAGES_PAGE = 2_000
REMEMBERED = 50_000
LONGEST_REST_S = 1.5
SHORTEST_REST_S = 0.2
LONGEST_ROUND_REST_S = 15.0
BETWEEN_PAGES_S = 0.05
COUNT_EVERY_S = 10.0
_FIRST = UUID(int=0)
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Times of alerts in seconds, and the organisations that messages are sent for (None: all)."""

    debounce_s: float
    waiting_s: float
    organizations: Sequence[UUID] | None


class SessionWatch:
    """Raises and resolves what is about sessions. ``one_pass`` is run by a Loop."""

    def __init__(self, pool: asyncpg.Pool, book: Book, policy: AlertPolicy, *, posted: Callable[[], None]) -> None:
        self._pool = pool
        self._book = book
        self._policy = policy
        self._posted = posted
        self._queries = load_queries("verifier")
        self._open_up_to = _FIRST
        self._rest_s = min(max(policy.debounce_s / 4, SHORTEST_REST_S), LONGEST_REST_S)

    async def one_pass(self) -> float:
        """Look at the sessions that are newly down or silent, and at a page of the open alerts. Returns the rest."""
        rows = await self._queries["alert_situations"].fetch(
            self._pool, debounce_s=self._policy.debounce_s, after_id=self._open_up_to, row_limit=SESSIONS_PAGE
        )
        self._open_up_to = (rows[0]["more_after"] if rows else None) or _FIRST
        changes = [change for row in rows for change in episodes(_situation(row), debounce_s=self._policy.debounce_s)]
        if await self._book.write(changes, {row["session_id"]: _subject(row) for row in rows if not row["is_gone"]}):
            self._posted()
        return BETWEEN_PAGES_S if len(changes) >= SESSIONS_PAGE else self._rest_s

    async def count_open(self) -> float:
        """Set the gauge. Returns the rest."""
        rows = await self._queries["count_open_alerts"].fetch(self._pool)
        counts = {row["kind"]: row["alerts"] for row in rows}
        for kind in Kind:
            OPEN.labels(str(kind)).set(counts.get(str(kind), 0))
        return COUNT_EVERY_S


@dataclass(slots=True)
class _Round:
    """One walk through all messages that wait too long: the sessions seen, and what was open when it began."""

    open: Mapping[UUID, UUID]
    after_due_at: datetime = _BEGINNING
    after_id: UUID = _FIRST
    seen: set[UUID] = field(default_factory=set)


class WaitingWatch:
    """Raises and resolves what is about waiting messages. ``one_pass`` is run by a Loop.

    It walks through the due messages, a page at a pass. An alert that was open when a round began, and whose session the
    whole round has not met, is resolved. Time that a session was held by its operator's rules does not count as waiting.
    """

    def __init__(self, pool: asyncpg.Pool, book: Book, policy: AlertPolicy, *, posted: Callable[[], None]) -> None:
        self._pool = pool
        self._book = book
        self._policy = policy
        self._posted = posted
        self._queries = load_queries("verifier")
        self._round: _Round | None = None
        self._held_at: dict[UUID, datetime] = {}
        self._rest_s = min(max(policy.waiting_s / 4, SHORTEST_REST_S), LONGEST_ROUND_REST_S)

    async def one_pass(self) -> float:
        """Look at a page. Returns the seconds to rest."""
        if self._round is None:
            self._round = _Round(await self._open())
        walk = self._round
        rows = await self._queries["waiting_page"].fetch(
            self._pool,
            waiting_s=self._policy.waiting_s,
            organizations=self._policy.organizations,
            after_due_at=walk.after_due_at,
            after_id=walk.after_id,
            row_limit=MESSAGES_PAGE,
        )
        last = next(row for row in rows if row["session_id"] is None)
        waiting = [row for row in rows if row["session_id"] is not None and self._waits(row)]
        walk.seen.update(row["session_id"] for row in waiting)
        situations = [_waiting(row, walk.open) for row in waiting]
        is_over = last["messages"] < MESSAGES_PAGE
        if is_over:
            situations += [_no_longer_waiting(last["now"], each, walk.open) for each in walk.open.keys() - walk.seen]
        await self._write(situations, {row["session_id"]: _subject(row) for row in waiting})
        walk.after_due_at, walk.after_id = last["since"], last["last_id"]
        if is_over:
            self._round = None
        return self._rest_s if is_over else BETWEEN_PAGES_S

    def _waits(self, row: asyncpg.Record) -> bool:
        if row["is_held"]:
            if len(self._held_at) > REMEMBERED:
                self._held_at.clear()
            self._held_at[row["session_id"]] = row["now"]
            return False
        since = max(row["since"], self._held_at.get(row["session_id"], row["since"]))
        return bool((row["now"] - since).total_seconds() >= self._policy.waiting_s)

    async def _open(self) -> dict[UUID, UUID]:
        rows = await self._queries["open_alerts_of_kind"].fetch(self._pool, kind=str(Kind.MESSAGES_WAITING))
        return {row["session_id"]: row["id"] for row in rows}

    async def _write(self, situations: Sequence[Situation], subjects: Mapping[UUID, Subject]) -> None:
        changes = [
            change for situation in situations for change in episodes(situation, debounce_s=self._policy.debounce_s)
        ]
        if await self._book.write(changes, subjects):
            self._posted()


def _situation(row: asyncpg.Record) -> Situation:
    return Situation(
        session_id=row["session_id"],
        now=row["now"],
        open={Kind(kind): UUID(alert_id) for kind, alert_id in row["open"].items()},
        down_since=row["down_since"],
        is_missed=row["is_missed"],
        silent_since=row["silent_since"],
    )


def _waiting(row: asyncpg.Record, opened: Mapping[UUID, UUID]) -> Situation:
    session_id = row["session_id"]
    return Situation(
        session_id=session_id,
        now=row["now"],
        open={Kind.MESSAGES_WAITING: opened[session_id]} if session_id in opened else {},
        waiting_since=row["since"],
        waiting_is_known=True,
    )


def _no_longer_waiting(now: datetime, session_id: UUID, opened: Mapping[UUID, UUID]) -> Situation:
    return Situation(session_id, now, {Kind.MESSAGES_WAITING: opened[session_id]}, waiting_is_known=True)


def _subject(row: asyncpg.Record) -> Subject:
    return Subject(
        organization_id=row["organization_id"],
        display_name=row["display_name"],
        gateway=row["gateway"],
        status=row["status"],
        last_error=row["last_error"],
        messages_waiting=row["messages_waiting"],
    )
