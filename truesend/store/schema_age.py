"""Whether the database has what this version of the code needs."""

import asyncpg

from truesend.store.files import database_folder
from truesend.store.queries import Executor, load_queries

NOT_MIGRATED = "the database is not migrated: run truesend migrate"
NOT_ALLOWED = "DATABASE_URL's role may not use the schema truesend: db/roles.sql gives the services their rights"


async def schema_problem(connection: Executor) -> str | None:
    """None where it has all of it, else what to do. A database that is newer is none: old code runs on a new schema.

    Where the role may not read which migrations were run, only whether any was is known.
    """
    queries = load_queries("schema")
    try:
        state = await queries["state"].fetchrow(connection)
    except asyncpg.InsufficientPrivilegeError:
        return NOT_ALLOWED
    if state is None or not state["is_migrated"]:
        return NOT_MIGRATED
    if not state["is_readable"]:
        return None
    applied = {row["version"] for row in await queries["applied"].fetch(connection)}
    missing = {path.name.partition("_")[0] for path in (database_folder() / "migrations").glob("*.sql")} - applied
    if missing:
        return f"the database is older than this Truesend, {len(missing)} migrations are missing: run truesend migrate"
    return None
