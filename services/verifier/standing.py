"""How things stand, for Prometheus: what only the database knows, looked up there now and then. A figure that a process
counts by itself is wrong once the process has died; and what a sender is behind with must be known while none runs.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from uuid import UUID

import asyncpg

from truesend.observability.snapshot import Described, Snapshot, Values
from truesend.store.queries import load_queries

EVERY_S = 20.0
# With the rest after it no longer than liveness allows for: a slow database, or a CRM's own view, must cost figures only.
LONGEST_S = 20.0
MOST = 10_000
MOST_OF_A_SESSION = 100
NOT_CONFIGURED = "not_configured"

SESSIONS = "truesend_sessions"
UNVERIFIED = "truesend_sessions_unverified_seconds"
DUE = "truesend_dispatch_queue_due"
DUE_OLDEST = "truesend_dispatch_queue_oldest_seconds"
HELD = "truesend_messages_held"
HELD_OLDEST = "truesend_messages_held_oldest_seconds"
DOUBTS = "truesend_messages_unconfirmed"
UNPUBLISHED = "truesend_relay_unpublished_facts"
RELAY_LAG = "truesend_relay_lag_seconds"

OF_SESSIONS = Snapshot(
    Described(SESSIONS, "Sessions by what their row says and what the page shows.", ("gateway", "status", "badge")),
    Described(
        UNVERIFIED,
        "How long ago the last answer came for the session that says connected and was verified longest ago.",
        ("gateway",),
    ),
)
OF_WORK = Snapshot(
    Described(DUE, "Messages that are due and that nothing holds; where more than 10,000 are due, at least so many."),
    Described(DUE_OLDEST, "How long the oldest of the due messages that nothing holds has been due."),
    Described(
        HELD, "Due messages that are held, of the 10,000 that have waited longest, by what holds them.", ("reason",)
    ),
    Described(HELD_OLDEST, "How long the oldest of the held messages has been due.", ("reason",)),
    Described(DOUBTS, "Messages of which nobody knows whether they were sent, up to 10,000.", ("gateway", "waits_for")),
    Described(UNPUBLISHED, "Facts that are not known to be on Kafka."),
    Described(RELAY_LAG, "Age of the oldest fact that is not known to be on Kafka."),
)

_SHOWN = {
    "connected": ("connected", "silent", "cannot_verify"),
    "connecting": ("connecting", "cannot_verify"),
    "qr_pending": ("scan_qr", "cannot_verify"),
    "disconnected": ("disconnected", "never_paired", "cannot_verify"),
}
_REASONS = (
    "organization_not_enabled",
    "before_adoption",
    "no_session",
    "no_recipient",
    "session_down",
    "paused",
    "quiet_hours",
    "cap_reached",
    "restricted",
    "silent",
    "gateway_hold",
    "pace",
)
_WAITS_FOR = ("lookup", "operator")


class Standing:
    """Keeps the figures. ``one_pass`` is run by a Loop."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        gateways: Collection[str],
        organizations: Sequence[UUID] | None,
        longest_s: float = LONGEST_S,
    ) -> None:
        """``organizations`` are those that messages are sent for (None: all)."""
        self._longest_s = longest_s
        self._pool = pool
        self._gateways = sorted(gateways)
        self._organizations = organizations
        self._queries = load_queries("verifier")

    async def one_pass(self) -> float:
        """Look. Returns the seconds to rest. Raises what Postgres raises, and TimeoutError; then nothing is told."""
        try:
            async with asyncio.timeout(self._longest_s):
                OF_SESSIONS.tell(await self._sessions())
                OF_WORK.tell(await self._work())
        except BaseException:
            OF_SESSIONS.forget()
            OF_WORK.forget()
            raise
        return EVERY_S

    async def _sessions(self) -> Mapping[str, Values]:
        rows = await self._queries["count_sessions"].fetch(self._pool, gateways=self._gateways)
        counted = _nothing(self._gateways, [(status, badge) for status, badges in _SHOWN.items() for badge in badges])
        unverified: dict[tuple[str, ...], float] = {(gateway,): 0.0 for gateway in self._gateways}
        for row in rows:
            gateway = row["gateway"]
            counted[gateway, row["status"], row["badge"]] = row["sessions"]
            if row["status"] == "connected":
                unverified[gateway,] = max(unverified.get((gateway,), 0.0), row["unverified_s"])
        return {SESSIONS: counted, UNVERIFIED: unverified}

    async def _work(self) -> Mapping[str, Values]:
        row = await self._queries["count_work"].fetchrow(
            self._pool,
            gateways=self._gateways,
            organizations=self._organizations,
            most=MOST,
            most_of_a_session=MOST_OF_A_SESSION,
        )
        assert row is not None  # noqa: S101 - the relay has its one row since it was migrated
        held = {(each["reason"],): each for each in row["held"]}
        doubts = _nothing(self._gateways, [(waits_for,) for waits_for in _WAITS_FOR])
        doubts |= {(each["gateway"], each["waits_for"]): each["messages"] for each in row["doubts"]}
        none = {(reason,): 0.0 for reason in _REASONS}
        return {
            DUE: {(): min(row["due"], MOST)},
            DUE_OLDEST: {(): row["due_oldest_s"]},
            HELD: none | {reason: each["messages"] for reason, each in held.items()},
            HELD_OLDEST: none | {reason: each["oldest_s"] for reason, each in held.items()},
            DOUBTS: doubts,
            UNPUBLISHED: {(): row["unpublished"]},
            RELAY_LAG: {(): row["relay_lag_s"]},
        }


def _nothing(gateways: Iterable[str], rest: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """Zero for each: a line that is not there tells nobody that nothing is there."""
    return {(gateway, *labels): 0.0 for gateway, labels in product(gateways, rest)}
