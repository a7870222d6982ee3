"""Whether a pooler stands between us and Postgres, and gives the connection to others between two transactions."""

import contextlib

import asyncpg

from truesend.cli.doctor.finding import Finding, ill, note, well

ADVICE = (
    "Give truesend migrate a direct connection or the session pooler (on Supabase port 5432): the lock that keeps two"
    " migrations apart needs one."
)
_BACKEND = "SELECT pg_backend_pid()"


async def check_pooler(connection: asyncpg.Connection, database_url: str) -> list[Finding]:
    """A pooler says another process number than the server does; in transaction mode, two clients meet the same server."""
    backend = await connection.fetchval(_BACKEND)
    if backend == connection.get_server_pid():
        return [well("connection", "straight to Postgres")]
    with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        other = await asyncpg.connect(database_url, timeout=3, statement_cache_size=0)
        try:
            if await other.fetchval(_BACKEND) == backend:
                return [ill("connection", "through a pooler in transaction mode", ADVICE)]
        finally:
            await other.close(timeout=2)
    return [note("connection", "through a pooler that keeps a connection for each client, as far as can be seen")]
