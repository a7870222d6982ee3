"""What the settings say is to be forgotten, a slice at a time: what messages said, and old attempts."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from truesend.store.queries import load_queries

SLICE = 1_000
BETWEEN_SLICES_S = 0.1
EVERY_S = 60.0
_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0), UUID(int=0))


class Pruner:
    """Runs in every sender; rows that one has locked, the others pass over. A retention of 0 keeps for ever."""

    def __init__(self, pool: asyncpg.Pool, *, text_retention_s: float, attempt_retention_s: float) -> None:
        self._pool = pool
        self._text_retention_s = text_retention_s
        self._attempt_retention_s = attempt_retention_s
        self._queries = load_queries("sender")
        self._cursor = _BEGINNING

    async def prune_texts(self) -> float:
        """Blank a slice of the messages that came to their end long enough ago. Returns the seconds to rest."""
        if not self._text_retention_s:
            return EVERY_S
        blanked: int = await self._queries["prune_texts"].fetchval(
            self._pool, retention_s=self._text_retention_s, row_limit=SLICE
        )
        return BETWEEN_SLICES_S if blanked == SLICE else EVERY_S

    async def prune_attempts(self) -> float:
        """Delete a slice of the attempts that are old enough. Returns the seconds to rest."""
        if not self._attempt_retention_s:
            return EVERY_S
        finished_at, message_id, lease_token = self._cursor
        row = await self._queries["prune_attempts"].fetchrow(
            self._pool,
            retention_s=self._attempt_retention_s,
            after_finished_at=finished_at,
            after_message_id=message_id,
            after_lease_token=lease_token,
            row_limit=SLICE,
        )
        if row is None or row["scanned"] < SLICE:
            self._cursor = _BEGINNING
            return EVERY_S
        self._cursor = (row["last_finished_at"], row["last_message_id"], row["last_lease_token"])
        return BETWEEN_SLICES_S
