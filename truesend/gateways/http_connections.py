"""One gateway's connections: opened, asked once at a time, kept for a while.

Nothing is written on a connection before it stands, TLS and all, and nothing is ever written twice: whoever fails to open
one knows that the request never went out, and whoever has asked does not.
"""

import asyncio
import errno
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Final

import aiohappyeyeballs
from aiohappyeyeballs import AddrInfoType

from truesend.gateways.http_answers import Answer, AnswerReader, NoAnswer, NoAnswerKind

# A Node server closes an idle connection after 5 s; a POST on a connection that is just being closed would be a doubt.
KEEPALIVE_S: Final = 2.0

_SECOND_FAMILY_S: Final = 0.25  # how long one address may take before the next is tried beside it (RFC 8305)
_ADDRESSES_KEPT_S: Final = 10.0

_COPIED_BYTES: Final = 64 * 1024  # a larger body is written by itself, a smaller one in one piece with its head

_AddressInfos = Sequence[AddrInfoType]


class Connection(asyncio.Protocol):
    """One connection. It is asked one thing at a time, and closes as soon as anything odd is seen of it."""

    __slots__ = (
        "_deadline",
        "_heard_at",
        "_loop",
        "_reader",
        "_socket",
        "_timer",
        "_transport",
        "_wait_s",
        "_waiter",
        "idle_since",
    )

    _transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop, connected: socket.socket) -> None:
        self._loop = loop
        self._socket = connected
        self._reader: AnswerReader | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wait_s = self._deadline = self._heard_at = 0.0
        self.idle_since = 0.0

    @property
    def is_open(self) -> bool:
        """Whether something may be written, as far as is known."""
        return not self._transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come that the event loop has not seen yet: a gateway that is going away has
        often said so already, and what is not written then is no doubt."""
        if self._transport.is_closing():
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    async def ask(
        self, head: bytes, body: bytes, *, limit_bytes: int, wait_s: float, deadline: float
    ) -> Answer | NoAnswer:
        """Write one request; once. Waits ``wait_s`` at most for each piece of the answer, and until ``deadline`` for all of
        it. A connection that gave no whole answer, or whose caller did not wait for it, is closed."""
        if self._transport.is_closing():
            return NoAnswer(NoAnswerKind.NOT_SENT, "the connection was lost before anything was written")
        self._reader = reader = AnswerReader(limit_bytes)
        self._waiter = self._loop.create_future()
        self._wait_s, self._deadline, self._heard_at = wait_s, deadline, self._loop.time()
        self._timer = self._loop.call_at(min(self._heard_at + wait_s, deadline), self._overdue)
        self._transport.write(head + body if len(body) < _COPIED_BYTES else head)
        if len(body) >= _COPIED_BYTES:
            self._transport.write(body)
        try:
            await self._waiter
        finally:
            self._reader = self._waiter = None
            self._timer.cancel()
            if not reader.keeps_alive or self._transport.get_write_buffer_size():  # answered before all was read
                self._transport.abort()
        return reader.result or NoAnswer(NoAnswerKind.UNEXPECTED, "the request broke off")

    def close(self) -> None:
        """Close it, whatever is under way."""
        if self._reader is not None:
            self._reader.break_off(NoAnswerKind.CONNECTION_LOST, "the connection was closed before an answer came")
            self._end_if_told(self._reader)
        self._transport.abort()

    # --- what the event loop calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None or reader.result is not None:  # nobody asked for this, and it is no answer to what will be
            if reader is not None:
                reader.keeps_alive = False
            self._transport.abort()
            return
        self._heard_at = self._loop.time()
        reader.feed(data)
        self._end_if_told(reader)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reader is not None:
            self._reader.end(cleanly=exc is None)
            self._end_if_told(self._reader)

    def _overdue(self) -> None:
        due = min(self._heard_at + self._wait_s, self._deadline)
        if due > self._loop.time():
            self._timer = self._loop.call_at(due, self._overdue)
        elif self._reader is not None:
            self._reader.break_off(NoAnswerKind.READ_TIMEOUT, f"no answer within {self._wait_s:g} s")
            self._end_if_told(self._reader)

    def _end_if_told(self, reader: AnswerReader) -> None:
        if reader.result is not None and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connections:
    """The connections to one host. There are never more than were asked at once: whoever asks bounds them."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """``tls`` is how a secure connection is made; None for a plain one."""
        self._loop = asyncio.get_running_loop()
        self._host, self._port, self._tls = host, port, tls
        self._idle: deque[Connection] = deque()
        self._busy: set[Connection] = set()
        self._resolving = asyncio.Lock()
        self._written_out = _written_out(host, port)
        self._addresses: _AddressInfos = []
        self._resolved_at = 0.0
        self._is_closed = False
        self._reaper: asyncio.TimerHandle | None = None

    def kept(self) -> Connection | None:
        """A connection that stands already; the one that was used last, so that the others can be given up."""
        since = self._loop.time() - KEEPALIVE_S
        while self._idle:
            connection = self._idle.pop()
            if connection.idle_since > since and connection.is_quiet:
                self._busy.add(connection)
                return connection
            connection.close()
        return None

    async def opened(self) -> Connection:
        """A new connection. Raises OSError (ssl.SSLError, socket.gaierror) or UnicodeError where there is none to be had."""
        addresses = await self._resolved()
        try:
            connected = await aiohappyeyeballs.start_connection(
                addresses, happy_eyeballs_delay=_SECOND_FAMILY_S, loop=self._loop
            )
        except BaseException:
            self._addresses = []
            raise
        try:
            _, connection = await self._loop.create_connection(
                lambda: Connection(self._loop, connected),
                sock=connected,
                ssl=self._tls,
                server_hostname=None if self._tls is None else self._host.rstrip("."),
            )
        except BaseException:
            connected.close()
            raise
        if self._is_closed:
            connection.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "closed meanwhile")
        self._busy.add(connection)
        return connection

    def give_back(self, connection: Connection) -> None:
        """After an answer, or without one. It is kept for a while if it may be asked again."""
        self._busy.discard(connection)
        if connection.is_open:
            connection.idle_since = self._loop.time()
            self._idle.append(connection)
            if self._reaper is None:
                self._reaper = self._loop.call_later(KEEPALIVE_S, self._give_up_idle)

    def close(self) -> None:
        """Close all, also those that are waiting for an answer."""
        self._is_closed = True
        if self._reaper is not None:
            self._reaper.cancel()
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()

    def _give_up_idle(self) -> None:
        now = self._loop.time()
        while self._idle and (now - self._idle[0].idle_since >= KEEPALIVE_S or not self._idle[0].is_open):
            self._idle.popleft().close()
        self._reaper = None
        if self._idle:
            self._reaper = self._loop.call_at(self._idle[0].idle_since + KEEPALIVE_S, self._give_up_idle)

    async def _resolved(self) -> _AddressInfos:
        """The host's addresses, asked for once at a time and kept for a few seconds."""
        if self._written_out:
            return self._written_out
        async with self._resolving:
            if not self._addresses or self._loop.time() - self._resolved_at > _ADDRESSES_KEPT_S:
                self._addresses = await self._loop.getaddrinfo(
                    self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
                )
                self._resolved_at = self._loop.time()
            return self._addresses


def _written_out(host: str, port: int) -> _AddressInfos:
    """The address that ``host`` is; none where it is a name."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return []
