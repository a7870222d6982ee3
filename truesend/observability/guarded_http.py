"""A server's connections, bounded: uvicorn's HTTP with what it leaves to a proxy, for those who run without one.

A client that connects and says nothing, or a byte a minute (slow loris), holds a file and memory for ever; a head without
end holds as much memory as the client likes. Here a request has a time to arrive in, its head a size, and the process a
number of connections: beyond it those that have waited longest without a request make room for the new one.
"""

import asyncio
import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

CUT_OFF = Counter("truesend_http_connections_cut", "Connections that the server ended by itself.", ["reason"])
SLOWEST_BODY_BYTES_PER_S = 16_384
CLOSING_S = 2.0
HANG_UP = "hang_up"
"""Under this name an application finds in its scope's state what ends its connection at once, whatever is still unwritten."""
WRITE_NOW = "write_now"
"""Under this name, what writes a chunk (as `chunked` makes it) of an answer that is under way, past the application and what
stands around it. Says whether it did: not before the answer has begun, nor after its end, nor while earlier bytes wait."""
FILES_BESIDE = 256

_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_FULL = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 2\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may cost, and how many there may be. A body has ``body_timeout_s``, and a second more for each
    16 KiB that have come; a client that reads nothing of an answer for as long is hung up on."""

    head_timeout_s: float = 10.0
    body_timeout_s: float = 30.0
    head_bytes: int = 65_536
    connections: int = 4_096


@dataclass(slots=True)
class Guard:
    """The connections of one server. ``waiting`` are those without a request, the longest-waiting first."""

    limits: ConnectionLimits
    waiting: dict["GuardedProtocol", None] = field(default_factory=dict)

    @property
    def protocol(self) -> type[asyncio.Protocol]:
        """What uvicorn takes as ``http``: it calls it, and needs no class."""
        make: Callable[..., asyncio.Protocol] = self._protocol
        return cast(type[asyncio.Protocol], make)

    def _protocol(self, **parts: Any) -> "GuardedProtocol":
        return GuardedProtocol(self, **parts)


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, guard: Guard, **parts: Any) -> None:
        super().__init__(**parts)
        self._guard = guard
        self._limits = guard.limits
        self._in_head = True
        self._head_bytes = 0
        self._body_bytes = 0
        self._began_s = 0.0
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The head is waited for from now on: a client that connects has something to say."""
        super().connection_made(transport)
        self._make_room()
        self._guard.waiting[self] = None
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._guard.waiting.pop(self, None)
        self._stop_waiting()
        self._is_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.body_timeout_s, self._hang_up)

    def resume_writing(self) -> None:
        """It does."""
        self._is_read()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a head, or of a body; of no more than a head may have."""
        if self._in_head:
            if self._deadline is None:
                self._wait_for_head()
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self._limits.head_bytes:
            self._refuse(_HEAD_TOO_LARGE, "head_too_large")

    def on_headers_complete(self) -> None:
        """The head is whole: now the body has its time."""
        if self.transport.is_closing():
            return
        self._in_head = False
        self._guard.waiting.pop(self, None)
        self._stop_waiting()
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > self._limits.head_bytes:
            self._refuse(_HEAD_TOO_LARGE, "head_too_large")
            return
        self.scope["state"][HANG_UP] = self.transport.abort
        self.scope["state"][WRITE_NOW] = self._write_now
        super().on_headers_complete()
        self._body_bytes, self._began_s = 0, self.loop.time()
        self._deadline = self.loop.call_later(self._limits.body_timeout_s, self._body_is_late)

    def on_body(self, body: bytes) -> None:
        """More of the body: more time for the rest."""
        self._body_bytes += len(body)
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._stop_waiting()
        self._in_head, self._head_bytes = True, 0
        if not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Until its next request the connection may be ended for another one; uvicorn ends it by itself soon."""
        super().on_response_complete()
        if self._in_head and not self.pipeline and not self.transport.is_closing():
            self._guard.waiting[self] = None

    def _write_now(self, chunk: bytes) -> bool:
        cycle = self.cycle
        if self.flow.write_paused or self.transport.is_closing():
            return False
        if not cycle.response_started or cycle.response_complete or not cycle.chunked_encoding:
            return False
        self.transport.write(chunk)
        return True

    def _make_room(self) -> None:
        if len(self.connections) <= self._limits.connections:
            return
        longest = next(iter(self._guard.waiting), self)
        longest._refuse(_FULL, "full")

    def _wait_for_head(self) -> None:
        self._deadline = self.loop.call_later(self._limits.head_timeout_s, self._refuse, _TIMED_OUT, "head_timeout")

    def _body_is_late(self) -> None:
        """Unless so much has come meanwhile that the rest may take longer."""
        allowed_s = self._limits.body_timeout_s + self._body_bytes / SLOWEST_BODY_BYTES_PER_S
        left_s = self._began_s + allowed_s - self.loop.time()
        if left_s > 0:
            self._deadline = self.loop.call_later(left_s, self._body_is_late)
        else:
            self._refuse(_TIMED_OUT, "body_timeout")

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _hang_up(self) -> None:
        CUT_OFF.labels("unread").inc()
        self.transport.abort()

    def _refuse(self, answer: bytes, reason: str) -> None:
        """End the connection: with an answer, unless one is on its way already."""
        self._stop_waiting()
        self._guard.waiting.pop(self, None)
        if self.transport.is_closing():
            return
        CUT_OFF.labels(reason).inc()
        # None before the first request, whatever its type says
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(answer)
        self.transport.close()
        # a client that does not read, either, would keep what is closed open
        self._unread = self._unread or self.loop.call_later(CLOSING_S, self.transport.abort)


def chunked(body: bytes) -> bytes:
    """Part of an answer, as HTTP/1.1 carries it without knowing the answer's length. Source: RFC 9112, section 7.1."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def connections_allowed(wanted: int) -> int:
    """So many connections, or as many as the system lets this process have beside its other files, which it is told here."""
    files = wanted + FILES_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < files:
        soft = files if hard == resource.RLIM_INFINITY else min(files, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, max(soft - FILES_BESIDE, soft // 2))
