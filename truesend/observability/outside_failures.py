"""What goes wrong outside of us, and is waited out: Postgres, Kafka or the network being away."""

import asyncpg
from aiokafka.errors import KafkaError

OUTSIDE_FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server that is killed in the middle of a statement
    KafkaError,
)
