"""The stream as an HTTP answer: every write bounded, and a client that does not read hung up on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.api.live.audience import CUT
from truesend.observability.guarded_http import HANG_UP

HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


class Chunks(Protocol):
    """What is streamed."""

    @property
    def has_overflowed(self) -> bool:
        """Whether more has happened than the client took."""

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """Bytes to write, whole events only."""


class StreamResponse(StreamingResponse):
    """Server-sent events. Source: WHATWG HTML, section 9.2."""

    media_type = "text/event-stream"

    def __init__(self, stream: Chunks, *, write_timeout_s: float) -> None:
        self._stream = stream
        self._chunks = stream.chunks()
        super().__init__(self._chunks, headers=HEADERS)
        self._write_timeout_s = write_timeout_s
        self._hang_up: Callable[[], None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; notices when the client goes away."""
        self._hang_up = scope["state"].get(HANG_UP)
        await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Write until the stream ends, or a write takes too long."""
        try:
            async with aclosing(self._chunks) as chunks:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                async for chunk in chunks:
                    async with asyncio.timeout(self._write_timeout_s):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            if not self._stream.has_overflowed:
                CUT.inc()
            if self._hang_up is not None:
                self._hang_up()
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
