"""All that is kept about one recipient of one organisation: handed out, or erased.

Messages on their way are never erased: what became of them has to be found out first, and that needs the recipient.
"""

import contextlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from truesend.store.pool import Connection
from truesend.store.queries import load_queries

SLICE = 500

_QUERIES = load_queries("privacy")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom it is about: a number in digits with its country code, or a group's id, and whose recipient that is."""

    organization_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class Found:
    """Messages to somebody. ``waiting`` are those of ``messages`` that would still be sent; ``under_way`` are apart."""

    messages: tuple[UUID, ...]
    waiting: int
    under_way: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """How many messages were erased, and of them cancelled. ``left`` were on their way."""

    messages: int
    cancelled: int
    left: int


async def find(db: Connection, person: Person) -> Found:
    """The messages to somebody."""
    rows = await _QUERIES["messages_about"].fetch(db, organization_id=person.organization_id, number=person.number)
    return Found(
        tuple(row["id"] for row in rows if not row["is_under_way"]),
        sum(row["is_pending"] for row in rows),
        tuple(row["id"] for row in rows if row["is_under_way"]),
    )


async def kept_about(db: Connection, person: Person, found: Found) -> Mapping[str, list[dict[str, Any]]]:
    """The rows themselves: messages, attempts, evidence, events."""
    row = await _QUERIES["kept"].fetchrow(
        db,
        organization_id=person.organization_id,
        number=person.number,
        message_ids=[*found.messages, *found.under_way],
    )
    assert row is not None  # noqa: S101 - the query always returns its one row
    return {name: orjson.loads(text) for name, text in row.items()}


async def erase(
    db: Connection, person: Person, found: Found, *, new_pseudonym: Callable[[], UUID] = uuid.uuid4
) -> Erased:
    """Erase what was found, a slice at a time, each whole by itself: one that breaks off is taken up by the next call."""
    messages = cancelled = 0
    for first in range(0, len(found.messages), SLICE):
        row = await _erase_slice(db, person, found.messages[first : first + SLICE])
        assert row is not None  # noqa: S101 - the query always returns its one row
        messages, cancelled = messages + row["erased"], cancelled + row["cancelled"]
    # one of those that were found may have been claimed since
    now = await find(db, person)
    await _QUERIES["erase_traces"].execute(
        db,
        organization_id=person.organization_id,
        number=person.number,
        under_way=list(now.under_way),
        pseudonym=f"erased {new_pseudonym()}",
    )
    await _QUERIES["wake"].execute(db)
    return Erased(messages, cancelled, len(now.under_way))


async def _erase_slice(db: Connection, person: Person, message_ids: Sequence[UUID]) -> asyncpg.Record | None:
    while True:
        # a fact that the relay moves just then can't be waited for, only found again where it is
        with contextlib.suppress(asyncpg.SerializationError):
            return await _QUERIES["erase_messages"].fetchrow(
                db, organization_id=person.organization_id, message_ids=list(message_ids)
            )
