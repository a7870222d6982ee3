"""An end that costs no caller an error: whoever has a connection is told to take another one, before it is closed.

A connection that is closed while its next request is on the way fails that request, and its caller can't know whether it was
carried out.
"""

import asyncio
import time
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOK_S = 0.02


class LastAnswers:
    """ASGI middleware. Once ``stopping`` is set, every answer is the last on its connection (RFC 9112, section 9.6)."""

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and self._stopping.is_set():
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, answer)


async def until_used(connections: Collection[object], *, within_s: float) -> None:
    """Wait until no connection of uvicorn's is kept for a next request; one that is after ``within_s`` is hardly used."""
    until = time.monotonic() + within_s
    # uvicorn tells nobody when a connection goes
    while any(map(_is_kept, connections)) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)


def _is_kept(connection: object) -> bool:
    cycle = getattr(connection, "cycle", None)
    return cycle is None or bool(cycle.response_complete)
