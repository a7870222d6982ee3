"""Telling the sender and the relay that there is something new, without waiting for them.

Many messages at once make one NOTIFY: it serialises commits, and it is only a hint.
"""

import asyncio

from services.api.database import Database
from services.api.problems import DatabaseAway
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop
from truesend.store.queries import Query

GATHER_S = 0.02
IDLE_S = 20.0


class Hints:
    """Rings for whoever listens. A lost ring costs a little time, nothing else."""

    def __init__(self, database: Database, notify: Query, heartbeats: Heartbeats) -> None:
        self._database = database
        self._notify = notify
        self._wanted = False
        self._loop = Loop("hints", self._ring, heartbeats)

    def start(self) -> None:
        """Be ready to ring."""
        self._loop.start()

    async def stop(self) -> None:
        """Ring no more."""
        await self._loop.stop(within_s=1)

    def ring(self) -> None:
        """There is a new message."""
        self._wanted = True
        self._loop.wake()

    async def _ring(self) -> float:
        if not self._wanted:
            return IDLE_S
        self._wanted = False
        try:
            async with self._database.unbound() as connection:
                await self._notify.execute(connection)
        except DatabaseAway:
            return IDLE_S
        await asyncio.sleep(GATHER_S)
        return 0
