"""HTTP answers, read from bytes as they come: no sockets, no clock. llhttp parses; here is what may be taken of it.

An answer is whole, or broken off after its head (its status counts, its body does not), or there is none.
"""

import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import httptools
from multidict import CIMultiDict

BODY_LIMIT_BYTES: Final = 64 * 1024

# Of what is no body: heads, interim answers, chunk sizes, trailers. Chunks of a single byte have five bytes about each.
_FRAME_LIMIT_BYTES: Final = 64 * 1024
_FRAME_PER_BODY_BYTE: Final = 8
_HEADERS_LIMIT: Final = 256


class NoAnswerKind(StrEnum):
    """Why a request has no answer."""

    DNS_FAILURE = "dns_failure"
    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILURE = "tls_failure"
    NOT_SENT = "not_sent"  # the request could not even be made
    READ_TIMEOUT = "read_timeout"
    CONNECTION_LOST = "connection_lost"
    INVALID_HTTP = "invalid_http"
    UNEXPECTED = "unexpected"


_NEVER_REACHED: Final = frozenset(
    {
        NoAnswerKind.DNS_FAILURE,
        NoAnswerKind.CONNECT_FAILED,
        NoAnswerKind.CONNECT_TIMEOUT,
        NoAnswerKind.TLS_FAILURE,
        NoAnswerKind.NOT_SENT,
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered. ``truncated``: the body is not whole (too long, cut off, or not decompressible)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer came. ``detail`` is ours, without addresses or keys."""

    kind: NoAnswerKind
    detail: str

    @property
    def never_reached(self) -> bool:
        """True only where the request provably never reached the gateway."""
        return self.kind in _NEVER_REACHED


class AnswerReader:
    """Reads one answer. ``result`` is None until there is one; what comes after it is no part of it."""

    __slots__ = ("_body", "_headers", "_in_head", "_limit", "_parser", "_spare", "_status", "keeps_alive", "result")

    def __init__(self, limit_bytes: int) -> None:
        """At most ``limit_bytes`` of the body are read."""
        self._limit = limit_bytes
        self._spare = _FRAME_LIMIT_BYTES
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: bytes | bytearray = b""
        self._in_head = True
        self._parser = httptools.HttpResponseParser(self)
        # No danger here, where one request is one answer, and what some small servers write.
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True)
        self.result: Answer | NoAnswer | None = None
        self.keeps_alive = False
        """Whether the connection may be asked again after this answer."""

    def feed(self, data: bytes) -> None:
        """Read what came. The result stands as soon as it can be known."""
        self._spare -= len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.break_off(NoAnswerKind.INVALID_HTTP, "the answer was not HTTP")
        if self._spare < 0:
            self._never_mind()

    def end(self, *, cleanly: bool) -> None:
        """The connection has ended: ``cleanly`` where its other end closed it."""
        if self.result is None and cleanly and not self._in_head and self._is_until_end():
            self._finish(whole=True)
        else:
            self.break_off(NoAnswerKind.CONNECTION_LOST, "the connection was lost before an answer came")

    def break_off(self, kind: NoAnswerKind, detail: str) -> None:
        """No more is read: that is the result unless the head has come, whose status counts, or the whole answer."""
        self.keeps_alive = False
        if self.result is not None:
            return
        if self._in_head:
            self.result = NoAnswer(kind, detail)
        else:
            self._body = b""
            self._finish(whole=False)

    # --- what the parser calls ---

    def on_message_begin(self) -> None:
        if self.result is not None:
            raise ValueError("an answer that nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            if len(self._headers) >= _HEADERS_LIMIT:
                raise ValueError("too many headers")
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._status == 101:
            raise ValueError("nobody asked for another protocol")
        self._in_head = self._status < 200

    def on_body(self, data: bytes) -> None:
        size = len(data)
        self._spare += size * (1 + _FRAME_PER_BODY_BYTE)
        if self.result is not None:
            return
        if not self._body:
            self._body = data
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += data
        if len(self._body) > self._limit:
            self._body = self._body[: min(self._limit, BODY_LIMIT_BYTES)]  # nobody reads half a list
            self._finish(whole=False)

    def on_message_complete(self) -> None:
        if self._in_head:  # an interim answer: another one follows
            self._headers.clear()
        elif self.result is None:
            self.keeps_alive = self._parser.should_keep_alive()
            self._finish(whole=True)

    def _finish(self, *, whole: bool) -> None:
        headers = CIMultiDict([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers])
        self.result = Answer(self._status, headers, bytes(self._body), truncated=not whole)
        self._body = b""

    def _never_mind(self) -> None:
        """Frames without end: whatever was read of them, no answer."""
        self.keeps_alive = False
        if not (isinstance(self.result, Answer) and self.result.truncated):
            self.result = NoAnswer(NoAnswerKind.INVALID_HTTP, "the answer was not HTTP")

    def _is_until_end(self) -> bool:
        """Whether the body has no other end than the connection's."""
        return not any(name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in self._headers)


def uncompressed(answer: Answer, limit_bytes: int) -> Answer:
    """The answer, read where it came compressed though nobody asked; no further than ``limit_bytes``, whatever it claims to
    hold. For whoever uses it at once: many at a time would take many times as much."""
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return answer
    body, whole = b"", False
    if encoding in {"gzip", "x-gzip", "deflate"}:
        reader = zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, by its header
        with suppress(zlib.error):
            body = reader.decompress(answer.body, limit_bytes)
            whole = reader.eof and not answer.truncated
    return Answer(answer.status, answer.headers, body if whole else body[:BODY_LIMIT_BYTES], truncated=not whole)
