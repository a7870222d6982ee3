"""The CRM's own table of what failed for good: whether it can be written to, and that it forgets what was erased.

Its name is a setting, its shape the CRM's.
"""

import asyncpg

from truesend.store.queries import Executor, load_queries

SLICE = 500

_QUERIES = load_queries("crm_dead_letters")


class DeadLetterTableError(Exception):
    """The table refused. The message is the SQLSTATE."""


async def problem_with(db: Executor, table: str) -> str | None:
    """What keeps a role from writing there, in words; None where nothing does, as far as the catalogue tells."""
    try:
        found = await _QUERIES["table_found"].fetchrow(db, target=table)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InvalidNameError):
        return "it is not there"
    except asyncpg.InsufficientPrivilegeError:
        return "this role may not use its schema"
    if found is None or not found["is_table"]:
        return "it is no table"
    if found["missing"]:
        return f"it has no column {', '.join(found['missing'])}"
    if found["demanded"]:
        return f"it demands {', '.join(found['demanded'])}, which Truesend does not have"
    if not found["may_write"]:
        return "this role may not SELECT, INSERT and UPDATE there"
    return None


async def forget_the_erased(db: Executor, table: str) -> int:
    """Take the gateway's words from entries whose message was erased, and close what can be closed; returns how many.

    Raises DeadLetterTableError where the table refuses.
    """
    total = 0
    while True:
        row = await _QUERIES["settle_buried"].fetchrow(db, target=table, row_limit=SLICE)
        assert row is not None  # noqa: S101 - the function always returns its one row
        if row["problem"] is not None:
            raise DeadLetterTableError(row["problem"])
        total += int(row["settled"])
        if row["settled"] < SLICE:
            return total
