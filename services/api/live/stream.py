"""One client's stream: first what it missed, from event_log, then what the feed hands out. Nothing twice, no gap.

It holds no connection to the database while it waits, and it ends by itself: after its time, with its token, when the
client does not read, and when the service stops. The client then comes back with the last id it has seen.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass

from services.api.auth import Caller
from services.api.database import Database
from services.api.live.audience import Listener, WriteNow
from services.api.live.feed import Feed
from services.api.live.frames import KEEP_ALIVE, Frame, beginning, event, frame_of_row
from services.api.problems import DatabaseAway
from truesend.store.queries import Query

PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What one client may cost. Times are seconds."""

    buffer_frames: int = 512
    keep_alive_s: float = 15.0
    life_s: float = 900.0
    life_jitter_s: float = 60.0
    write_timeout_s: float = 10.0
    clients: int = 2_000


class Stream:
    """The chunks for one client, from ``after_position`` on; with None, from now on."""

    def __init__(
        self,
        caller: Caller,
        after_position: int | None,
        *,
        feed: Feed,
        database: Database,
        queries: Mapping[str, Query],
        limits: StreamLimits,
        life_s: float,
        write_now: WriteNow | None = None,
    ) -> None:
        """``write_now`` writes to the client past ``chunks``, where that has nothing under way."""
        self._caller = caller
        self._after = after_position
        self._sent = 0
        self._feed = feed
        self._database = database
        self._queries = queries
        self._limits = limits
        self._listener = Listener(caller.organization_id, buffer_frames=limits.buffer_frames, write_now=write_now)
        self._ends_at = time.monotonic() + _life_s(caller, life_s)

    @property
    def has_overflowed(self) -> bool:
        """Whether more has happened than the client took."""
        return self._listener.has_overflowed

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Bytes to write, whole events only. Ends when the stream does; raises nothing for a database that went away."""
        try:
            async for chunk in self._missed():
                yield chunk
            # Nothing awaits between the last look at the feed's position and here: no fact falls in between.
            self._listener.after = self._sent
            self._feed.join(self._listener)
            if self._after is None:
                yield beginning(self._sent)
            async for chunk in self._news():
                yield chunk
        except DatabaseAway:
            return
        finally:
            self._feed.audience.leave(self._listener)

    async def _missed(self) -> AsyncIterator[bytes]:
        now_at = await self._feed.catch_up()
        if self._after is None:
            self._sent = self._feed.position or now_at
            return
        self._sent = self._after
        if await self._is_older_than_kept():
            yield event("reset", {"after": self._after})
        while self._sent < (self._feed.position or 0) and time.monotonic() < self._ends_at:
            frames = await self._replay_page(self._feed.position or 0)
            if frames:
                yield b"".join(frame.wire for frame in frames)

    async def _replay_page(self, up_to: int) -> list[Frame]:
        async with self._database.of(self._caller.organization_id) as connection:
            rows = await self._queries["replay"].fetch(
                connection,
                organization_id=self._caller.organization_id,
                after_position=self._sent,
                up_to_position=up_to,
                row_limit=PAGE_ROWS,
            )
        self._sent = rows[-1]["position"] if len(rows) == PAGE_ROWS else up_to
        return [frame_of_row(row) for row in rows]

    async def _is_older_than_kept(self) -> bool:
        """Whether facts between the client's last one and the oldest that is kept are gone."""
        if not self._after:
            return False
        async with self._database.unbound() as connection:
            oldest = await self._queries["oldest_position"].fetchval(connection)
        return oldest is not None and int(oldest) > self._after + 1

    async def _news(self) -> AsyncIterator[bytes]:
        written_at = now = time.monotonic()
        while now < self._ends_at:
            keep_alive_at = max(written_at, self._listener.told_at) + self._limits.keep_alive_s
            frames = await self._listener.take(within_s=max(0.0, min(keep_alive_at, self._ends_at) - now))
            now = time.monotonic()
            if frames:
                yield b"".join(frame.wire for frame in frames)
            elif self._listener.has_ended:
                return
            elif now >= max(keep_alive_at, self._listener.told_at + self._limits.keep_alive_s):
                yield KEEP_ALIVE
            else:
                continue
            written_at = now = time.monotonic()


def _life_s(caller: Caller, life_s: float) -> float:
    return life_s if caller.valid_until is None else min(life_s, caller.valid_until - time.time())
