"""Who asks for a session: a row with a lease per session, so that all verifiers together ask once."""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from services.verifier.check import Check
from services.verifier.rows import session_row
from truesend.broker.consumer import Received
from truesend.contracts.events import VerifySession
from truesend.observability.tracing import kept_traceparent
from truesend.store.queries import load_queries


class Claims:
    """The checks of one verifier process. A lease that is not renewed for ``lease_s`` seconds is anybody's."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        lease_s: float,
        freshness_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._lease_s = lease_s
        self._freshness_s = freshness_s
        self._clock = clock
        self._queries = load_queries("verifier")

    async def begin(self, requests: Sequence[Received[VerifySession]]) -> list[Check]:
        """Claim what the requests want and nobody has. Requests for one session are one, and news if any of them is."""
        news: dict[tuple[UUID, UUID], bool] = {}
        traces: dict[UUID, str | None] = {}
        wanted_at: dict[UUID, datetime] = {}
        for request in requests:
            key = (request.body.session_id, request.body.organization_id)
            news[key] = news.get(key, False) or request.body.reason.is_news
            traces.setdefault(request.body.session_id, request.traceparent)
            wanted_at.setdefault(request.body.session_id, request.body.requested_at)
        records = await self._queries["begin_checks"].fetch(
            self._pool,
            session_ids=[session_id for session_id, _ in news],
            organization_ids=[organization_id for _, organization_id in news],
            tokens=[uuid4() for _ in news],
            news=list(news.values()),
            lease_s=self._lease_s,
            freshness_s=self._freshness_s,
        )
        claimed_monotonic_s, now = self._clock(), datetime.now(UTC)
        return [
            Check(
                row=session_row(record, record),
                token=record["token"],
                claimed_at=record["asked_at"],
                claimed_monotonic_s=claimed_monotonic_s,
                is_news=news[record["id"], record["organization_id"]],
                traceparent=kept_traceparent(traces[record["id"]]),
                waited_s=max(0.0, (now - wanted_at[record["id"]]).total_seconds()),
            )
            for record in records
        ]

    async def renew(self, checks: Collection[Check]) -> None:
        """Keep checks that are waiting or being asked."""
        await self._queries["renew_checks"].execute(self._pool, **_held(checks), lease_s=self._lease_s)

    async def release(self, checks: Collection[Check]) -> None:
        """Give up checks without an answer; the next sweep, whoever's it is, asks again at once."""
        await self._queries["release_checks"].execute(self._pool, **_held(checks))


def _held(checks: Collection[Check]) -> dict[str, list[UUID]]:
    return {"session_ids": [check.session_id for check in checks], "tokens": [check.token for check in checks]}
