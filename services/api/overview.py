"""The overview of an organisation: everything in it is read at one moment, and each part is bounded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg

from services.api.badge import Badge, badge
from services.api.database import Database
from services.api.problems import Problem
from services.api.uptime import (
    FINDINGS,
    Change,
    Window,
    change_of_fact,
    changes_before,
    changes_without_facts,
    stale_after,
    strip,
)
from services.api.webhooks.health import webhook_health
from truesend.gateways.protocol import Gateway
from truesend.store.queries import Executor, Query

TIME_LIMIT = "SET LOCAL statement_timeout = '5s'"
SESSIONS_COUNTED = 10_000
SESSIONS_DRAWN = 1_000
FACTS_PER_SESSION = 500
MESSAGES_COUNTED = 100_000
WAITING_COUNTED = 10_000
QUEUES_SHOWN = 1_000
CONFIRMATIONS_SAMPLED = 200
ALERTS_SHOWN = 200
OUTCOMES = {
    "message.sent": "sent",
    "message.failed": "failed",
    "message.cancelled": "cancelled",
    "message.unconfirmed": "unconfirmed",
}

Row = dict[str, Any]


class OverviewReader:
    """Reads the overview of one organisation at a time."""

    def __init__(
        self,
        database: Database,
        queries: Mapping[str, Query],
        gateways: Mapping[str, Gateway],
        *,
        verify_sweep_s: float,
    ) -> None:
        self._database = database
        self._queries = queries
        self._gateways = gateways
        self._stale_after = stale_after(verify_sweep_s)

    async def read(self, organization_id: UUID, hours: int) -> dict[str, Any]:
        """The answer of ``GET /v1/overview``. Raises Problem 503 where it takes too long."""
        try:
            async with self._database.of(organization_id, is_snapshot=True, settings=TIME_LIMIT) as connection:
                return await self._read(connection, organization_id, hours)
        except asyncpg.QueryCanceledError:
            detail = "The overview takes too long; ask for fewer hours."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too-slow", detail) from None

    async def _read(self, db: Executor, organization_id: UUID, hours: int) -> dict[str, Any]:
        of = {"organization_id": organization_id}
        (moment,) = await self._rows(db, "moment", hours=hours)
        now, since = moment["now"], moment["since"]
        sessions = await self._rows(db, "sessions", row_limit=SESSIONS_COUNTED, **of)
        (on_their_way,) = await self._rows(db, "messages", count_limit=MESSAGES_COUNTED, **of)
        counted = await self._rows(db, "outcomes", since=since, **of)
        outcomes = outcomes_by_hour(counted, hours_between(since, now))
        confirmed = await self._rows(db, "confirmations", since=since, sample=CONFIRMATIONS_SAMPLED, **of)
        return {
            "as_of": now,
            "since": since,
            "hours": hours,
            "sessions": badges_counted(sessions),
            "messages": on_their_way | totals(outcomes),
            "outcomes": outcomes,
            "time_to_confirm": time_to_confirm(confirmed, outcomes),
            "queues": await self._rows(db, "queues", count_limit=WAITING_COUNTED, row_limit=QUEUES_SHOWN, **of),
            "uptime": await self._uptime(db, organization_id, sessions[:SESSIONS_DRAWN], since, now),
            "alerts": await self._rows(db, "alerts", since=since, row_limit=ALERTS_SHOWN, **of),
            "webhooks": await self._webhooks(db, {row["gateway"] for row in sessions}),
        }

    async def _rows(self, db: Executor, part: str, **values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._queries[f"overview_{part}"].fetch(db, **values)]

    async def _uptime(
        self, db: Executor, organization_id: UUID, sessions: Sequence[Row], since: datetime, now: datetime
    ) -> list[dict[str, Any]]:
        facts = await self._rows(
            db,
            "facts",
            organization_id=organization_id,
            session_ids=[session["id"] for session in sessions],
            since=since,
            types=list(FINDINGS),
            facts_limit=FACTS_PER_SESSION,
        )
        found = {session_id: list(rows) for session_id, rows in groupby(facts, itemgetter("session_id"))}
        window = Window(since, now, now - self._stale_after)
        return [
            {
                "session_id": session["id"],
                "segments": [
                    segment.answer()
                    for segment in strip(
                        known_changes(session, found.get(session["id"], []), since, self._stale_after),
                        session["last_verified_at"],
                        window,
                    )
                ],
            }
            for session in sessions
        ]

    async def _webhooks(self, db: Executor, used: set[str]) -> list[dict[str, Any]]:
        """Of the gateways that the organisation's sessions are on: the others are nobody's business here."""
        answers = []
        for name in sorted(used & self._gateways.keys()):
            seen = await self._queries["webhook_gateway"].fetchrow(db, gateway=name)
            refused = await self._queries["webhook_refusals"].fetch(db, gateway=name)
            health = webhook_health(
                name,
                secret_configured=bool(self._gateways[name].config.webhook_secret),
                seen=dict(seen) if seen else None,
                refused=[dict(row) for row in refused],
                recent=(),
            )
            del health["recent"]
            answers.append(health | {"refused": sum(row["refused"] for row in refused)})
        return answers


def badges_counted(sessions: Sequence[Row]) -> dict[str, int]:
    """How many sessions have each badge."""
    counted = Counter(badge(session) for session in sessions)
    return {name.value: counted[name] for name in Badge}


def known_changes(session: Row, facts: Sequence[Row], since: datetime, stale_after: timedelta) -> list[Change]:
    """What is known of a session. Where it has more facts than are read, what was before them is not known."""
    if not facts:
        return changes_without_facts(session)
    changes = [change_of_fact(fact) for fact in facts]
    if len(facts) < FACTS_PER_SESSION:
        return changes_before(facts[0], session["watched_since"], stale_after) + changes
    if len(facts) > FACTS_PER_SESSION and facts[1]["created_at"] > since:
        return changes[1:]
    return changes


def hours_between(since: datetime, now: datetime) -> list[datetime]:
    """The full hours from the first to the current one."""
    return [since + timedelta(hours=number) for number in range(int((now - since) / timedelta(hours=1)) + 1)]


def outcomes_by_hour(counted: Sequence[Row], hours: Sequence[datetime]) -> list[dict[str, Any]]:
    """One line for each hour, also where nothing happened."""
    found = {(row["hour"], OUTCOMES[row["type"]]): row["messages"] for row in counted}
    return [{"hour": hour} | {name: found.get((hour, name), 0) for name in OUTCOMES.values()} for hour in hours]


def totals(outcomes: Sequence[Row]) -> dict[str, int]:
    """How the window's messages ended. What is in doubt has not ended: its rows are counted instead."""
    return {name: sum(hour[name] for hour in outcomes) for name in ("sent", "failed", "cancelled")}


def time_to_confirm(confirmed: Sequence[Row], outcomes: Sequence[Row]) -> list[dict[str, Any]]:
    """One line for each hour, without figures where nothing was confirmed."""
    measured = {row["hour"]: row for row in confirmed}
    nothing = {"median_s": None, "p95_s": None}
    return [
        {
            "hour": line["hour"],
            "confirmed": line["sent"],
            **{name: measured.get(line["hour"], nothing)[name] for name in nothing},
        }
        for line in outcomes
    ]
