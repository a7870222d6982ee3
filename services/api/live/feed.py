"""One feed per process: every fact once, in the order of its position.

Kafka brings facts fast, event_log has them for sure. What Kafka brings out of order waits for what is missing; what does
not come soon is read from event_log; and while somebody listens, event_log is looked at every two seconds, so that the stream
goes on, a little slower, without Kafka.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.api.database import Database
from services.api.live.audience import Audience, Listener
from services.api.live.frames import Frame, StreamedFact, frame_of_fact, frame_of_row
from services.api.problems import DatabaseAway
from truesend.broker.consumer import Received
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop
from truesend.store.queries import Query

GAP_PATIENCE_S = 0.1
LOOK_S = 2.0
PAGE_ROWS = 500
TURN_FRAMES = 64
WAITING_LIMIT = 10_000


class Feed:
    """Hands facts to the audience. ``position`` is that of the last one handed out; None until the database was asked."""

    def __init__(self, database: Database, queries: Mapping[str, Query], heartbeats: Heartbeats) -> None:
        self.audience = Audience()
        self.position: int | None = None
        self._database = database
        self._queries = queries
        self._waiting: dict[int, Frame] = {}
        self._highest = 0
        self._incomplete_since: float | None = None
        self._looked_at = float("-inf")
        self._loop = Loop("live feed", self._pass, heartbeats)

    def start(self) -> None:
        """Begin to follow."""
        self._loop.start()

    async def stop(self) -> None:
        """End every stream, and follow no more."""
        self.audience.close()
        await self._loop.stop(within_s=1)

    async def problem(self) -> str | None:
        """None once it knows where it is."""
        return "the live feed has not started" if self.position is None else None

    def handler(self, kind: str) -> Callable[[Sequence[Received[StreamedFact]]], Awaitable[None]]:
        """What takes the records of one topic; ``kind`` becomes the event's name."""

        async def take(records: Sequence[Received[StreamedFact]]) -> None:
            for number, record in enumerate(records, start=1):
                self.offer(frame_of_fact(kind, record.body, record.traceparent))
                if number % TURN_FRAMES == 0:
                    await asyncio.sleep(0)

        return take

    def offer(self, frame: Frame) -> None:
        """Take a fact from Kafka. A notice is no history and has no place in the order: it goes out at once."""
        if frame.position is None:
            self.audience.hand_out(frame)
            return
        if frame.position <= (self.position or 0):
            return
        self._highest = max(self._highest, frame.position)
        if len(self._waiting) < WAITING_LIMIT:
            self._waiting[frame.position] = frame
        self._loop.wake()

    async def catch_up(self) -> int:
        """The position from which a new client may follow; where nobody listened so far, it is first brought up to date.

        Raises DatabaseAway.
        """
        if self.position is not None and len(self.audience):
            return self.position
        last = await self.last_position()
        if not len(self.audience):
            # Somebody may have joined meanwhile: nothing may be passed over then.
            self.position = max(self.position or 0, last)
        return self.position or 0

    async def last_position(self) -> int:
        """The last position that any fact has. Raises DatabaseAway."""
        async with self._database.unbound() as connection:
            return int(await self._queries["last_position"].fetchval(connection) or 0)

    def join(self, listener: Listener) -> None:
        """Hand out to it whatever comes after ``position``."""
        self.audience.join(listener)
        self._loop.wake()

    async def _pass(self) -> float:
        try:
            return await self._follow()
        except DatabaseAway:
            return LOOK_S

    async def _follow(self) -> float:
        if self.position is None:
            await self.catch_up()
        await self._hand_out_in_order()
        now = time.monotonic()
        if self._has_gap() and self._incomplete_since is None:
            self._incomplete_since = now
        wait_s = self._seconds_until_look(now)
        if wait_s > 0:
            return wait_s
        await self._look()
        return LOOK_S

    def _seconds_until_look(self, now: float) -> float:
        if self._incomplete_since is not None:
            return self._incomplete_since + GAP_PATIENCE_S - now
        return self._looked_at + LOOK_S - now if len(self.audience) else LOOK_S

    def _has_gap(self) -> bool:
        return self._highest > (self.position or 0)

    async def _hand_out_in_order(self) -> None:
        """Hand out what follows without a gap; without an audience, just keep up."""
        if not len(self.audience):
            self.position = max(self.position or 0, self._highest)
        handed_out = 0
        while (frame := self._waiting.pop((self.position or 0) + 1, None)) is not None:
            self._hand_out(frame)
            handed_out += 1
            if handed_out % TURN_FRAMES == 0:
                await asyncio.sleep(0)
        if not self._has_gap():
            self._waiting.clear()
            self._incomplete_since = None

    async def _look(self) -> None:
        """Hand out what event_log has after our position. Facts get their position before they get to Kafka, so what
        is not there either, below a position that Kafka brought, was pruned: it is passed over."""
        while True:
            settled = self._highest
            async with self._database.unbound() as connection:
                rows = await self._queries["facts_after"].fetch(
                    connection, after_position=self.position or 0, row_limit=PAGE_ROWS
                )
            for row in rows:
                self._waiting[row["position"]] = frame_of_row(row)
            last = max(settled, rows[-1]["position"] if rows else 0) if len(rows) < PAGE_ROWS else rows[-1]["position"]
            await self._hand_out_up_to(last)
            if len(rows) < PAGE_ROWS:
                break
        self._looked_at = time.monotonic()
        self._incomplete_since = None

    async def _hand_out_up_to(self, last: int) -> None:
        ready = sorted(position for position in self._waiting if position <= last)
        for number, position in enumerate(ready, start=1):
            frame = self._waiting.pop(position, None)
            if frame is not None and position > (self.position or 0):
                self._hand_out(frame)
            if number % TURN_FRAMES == 0:
                await asyncio.sleep(0)
        self.position = max(self.position or 0, last)

    def _hand_out(self, frame: Frame) -> None:
        self.audience.hand_out(frame)
        self.position = max(self.position or 0, frame.position or 0)
