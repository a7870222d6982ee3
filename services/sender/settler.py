"""Weighing messages by all that is known of them (``weigh.py``), and writing what follows, in the caller's transaction."""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from prometheus_client import Histogram

from services.sender.dead_letter_table import NO_TABLE, DeadLetterTable
from services.sender.decide import HoldPolicy, Policy
from services.sender.verdicts import Fact, Verdict, facts_of, verdict_of
from services.sender.verifications import SessionInDoubt
from services.sender.weigh import KnownAttempt, MessageNow, Receipts, Weighing, weigh
from truesend.gateways.protocol import Outcome, OutcomeKind
from truesend.store.pool import Connection
from truesend.store.queries import load_queries

CONFIRMATION_SECONDS = Histogram(
    "truesend_confirmation_seconds",
    "Time from when a gateway took a message to when it was known to be sent.",
    ["gateway"],
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 600.0, 3600.0, 86_400.0),
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settling wrote: the messages that changed, and the sessions that were found down."""

    message_ids: Sequence[UUID] = ()
    sessions_down: Sequence[SessionInDoubt] = ()


@dataclass(slots=True)
class _Writing:
    """What one statement writes."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    weighed_ids: list[int] = field(default_factory=list)
    announced_ids: list[int] = field(default_factory=list)
    sessions_down: list[SessionInDoubt] = field(default_factory=list)
    gateways: dict[UUID, str] = field(default_factory=dict)


