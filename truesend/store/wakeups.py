"""LISTEN as a hint to look sooner. Never the truth: whoever listens also looks by itself from time to time."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import asyncpg
import structlog

RELAY_CHANNEL = "truesend_relay"
DISPATCH_CHANNEL = "truesend_dispatch"
RECONNECT_PAUSE_S = 2.0

log = structlog.get_logger(__name__)


class Wakeups:
    """Calls back on notifications, over one connection that it opens again when it is lost.

    Only a session can listen: without an URL that leads to one, nobody is called, and all is found by looking.
    """

    def __init__(self, session_url: str | None, callbacks: Mapping[str, Callable[[], None]]) -> None:
        self._session_url = session_url
        self._callbacks = callbacks
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin listening, in the background."""
        if self._session_url is not None:
            self._task = asyncio.create_task(self._run(self._session_url), name="wakeups")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, session_url: str) -> None:
        while True:
            try:
                await self._listen(session_url)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.debug("listening again soon", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _listen(self, session_url: str) -> None:
        connection = await asyncpg.connect(session_url, timeout=10)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            for channel in self._callbacks:
                await connection.add_listener(channel, self._heard)
            await lost.wait()
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _process: int, channel: str, _payload: object) -> None:
        self._callbacks[channel]()
