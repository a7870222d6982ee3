"""A gate before the re-check of sessions: what dashboards ask for by the thousand leaves room for everything else.

Requests that are all worked on at once take turns in everything: each of them is slow, and so are the live stream and the
confirmations of Kafka beside them, which then looks as if it were away.
"""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

AT_ONCE = 16
PREFIX, SUFFIX = "/v1/sessions", "/verify"


class VerifyGate:
    """ASGI middleware: so many of these requests are worked on at once, the others wait in the order in which they came."""

    def __init__(self, app: ASGIApp, at_once: int = AT_ONCE) -> None:
        self._app = app
        self._places = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, now or in its turn."""
        if not _is_gated(scope):
            await self._app(scope, receive, send)
            return
        async with self._places:
            await self._app(scope, receive, send)


def _is_gated(scope: Scope) -> bool:
    path: str = scope.get("path", "")
    return scope["type"] == "http" and path.startswith(PREFIX) and path.endswith(SUFFIX)
