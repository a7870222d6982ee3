"""What goes on in a live CRM while it is migrated: a writer that measures its waits, and a reader that stays."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from tests.migration.crm import CONNECTED_SESSION, OwnedDatabase

_INSERTS_PER_S = 50

_INSERT = """
INSERT INTO scheduled_whatsapp_messages
    (organization_id, group_id, workshop_id, message_type, message_content, scheduled_for)
SELECT organization_id, id, NULL, 'live', 'written while migrating', now() + interval '1 hour'
FROM whatsapp_groups LIMIT 1
RETURNING id
"""
_UPDATE = "UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1"
_DELETE = "DELETE FROM scheduled_whatsapp_messages WHERE id = $1"
_TOUCH = "UPDATE whatsapp_sessions SET last_active_at = now() WHERE id = $1"


@dataclass(slots=True)
class Writer:
    """Inserts at a steady rate, cancels, deletes, and updates a session; each write is timed by itself."""

    database: OwnedDatabase
    waits_s: list[float] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Write until cancelled. Writes that are due while another waits go out at once after it, as a CRM's do."""
        async with asyncpg.create_pool(self.database.url, min_size=4, max_size=30) as pool, asyncio.TaskGroup() as all_:
            number, started = 0, time.monotonic()
            while True:
                all_.create_task(self._write(pool, number))
                number += 1
                await asyncio.sleep(max(0.0, started + number / _INSERTS_PER_S - time.monotonic()))

    async def _write(self, pool: asyncpg.Pool, number: int) -> None:
        async with pool.acquire() as connection:
            message_id = await self._timed(connection, _INSERT)
            match number % 5:
                case 1:
                    await self._timed(connection, _UPDATE, message_id)
                case 2:
                    await self._timed(connection, _TOUCH, CONNECTED_SESSION)
                case 3:
                    await self._timed(connection, _DELETE, message_id)
        if number % 5 != 3:
            self.kept.append(message_id)

    async def _timed(self, connection: asyncpg.pool.PoolConnectionProxy, statement: str, *values: object) -> str:
        began = time.monotonic()
        result = await connection.fetchval(statement, *values)
        self.waits_s.append(time.monotonic() - began)
        return str(result)


@asynccontextmanager
async def writing(database: OwnedDatabase) -> AsyncIterator[Writer]:
    """Write for as long as the block lasts; an error of any write is the block's."""
    writer = Writer(database)
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled():
        task.result()


@asynccontextmanager
async def reading(database: OwnedDatabase, table: str, *, for_s: float) -> AsyncIterator[None]:
    """Hold a transaction open that has read the table, from the block's begin on, for this long."""
    connection = await database.connect()
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    await connection.fetchval(f"SELECT count(*) FROM {table}")

    async def end() -> None:
        await asyncio.sleep(for_s)
        await transaction.rollback()

    ending = asyncio.create_task(end())
    try:
        yield
        await ending
    finally:
        await connection.close()
