"""Reading a message's story, a page at a time."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.api.cursors import cursor_of
from services.api.message_story import Place, story
from truesend.store.queries import Executor, Query

# of each kind of entry; a message with more of them is not read to its end
SOURCE_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A part of the story, the earliest first. ``attempts`` are all of them."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    attempts: list[dict[str, Any]]


async def read_story(
    db: Executor,
    queries: Mapping[str, Query],
    message: Mapping[str, Any],
    *,
    organization_id: UUID,
    after: tuple[datetime, int, int] | None,
    row_limit: int,
) -> StoryPage:
    """The page after that place. ``message`` is the row as the API answers with it."""
    whose = {"organization_id": organization_id, "message_id": UUID(str(message["id"])), "row_limit": SOURCE_LIMIT}
    attempts = [dict(row) for row in await queries["message_attempts"].fetch(db, **whose)]
    told = story(
        {"created_at": datetime.fromisoformat(message["created_at"])},
        [dict(row) for row in await queries["facts_of_message"].fetch(db, **whose)],
        attempts,
        [dict(row) for row in await queries["told_of_message"].fetch(db, **whose)],
    )
    if after is not None:
        told = [entry for entry in told if entry.place > Place(*after)]
    page = told[:row_limit]
    next_cursor = cursor_of(*astuple(page[-1].place)) if len(told) > row_limit else None
    return StoryPage([entry.item for entry in page], next_cursor, attempts)
