"""Who listens: for each client a bounded buffer, so that one who does not read costs nobody but itself.

What is handed out within one turn of the event loop is encoded once for an organisation, and written to each of its clients
without waking the client's own task: with thousands of clients those tasks would be nearly all the work. A task writes only
what its connection could not take at once.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from services.api.live.frames import Frame
from services.api.live.spans import show_streamed
from truesend.observability.guarded_http import chunked

LISTENING = Gauge("truesend_live_clients", "Clients on the live stream.")
CUT = Counter("truesend_live_clients_cut_total", "Clients cut off because they did not read.")
TURN_LISTENERS = 256

log = structlog.get_logger(__name__)

WriteNow = Callable[[bytes], bool]
"""Writes a chunk, unless what was written before is still on its way: then it does nothing, and says so."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one organisation's clients are to have next. ``at`` is when, by the monotonic clock."""

    frames: Sequence[Frame]
    chunk: bytes
    first_position: int | None
    at: float

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> "Batch":
        """Encoded."""
        first = next((frame.position for frame in frames if frame.position is not None), None)
        return cls(frames, chunked(b"".join(frame.wire for frame in frames)), first, time.monotonic())


class Listener:
    """One client's buffer. Once it has overflowed, it takes nothing more: the client resumes from event_log.

    ``after`` is the position up to which it has everything; ``told_at`` when something was written past its buffer.
    """

    def __init__(self, organization_id: UUID, *, buffer_frames: int, write_now: WriteNow | None = None) -> None:
        self.organization_id = organization_id
        self.after = 0
        self.told_at = 0.0
        self.has_overflowed = False
        self._buffer_frames = buffer_frames
        self._write_now = write_now
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()
        self._ended = False
        self._is_waiting = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def hear(self, batch: Batch) -> None:
        """Hand it facts. They go past the buffer where nothing can be overtaken: all earlier ones are written."""
        if self._may_be_told_now(batch) and self._write_now is not None and self._write_now(batch.chunk):
            self.told_at = batch.at
            return
        for frame in batch.frames:
            self.push(frame)

    def push(self, frame: Frame) -> None:
        """Put a fact into the buffer, unless the client has it."""
        if self._ended or (frame.position is not None and frame.position <= self.after):
            return
        if len(self._frames) >= self._buffer_frames:
            CUT.inc()
            self.has_overflowed = True
            self.end()
            return
        self._frames.append(frame)
        self._news.set()

    def end(self) -> None:
        """Let it go, with what it already has."""
        self._ended = True
        self._news.set()

    def _may_be_told_now(self, batch: Batch) -> bool:
        is_new = batch.first_position is None or batch.first_position > self.after
        return is_new and self._is_waiting and not self._frames and not self._ended

    async def take(self, *, within_s: float) -> list[Frame]:
        """All that is in the buffer, waiting for the first; nothing when the time is over or the end has come.

        Whoever takes has written what was taken before.
        """
        if not self._frames and not self._ended:
            self._is_waiting = True
            try:
                async with asyncio.timeout(within_s):
                    await self._news.wait()
            except TimeoutError:
                return []
            finally:
                self._is_waiting = False
        self._news.clear()
        frames = list(self._frames)
        self._frames.clear()
        return frames


class Audience:
    """Every listener of this process, by organisation."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, set[Listener]] = {}
        self._pending: dict[UUID, list[Frame]] = {}
        self._telling: asyncio.Task[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return sum(len(listeners) for listeners in self._listeners.values())

    def join(self, listener: Listener) -> None:
        """Begin to hand facts to it."""
        if self._closed:
            listener.end()
        self._listeners.setdefault(listener.organization_id, set()).add(listener)
        LISTENING.inc()

    def leave(self, listener: Listener) -> None:
        """Forget it."""
        listeners = self._listeners.get(listener.organization_id, set())
        if listener in listeners:
            listeners.remove(listener)
            LISTENING.dec()
        if not listeners:
            self._listeners.pop(listener.organization_id, None)

    def hand_out(self, frame: Frame) -> None:
        """Give a fact to those whom it concerns, as soon as it is their turn, in the order in which facts are handed out."""
        if frame.organization_id not in self._listeners:
            return
        self._pending.setdefault(frame.organization_id, []).append(frame)
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell(), name="live stream")

    def close(self) -> None:
        """End everybody's stream, and whoever comes later."""
        self._closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()

    async def _tell(self) -> None:
        """Until all have had all; others of this process have their turns in between."""
        told = 0
        try:
            while self._pending:
                organization_id = next(iter(self._pending))
                began_ns = time.time_ns()
                batch = Batch.of(self._pending.pop(organization_id))
                listeners = list(self._listeners.get(organization_id, ()))
                for listener in listeners:
                    _tell_one(listener, batch)
                    told += 1
                    if told % TURN_LISTENERS == 0:
                        await asyncio.sleep(0)
                show_streamed(batch.frames, clients=len(listeners), began_ns=began_ns)
        finally:
            self._telling = None


def _tell_one(listener: Listener, batch: Batch) -> None:
    """A connection that fails costs its own client the stream, and no other one a fact."""
    try:
        listener.hear(batch)
    except Exception:
        log.exception("a client of the live stream could not be written to")
        listener.end()
