"""How far a process' connections to Postgres are used. Asked of the pool when somebody scrapes, and never else."""

from typing import Any, cast

import asyncpg
from prometheus_client import Gauge

CONNECTIONS = Gauge("truesend_database_pool_connections", "Connections to Postgres that are open, by use.", ["use"])
LIMIT = Gauge("truesend_database_pool_limit", "How many connections the pool may open: DATABASE_POOL_SIZE.")
WAITING = Gauge("truesend_database_pool_waiting", "How many wait for a connection at this moment.")


def watch_pool(pool: asyncpg.Pool) -> None:
    """Tell of this pool from now on: the one of the process."""
    CONNECTIONS.labels("in_use").set_function(lambda: pool.get_size() - pool.get_idle_size())
    CONNECTIONS.labels("idle").set_function(pool.get_idle_size)
    LIMIT.set_function(pool.get_max_size)
    WAITING.set_function(lambda: _waiting(pool))


def _waiting(pool: asyncpg.Pool) -> int:
    """asyncpg keeps those that wait to itself: they are in the queue of its connections."""
    queue = cast(Any, pool)._queue
    return 0 if queue is None else len(queue._getters)
