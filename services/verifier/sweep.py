"""What nobody looked at: due sessions are asked for, wherever they were forgotten."""

from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from services.verifier.requests import verify_request
from truesend.broker.publisher import Publisher, Record
from truesend.contracts.events import VerifyReason
from truesend.store.queries import load_queries

SWEPT = Counter("truesend_sessions_swept", "Verifications asked for by the sweep.")
PAGE = 500
ENROL_PAGE = 5000
PATIENCE_S = 10.0
BETWEEN_PAGES_S = 0.05
_BEGINNING = UUID(int=0)

log = structlog.get_logger(__name__)


class Sweep:
    """One process' sweep. Its passes are run by Loops."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        *,
        sweep_s: float,
        look_every_s: float,
        busy_gateways: Callable[[], Sequence[str]],
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._sweep_s = sweep_s
        self._rest_s = look_every_s
        self._busy_gateways = busy_gateways
        self._queries = load_queries("verifier")
        self._enrolled_up_to = _BEGINNING

    async def ask_for_due(self) -> float:
        """Ask for a page of due sessions. A request that is lost is due again after a while. Returns the rest."""
        due = await self._queries["take_due"].fetch(
            self._pool,
            row_limit=PAGE,
            busy_gateways=list(self._busy_gateways()),
            patience_s=PATIENCE_S,
            sweep_s=self._sweep_s,
        )
        gone = [row["session_id"] for row in due if row["is_gone"]]
        if gone:
            await self._queries["forget_checks"].execute(self._pool, session_ids=gone)
        wanted = [row for row in due if row["is_asked_for"]]
        await self._publisher.publish([_request(row) for row in wanted])
        SWEPT.inc(len(wanted))
        return BETWEEN_PAGES_S if len(due) == PAGE else self._rest_s

    async def enrol(self) -> float:
        """Find sessions that were never checked, a page of all sessions at a time. Returns the rest."""
        page = await self._queries["enrol"].fetchrow(self._pool, after_id=self._enrolled_up_to, row_limit=ENROL_PAGE)
        if page is None or page["looked_at"] < ENROL_PAGE:
            self._enrolled_up_to = _BEGINNING
            return self._rest_s
        self._enrolled_up_to = page["last_id"]
        return BETWEEN_PAGES_S if page["enrolled"] else self._rest_s

    async def move_late_messages(self) -> float:
        """Messages that the CRM goes on giving to a superseded session follow its number. Returns the rest."""
        pairs = await self._queries["superseded_sessions"].fetch(self._pool)
        if pairs:
            moved = await self._queries["move_messages"].execute(
                self._pool,
                old_session_ids=[row["old_session_id"] for row in pairs],
                new_session_ids=[row["new_session_id"] for row in pairs],
                organization_ids=[row["organization_id"] for row in pairs],
            )
            log.debug("messages of superseded sessions were moved", result=moved)
        return self._sweep_s


def _request(row: asyncpg.Record) -> Record:
    return verify_request(row["session_id"], row["organization_id"], VerifyReason.SWEEP)
