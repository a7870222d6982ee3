"""Posting alerts: signed as Standard Webhooks say, tried again with growing pauses for a day, then given up.

Source: https://github.com/standard-webhooks/standard-webhooks, version 1.0.0. A receiver may get one twice, with the same
``webhook-id``.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import aiohttp
import asyncpg
import orjson
import structlog
from prometheus_client import Counter
from standardwebhooks import Webhook

from truesend.store.queries import load_queries

DELIVERIES = Counter("truesend_alert_deliveries", "Attempts to post an alert.", ["result"])
for _result in ("taken", "not_taken"):
    DELIVERIES.labels(_result)
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
LEASE_S: Final = 15.0
AT_ONCE: Final = 20
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 900.0
GIVE_UP_AFTER_S: Final = 86_400.0
IDLE_S: Final = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where alerts go, and the key that signs them (None: unsigned). ``repr`` shows neither: a URL may hold a token."""

    url: str
    secret: str | None

    def __repr__(self) -> str:
        return f"Address(signed={self.secret is not None})"


def pause_s(attempts: int, spread: float) -> float:
    """Seconds until the next try, after so many; ``spread``, 0 to 1, keeps many from coming at once."""
    return min(FIRST_PAUSE_S * 2.0 ** (min(attempts, 20) - 1), LONGEST_PAUSE_S) * (0.75 + 0.5 * spread)


class Delivery:
    """Posts for one process. ``one_pass`` is run by a Loop of its own: nothing else waits for a receiver."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        address: Address,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._address = address
        self._now = now
        self._spread = spread
        self._signer = Webhook(address.secret) if address.secret else None
        self._queries = load_queries("verifier")
        self._session: aiohttp.ClientSession | None = None
        self._reported: set[UUID] = set()

    async def one_pass(self) -> float:
        """Post what is due. Returns the seconds to rest."""
        due = await self._queries["take_deliveries"].fetch(self._pool, row_limit=AT_ONCE, lease_s=LEASE_S)
        if due:
            problems = await asyncio.gather(*(self._post(row["id"], row["body"]) for row in due))
            await self._settle(due, problems)
        if len(due) == AT_ONCE:
            return 0.0
        next_in_s = await self._queries["next_delivery"].fetchval(self._pool)
        return IDLE_S if next_in_s is None else min(max(float(next_in_s), 0.05), IDLE_S)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def _settle(self, due: list[asyncpg.Record], problems: list[str | None]) -> None:
        ended, delayed = [], {}
        for row, problem in zip(due, problems, strict=True):
            if problem is None:
                ended.append(row["id"])
            elif row["age_s"] >= GIVE_UP_AFTER_S:
                ended.append(row["id"])
                log.error("an alert could not be posted and is given up", **_named(row), why=problem)
            else:
                delayed[row["id"]] = pause_s(row["attempts"], self._spread())
                self._report(row, problem)
        self._reported.difference_update(ended)
        if ended:
            await self._queries["end_deliveries"].execute(self._pool, ids=ended)
        if delayed:
            await self._queries["delay_deliveries"].execute(
                self._pool, ids=list(delayed), pauses_s=list(delayed.values())
            )

    def _report(self, row: asyncpg.Record, problem: str) -> None:
        """Said once: the log is not to be filled by a receiver that is away for hours."""
        if row["id"] not in self._reported:
            self._reported.add(row["id"])
            log.warning("an alert was not taken and is posted again", **_named(row), why=problem)

    async def _post(self, delivery_id: UUID, body: object) -> str | None:
        """Post once. Returns what was wrong, in words that hold nothing of the address."""
        data = orjson.dumps(body).decode()
        try:
            async with self._client().post(
                self._address.url, data=data, headers=self._headers(str(delivery_id), data), allow_redirects=False
            ) as answer:
                problem = None if 200 <= answer.status < 300 else f"HTTP {answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            problem = type(error).__name__
        DELIVERIES.labels("taken" if problem is None else "not_taken").inc()
        return problem

    def _headers(self, delivery_id: str, data: str) -> dict[str, str]:
        at = self._now()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(at.timestamp())),
        }
        if self._signer is not None:
            headers["webhook-signature"] = self._signer.sign(delivery_id, at, data)
        return headers

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _named(row: asyncpg.Record) -> dict[str, str]:
    return {"alert_id": str(row["alert_id"]), "state": row["state"]}
