"""Listening for silence: who has fallen silent is noted, and who is heard again is let go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from services.verifier.columns import fact_columns, session_columns
from services.verifier.plan import Fact
from services.verifier.reconcile import CONNECTED, FactType, SessionRow
from services.verifier.requests import Doubts
from services.verifier.rows import session_row
from services.verifier.silence import Hearing, Hold, KnownSilence, Silence, SilencePolicy, falls_silent, hold, is_over
from services.verifier.spans import first_traceparent
from truesend.contracts.events import VerifyReason
from truesend.gateways.protocol import Gateway
from truesend.store.queries import load_queries

PAGE = 1_000
SILENCES_LIMIT = 5_000
SENDS_LIMIT = 100
HOLD_S = 120.0
LONGEST_REST_S = 15.0
SHORTEST_REST_S = 0.5
WHILE_OFF_S = 60.0
BETWEEN_PAGES_S = 0.05
_BEGINNING = UUID(int=0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Change:
    """A session whose silence begins or ends: the fact, and how its row stands before and after."""

    fact: FactType
    before: SessionRow
    after: SessionRow


class Listening:
    """One process' listening. ``one_pass`` is run by a Loop; several processes come to the same."""

    def __init__(
        self, pool: asyncpg.Pool, policy: SilencePolicy, doubts: Doubts, gateways: Mapping[str, Gateway]
    ) -> None:
        self._pool = pool
        self._mute = [name for name, gateway in gateways.items() if not gateway.capabilities.acks]
        self._policy = policy
        self._doubts = doubts
        self._queries = load_queries("verifier")
        self._heard_up_to = _BEGINNING
        self._rest_s = min(max(policy.silence_s / 4, SHORTEST_REST_S), LONGEST_REST_S)

    async def one_pass(self) -> float:
        """Look after those that are silent, then at a page of all that send. Returns the seconds to rest."""
        await self._look_after_the_silent()
        if self._policy.silence_s <= 0:
            return WHILE_OFF_S
        return await self._find_silent()

    async def _look_after_the_silent(self) -> None:
        rows = await self._queries["silences"].fetch(self._pool, row_limit=SILENCES_LIMIT, sends_limit=SENDS_LIMIT)
        silences = [_known_silence(row) for row in rows]
        over = [known.session_id for known in silences if is_over(known, self._policy)]
        if over:
            await self._end(over)
        lasting = {known.session_id: hold(known, self._policy) for known in silences if known.session_id not in over}
        waiting = [session_id for session_id, what in lasting.items() if what is Hold.WAIT]
        if waiting:
            await self._queries["hold_silent"].execute(self._pool, session_ids=waiting, hold_s=HOLD_S)
        going = {session_id: what for session_id, what in lasting.items() if what is not Hold.WAIT}
        if going:
            tries_again = [what is Hold.TRY_AGAIN for what in going.values()]
            await self._queries["release_silent"].execute(self._pool, session_ids=list(going), try_again=tries_again)

    async def _find_silent(self) -> float:
        rows = await self._queries["hearing_page"].fetch(
            self._pool,
            after_id=self._heard_up_to,
            row_limit=PAGE,
            sends_limit=SENDS_LIMIT,
            mute_gateways=self._mute,
        )
        ends = [row["session_id"] for row in rows if row["sent_ats"] is None]
        self._heard_up_to = ends[0] if ends else _BEGINNING
        hearings = [_hearing(row) for row in rows if row["sent_ats"] is not None]
        silent = {
            hearing.session_id: silence
            for hearing in hearings
            if (silence := falls_silent(hearing, self._policy)) is not None
        }
        if silent:
            await self._begin(silent)
        return BETWEEN_PAGES_S if ends else self._rest_s

    async def _begin(self, silent: Mapping[UUID, Silence]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = [row for row in await self._locked(connection, list(silent)) if row.status == CONNECTED]
            noted = await self._queries["note_silences"].fetch(
                connection, **_silence_columns(rows, [silent[row.id] for row in rows])
            )
            begun = {record["session_id"] for record in noted}
            changes = [_fallen_silent(row, silent[row.id]) for row in rows if row.id in begun]
            if self._policy.holds and changes:
                ids = [change.before.id for change in changes]
                await self._queries["hold_silent"].execute(connection, session_ids=ids, hold_s=HOLD_S)
            await self._write(connection, changes)
        self._doubts.ask(
            [(change.before.id, change.before.organization_id) for change in changes], VerifyReason.FAILED_SEND
        )

    async def _end(self, session_ids: Sequence[UUID]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await self._locked(connection, session_ids)
            ended = await self._queries["end_silences"].fetch(connection, session_ids=list(session_ids))
            ids = {record["session_id"] for record in ended}
            await self._write(connection, [_heard(row) for row in rows if row.id in ids])

    async def _locked(self, connection: Any, session_ids: Sequence[UUID]) -> list[SessionRow]:
        sessions = await self._queries["lock_sessions"].fetch(
            connection, session_ids=list(session_ids), organization_ids=[], numbers=[]
        )
        records = await self._queries["lock_checks"].fetch(connection, session_ids=list(session_ids))
        checks = {record["session_id"]: record for record in records}
        return [session_row(record, checks.get(record["id"])) for record in sessions]

    async def _write(self, connection: Any, changes: Sequence[_Change]) -> None:
        if not changes:
            return
        await self._queries["write_sessions"].execute(
            connection, **session_columns([(change.before, change.after) for change in changes])
        )
        facts = [
            Fact(each.fact, each.after, each.before, first_traceparent(each.fact, each.after.id)) for each in changes
        ]
        now: datetime = await connection.fetchval("SELECT now()")
        await self._queries["append_facts"].execute(connection, **fact_columns(facts, now))
        for each in changes:
            log.warning(
                "a session fell silent" if each.fact is FactType.SILENT else "a silent session is heard again",
                session_id=str(each.before.id),
                organization_id=str(each.before.organization_id),
            )


def _fallen_silent(row: SessionRow, silence: Silence) -> _Change:
    after = replace(
        row, silence=silence, last_error=silence.words, last_error_at=silence.noted_at, version=row.version + 1
    )
    return _Change(FactType.SILENT, row, after)


def _heard(row: SessionRow) -> _Change:
    after = replace(row, silence=None, version=row.version + 1)
    if row.silence is not None and row.last_error == row.silence.words:
        after = replace(after, last_error=None, last_error_at=None)
    return _Change(FactType.HEARD, row, after)


def _silence_columns(rows: Sequence[SessionRow], silences: Sequence[Silence]) -> dict[str, list[Any]]:
    return {
        "session_ids": [row.id for row in rows],
        "organization_ids": [row.organization_id for row in rows],
        "sinces": [silence.since for silence in silences],
        "unacknowledged": [silence.unacknowledged for silence in silences],
        "noted_ats": [silence.noted_at for silence in silences],
    }


def _hearing(row: asyncpg.Record) -> Hearing:
    return Hearing(
        session_id=row["session_id"],
        now=row["now"],
        is_connected=row["is_connected"],
        gateway_acknowledges=row["gateway_acknowledges"],
        is_deaf=row["is_deaf"],
        sent_ats=tuple(row["sent_ats"]),
    )


def _known_silence(row: asyncpg.Record) -> KnownSilence:
    return KnownSilence(
        session_id=row["session_id"],
        now=row["now"],
        silence=Silence(row["since"], row["unacknowledged"], row["noted_at"]),
        last_ack_at=row["last_ack_at"],
        is_over_otherwise=row["is_over_otherwise"],
        chance_at=row["chance_at"],
        tried_again_at=row["tried_again_at"],
        sent_again_ats=tuple(row["sent_again_ats"]),
    )
