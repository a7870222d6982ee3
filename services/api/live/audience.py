"""Who listens: for each client a bounded buffer, so that one who does not read costs nobody but itself."""

import asyncio
from collections import deque
from uuid import UUID

from prometheus_client import Counter, Gauge

from services.api.live.frames import Frame

LISTENING = Gauge("truesend_live_clients", "Clients on the live stream.")
CUT = Counter("truesend_live_clients_cut_total", "Clients cut off because they did not read.")


class Listener:
    """One client's buffer. Once it has overflowed, it takes nothing more: the client resumes from event_log."""

    def __init__(self, organization_id: UUID, *, buffer_frames: int) -> None:
        self.organization_id = organization_id
        self._buffer_frames = buffer_frames
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()
        self._ended = False
        self.has_overflowed = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def push(self, frame: Frame) -> None:
        """Hand it a fact."""
        if self._ended:
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

    async def take(self, *, within_s: float) -> list[Frame]:
        """All that has come, waiting for the first; nothing when the time is over or the end has come."""
        if not self._frames and not self._ended:
            try:
                async with asyncio.timeout(within_s):
                    await self._news.wait()
            except TimeoutError:
                return []
        self._news.clear()
        frames = list(self._frames)
        self._frames.clear()
        return frames


class Audience:
    """Every listener of this process, by organisation."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, set[Listener]] = {}
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
        """Give a fact to those whom it concerns."""
        for listener in self._listeners.get(frame.organization_id, ()):
            listener.push(frame)

    def close(self) -> None:
        """End everybody's stream, and whoever comes later."""
        self._closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()
