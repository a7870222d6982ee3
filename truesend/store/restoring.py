"""After a restore: the database is of the moment of its backup, and what happened since is known only outside.

What was pending then and is due by now may have been sent meanwhile. It is held until the operator says, as what was overdue
on the day of adoption is: see ``adoption``. What was being sent is looked up, as after any accident.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from truesend.store.pool import Connection
from truesend.store.queries import load_queries

HELD_MESSAGE = "Held: the database was restored from a backup, and it may have been sent since."
BATCH_ROWS = 1000
# Ten thousand facts a second for more than a day; JavaScript's whole numbers have room for millions of such leaps.
POSITION_LEAP = 1_000_000_000
VERSION_LEAP = 1_000_000
_FIRST = (datetime.min.replace(tzinfo=UTC), UUID(int=0))

_QUERIES = load_queries("restoring")


class AtWorkError(Exception):
    """A verifier or a sender runs on the restored database: what must be held may have been sent again already."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was found and done: how many messages are held, how many wait for a look-up, and how many sessions there are."""

    held: int
    sending: int
    sessions: int


async def settle_after_restore(connection: Connection, *, batch_rows: int = BATCH_ROWS) -> Restored:
    """Make a restored database safe to start the services on. Raises AtWorkError where they have been started.

    Step by step, each whole by itself: after one that broke off it is called again.
    """
    if await _QUERIES["is_at_work"].fetchval(connection):
        raise AtWorkError
    await _QUERIES["begin"].execute(connection, position_leap=POSITION_LEAP)
    while await _QUERIES["take_back_claims"].fetchval(connection, row_limit=batch_rows):
        pass
    held = await _hold(connection, batch_rows)
    rows = await _QUERIES["leap_versions"].fetchrow(connection, version_leap=VERSION_LEAP)
    assert rows is not None  # noqa: S101 - the statement always returns its one row
    return Restored(held=held, sending=rows["sending"], sessions=rows["sessions"])


async def _hold(connection: Connection, batch_rows: int) -> int:
    held, (after_due_at, after_id) = 0, _FIRST
    while True:
        row = await _QUERIES["hold_due"].fetchrow(
            connection,
            after_due_at=after_due_at,
            after_id=after_id,
            row_limit=batch_rows,
            held_message=HELD_MESSAGE,
            version_leap=VERSION_LEAP,
        )
        if row is None or row["last_id"] is None:
            return held
        held += row["held"]
        after_due_at, after_id = row["last_due_at"], row["last_id"]
