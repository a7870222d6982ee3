"""Who is compared with Truesend, and what each of them needs."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Broker(Enum):
    """What a peer keeps its jobs in."""

    POSTGRES = "Postgres"
    KAFKA = "Kafka"
    REDIS = "Redis"


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to do the same job. ``made_of`` says what its one worker process works with."""

    package: str
    worker: str
    broker: Broker
    made_of: str

    @property
    def module(self) -> str:
        """Its worker's."""
        return f"tests.bench.peers.workers.{self.worker}"

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return f"{self.package} on {self.broker.value}"


_COROUTINES: Final = "uvloop, aiohttp, asyncpg"
_GREENLETS: Final = "gevent, urllib3, psycopg"

PEERS: Final = (
    Peer("pgqueuer", "pgqueuer_worker", Broker.POSTGRES, _COROUTINES),
    Peer("taskiq", "taskiq_kafka_worker", Broker.KAFKA, _COROUTINES),
    Peer("taskiq", "taskiq_redis_worker", Broker.REDIS, _COROUTINES),
    Peer("dramatiq", "dramatiq_worker", Broker.REDIS, _GREENLETS),
    Peer("saq", "saq_worker", Broker.REDIS, _COROUTINES),
    Peer("procrastinate", "procrastinate_worker", Broker.POSTGRES, _COROUTINES),
    Peer("celery", "celery_worker", Broker.REDIS, _GREENLETS),
)
QUICK_PEERS: Final = PEERS[:2]
