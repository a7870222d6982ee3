"""The sender's pulse: one statement, twice a second, that says which of its loops have something to do.

Each loop looks by itself whether its work is there, and takes it under locks; while it has none it rests long, and the pulse
wakes it. So a sender at rest asks Postgres for two statements a second instead of thirty, and finds its work no later.
"""

from collections.abc import Callable, Mapping
from time import monotonic

import asyncpg

from truesend.settings import Settings
from truesend.store.queries import load_queries

LONGEST_S = 0.5
SOONEST_S = 0.002
REST_EVERY_S = 2.0
# Where the pulse is wrong, or late, a loop still looks for itself.
WATCHED_REST_S = 30.0


class Pulse:
    """Wakes ``loops``, by the names of the statement's columns. ``one_pass`` is run by a Loop."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        settings: Settings,
        loops: Mapping[str, Callable[[], None]],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._loops = loops
        self._clock = clock
        self._looked_at_rest_at = float("-inf")
        self._query = load_queries("sender")["pulse"]

    async def one_pass(self) -> float:
        """Look, and wake whoever has work. Returns the seconds to rest: until the next message is due, at the longest."""
        now = self._clock()
        and_the_rest = now - self._looked_at_rest_at >= REST_EVERY_S
        if and_the_rest:
            self._looked_at_rest_at = now
        seen = await self._query.fetchrow(
            self._pool,
            and_the_rest=and_the_rest,
            confirm_timeout_s=self._settings.confirm_timeout_s,
            message_max_age_s=self._settings.message_max_age_s,
        )
        assert seen is not None  # noqa: S101 - the query always returns its one row
        for name, wake in self._loops.items():
            if seen[name]:
                wake()
        longest_s = min(self._settings.dispatch_poll_s, LONGEST_S)
        return longest_s if seen["due_in_s"] is None else min(longest_s, max(seen["due_in_s"], SOONEST_S))
