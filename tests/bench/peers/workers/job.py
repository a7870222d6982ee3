"""The job that each of them does: what it is given, where it sends it to, and what it writes afterwards."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

IN_FLIGHT: Final = 64
CONNECTIONS: Final = 16
"""To Postgres, for writing rows: on few cores more of them only wait for one another."""

# Times are the database's, so that the last one says when the work was done, whoever looks for it and when.
MARK_SENT: Final = """
UPDATE scheduled_whatsapp_messages
SET status = 'sent', sent_at = clock_timestamp(), gateway_message_id = {gateway_message_id}
WHERE id = {id}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is. Queues that need neither Redis nor Kafka leave them alone."""

    database_url: str
    gateway_url: str
    gateway_api_key: str
    redis_url: str
    kafka_bootstrap_servers: str
    kafka_topic: str

    def environment(self) -> dict[str, str]:
        """As variables, for a process of its own."""
        return {f"PEER_{name.upper()}": getattr(self, name) for name in self.__slots__}

    @property
    def headers(self) -> dict[str, str]:
        """What every call to the gateway carries."""
        return {"Content-Type": "application/json", "X-API-Key": self.gateway_api_key}


@dataclass(frozen=True, slots=True)
class Job:
    """One message. Whoever holds it has all that it takes to send it, and reads nothing first."""

    id: str
    session_id: str
    phone: str
    text: str

    def fields(self) -> dict[str, str]:
        """As a queue carries it."""
        return {"id": self.id, "session_id": self.session_id, "phone": self.phone, "text": self.text}

    def call(self) -> dict[str, str]:
        """As the gateway wants it."""
        return {"sessionId": self.session_id, "phone": self.phone, "message": self.text}


def place_from_environment() -> Place:
    """Read what `Place.environment` wrote."""
    return Place(*(os.environ[f"PEER_{name.upper()}"] for name in Place.__slots__))


def write_jobs(jobs: list[Job], file: Path) -> None:
    """Keep them for a process that enqueues them."""
    file.write_text(json.dumps([job.fields() for job in jobs]))


def read_jobs(file: Path) -> list[Job]:
    """Read what `write_jobs` wrote."""
    return [Job(**fields) for fields in json.loads(file.read_text())]


def batched(jobs: list[Job], size: int) -> Iterator[list[Job]]:
    """So many at a time."""
    for start in range(0, len(jobs), size):
        yield jobs[start : start + size]
