"""The CRM's messages table as it is here: which columns a new row needs, and how one is written."""

import asyncio
import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.api.database import Database
from services.api.new_message import Column, NewMessage, message_model
from truesend.store.queries import Executor, Query

FRESH_S = 60.0
_FROM_THE_CLOCK = ("created_at", "scheduled_for")


@dataclass(frozen=True, slots=True)
class MessageShape:
    """What was found: the columns that are there, the model of a request that fits them, and the column of each constraint
    by which one refers to another table."""

    columns: frozenset[str]
    model: type[NewMessage]
    foreign_keys: Mapping[str, str]


class MessageTable:
    """Reads the table's shape when it is first wanted, and again now and then: the CRM's schema is not ours."""

    def __init__(self, database: Database, columns: Query) -> None:
        self._database = database
        self._columns = columns
        self._shape: MessageShape | None = None
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def shape(self) -> MessageShape:
        """The shape, at most a minute old. Raises DatabaseAway."""
        async with self._lock:
            if self._shape is None or time.monotonic() - self._read_at > FRESH_S:
                self._shape = await self._read()
                self._read_at = time.monotonic()
            return self._shape

    async def _read(self) -> MessageShape:
        async with self._database.unbound() as connection:
            rows = await self._columns.fetch(connection)
        columns = [Column(row["name"], row["type"], row["demanded"]) for row in rows]
        foreign_keys = {constraint: row["name"] for row in rows for constraint in row["foreign_keys"]}
        return MessageShape(frozenset(column.name for column in columns), message_model(columns), foreign_keys)


async def insert_messages(
    db: Executor,
    shape: MessageShape,
    messages: Sequence[tuple[UUID, NewMessage]],
    *,
    organization_id: UUID,
    batch_id: UUID | None = None,
) -> None:
    """Insert pending rows. Columns that nobody gave keep the table's own defaults.

    Raises asyncpg.IntegrityConstraintViolationError and the like where the CRM's table refuses one; then there is none.
    """
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for message_id, message in messages:
        values = {
            "id": message_id,
            "organization_id": organization_id,
            "status": "pending",
            "retry_count": 0,
            **({"batch_id": batch_id} if batch_id else {}),
            **message.model_dump(by_alias=True, mode="json", exclude_none=True),
        }
        by_columns.setdefault(frozenset(values), []).append(values)
    for columns, rows in by_columns.items():
        await db.execute(_insert_statement(shape, columns), rows)


def _insert_statement(shape: MessageShape, given: Set[str]) -> str:
    """The statement for these columns. No file can hold it: which columns there are is the CRM's to say.

    Postgres turns the values into the columns' types; names come from its catalogue, never from the caller.
    """
    names = sorted((given | {*_FROM_THE_CLOCK}) & shape.columns)
    columns = ", ".join(_quoted(name) for name in names)
    sources = ", ".join(
        "now()" if name in _FROM_THE_CLOCK and name not in given else f"given.{_quoted(name)}" for name in names
    )
    return (
        f"INSERT INTO scheduled_whatsapp_messages ({columns})"  # noqa: S608 - quoted names from the catalogue
        f" SELECT {sources} FROM jsonb_populate_recordset(NULL::scheduled_whatsapp_messages, $1::jsonb) AS given"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
