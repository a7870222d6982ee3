"""Whether a pooler stands between us and Postgres, and gives the connection to others between two transactions."""

import asyncpg

from truesend.cli.doctor.finding import Finding, ill, note, warning, well
from truesend.store.pooler import lends_transactions

ADVICE = (
    "Give truesend migrate a direct connection or the session pooler (on Supabase port 5432), as DATABASE_URL or"
    " DATABASE_DIRECT_URL: the lock that keeps two migrations apart needs one."
)


async def check_pooler(connection: asyncpg.Connection, database_url: str) -> list[Finding]:
    """What stands between. The connection is open to ``database_url``, with ``statement_cache_size=0``, and at rest."""
    try:
        is_lent = await lends_transactions(connection, database_url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        says = f"whether a pooler stands between takes a second one, which was not to be had ({type(error).__name__})"
        return [warning("connection", says, "Run it again when there are connections to spare.")]
    if is_lent:
        return [ill("connection", "through a pooler in transaction mode", ADVICE)]
    if await connection.fetchval("SELECT pg_backend_pid()") == connection.get_server_pid():
        return [well("connection", "straight to Postgres")]
    return [note("connection", "through a pooler that keeps a connection for each client, as far as can be seen")]