class Settler:
    """Makes rows follow from their evidence. ``dice`` spreads the retries of failed callbacks."""

    def __init__(
        self,
        *,
        policy: Policy,
        hold: HoldPolicy,
        dead_letters: DeadLetterTable = NO_TABLE,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._dead_letters = dead_letters
        self._policy = policy
        self._hold = hold
        self._dice = dice
        self._queries = load_queries("sender")

    async def settle(self, db: Connection, message_ids: Collection[UUID]) -> Settled:
        """Weigh these messages and write the result, within the transaction of ``db``.

        A row that somebody else holds locked is passed over; its evidence stays unweighed, and is taken up later.
        """
        if not message_ids:
            return Settled()
        ids = sorted(set(message_ids))
        rows = await self._queries["lock_messages"].fetch(db, message_ids=ids)
        if len(rows) < len(ids):
            await self._queries["forget_gone"].execute(db, message_ids=ids)
        if not rows:
            return Settled()
        standings = await self._standings(db, [row["id"] for row in rows])
        writing = _Writing()
        for row in rows:
            self._weigh_one(row, standings[row["id"]], writing)
        return Settled(await self._write(db, writing), writing.sessions_down)

    async def _standings(self, db: Connection, message_ids: list[UUID]) -> dict[UUID, list[asyncpg.Record]]:
        """Read only now: what was committed before the rows were locked is seen."""
        standings: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
        for standing in await self._queries["standings"].fetch(db, message_ids=message_ids):
            standings[standing["message_id"]].append(standing)
        return standings

    def _weigh_one(self, row: asyncpg.Record, standings: Sequence[asyncpg.Record], writing: _Writing) -> None:
        for standing in standings:
            writing.weighed_ids.extend(standing["unweighed_ids"] or ())
        weighing = weigh(_message_now(row), [_known_attempt(standing) for standing in standings])
        if weighing.attempt is None:
            return
        verdict = verdict_of(
            weighing, status=row["status"], failed_attempts=row["retry_count"], policy=self._policy, dice=self._dice
        )
        facts = facts_of(row["id"], verdict, weighing)
        if not facts and weighing.delivered_at is None and weighing.read_at is None:
            return
        token = weighing.attempt.lease_token
        standing = next(standing for standing in standings if standing["lease_token"] == token)
        writing.rows.append(_row(row, standing, verdict, weighing, steps=max(len(facts), 1)))
        writing.facts += facts
        if standing["gateway"] is not None:
            writing.gateways[row["id"]] = standing["gateway"]
        if weighing.announces_delivered or weighing.announces_read:
            writing.announced_ids.extend(standing["unannounced_ids"] or ())
        if verdict.hold_reason is not None:
            writing.sessions_down.append(SessionInDoubt(standing["session_id"], row["organization_id"]))

    async def _write(self, db: Connection, writing: _Writing) -> list[UUID]:
        if not writing.rows and not writing.weighed_ids:
            return []
        applied = await self._queries["apply_weighing"].fetch(
            db,
            **{name: [row[name] for row in writing.rows] for name in _ROW_COLUMNS},
            **{f"fact_{name}s": [getattr(fact, name) for fact in writing.facts] for name in Fact.__slots__},
            weighed_ids=writing.weighed_ids,
            announced_ids=writing.announced_ids,
            hold_base_s=self._hold.base_s,
            hold_max_s=self._hold.max_s,
        )
        for row in applied:
            gateway = writing.gateways.get(row["message_id"])
            if gateway is not None and row["confirmed_after_s"] is not None:
                CONFIRMATION_SECONDS.labels(gateway).observe(max(0.0, row["confirmed_after_s"]))
        written = [row["message_id"] for row in applied]
        failed = {row["message_ids"] for row in writing.rows if row["actions"] == "fail"}
        await self._dead_letters.bury(db, [message_id for message_id in written if message_id in failed])
        return written


_ROW_COLUMNS = (
    "message_ids",
    "versions",
    "version_steps",
    "actions",
    "session_ids",
    "lease_tokens",
    "started_ats",
    "gateway_message_ids",
    "count_changes",
    "delays_s",
    "error_messages",
    "words",
    "hold_reasons",
    "delivered_ats",
    "read_ats",
)


def _row(
    row: asyncpg.Record, standing: asyncpg.Record, verdict: Verdict, weighing: Weighing, *, steps: int
) -> dict[str, Any]:
    values = (
        row["id"],
        row["version"],
        steps,
        verdict.action,
        standing["session_id"],
        standing["lease_token"],
        standing["started_at"],
        standing["gateway_message_id"] or standing["told_id"],
        verdict.count_change,
        verdict.delay_s,
        verdict.error_message,
        verdict.words,
        verdict.hold_reason,
        weighing.delivered_at,
        weighing.read_at,
    )
    return dict(zip(_ROW_COLUMNS, values, strict=True))


def _message_now(row: asyncpg.Record) -> MessageNow:
    return MessageNow(
        status=row["status"],
        started_at=row["attempt_started_at"],
        retried_at=row["retried_at"],
        delivered_at=row["delivered_at"],
        read_at=row["read_at"],
        vps_error=row["vps_error"],
    )


def _known_attempt(standing: asyncpg.Record) -> KnownAttempt:
    return KnownAttempt(
        lease_token=standing["lease_token"],
        started_at=standing["started_at"],
        confirmed_by=_confirmed_by(standing),
        failed=_outcome(standing["failed_outcome"], standing["failed_words"]),
        rejected=_outcome(standing["rejected_outcome"], standing["rejected_words"]),
        delivered=Receipts(
            standing["delivered_at"],
            standing["delivered_to"],
            standing["announced_delivered_to"],
            standing["has_delivered_news"],
        ),
        read=Receipts(
            standing["read_at"], standing["read_by"], standing["announced_read_by"], standing["has_read_news"]
        ),
        is_counted=standing["failure_counted"],
    )


def _confirmed_by(standing: asyncpg.Record) -> str | None:
    if standing["outcome"] == OutcomeKind.SENT:
        return "http"
    if standing["is_called_sent"]:
        return "callback"
    return "lookup" if standing["is_found"] else None


def _outcome(kind: str | None, words: str | None) -> Outcome | None:
    return None if kind is None else Outcome(OutcomeKind(kind), words or "")
