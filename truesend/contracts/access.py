"""What each service must be allowed at Kafka, and nothing beyond: from what it writes and reads (CHANNELS).

Who may write or read a topic may describe it, too. Nobody needs a right on the cluster: producers are not idempotent, and
topics are made by `truesend topics` alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from truesend.contracts.channels import CHANNELS
from truesend.contracts.topics import TOPICS

Kind = Literal["topic", "group"]
Operation = Literal["Read", "Write", "Create", "Describe", "DescribeConfigs"]
SERVICES = ("api", "verifier", "sender")
LAG_TELLER = "verifier"
"""Who tells how far every consumer group is behind."""
TO_MAKE: tuple[Operation, ...] = ("Create", "Describe")


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One right at Kafka; topics and groups are named without TRUESEND_TOPIC_PREFIX, which begins both."""

    who: str
    kind: Kind
    name: str
    operation: Operation


def rights_of(who: str) -> list[Right]:
    """All that a service needs, or "topics": `truesend topics`, or "operator": `truesend dlq` and `truesend doctor`."""
    if who in SERVICES:
        works = set(_of_service(who))
        held = {(right.kind, right.name) for right in works}
        tells = {right for right in _of_lag() if (right.kind, right.name) not in held} if who == LAG_TELLER else set()
        return sorted(works | tells)
    names = [name for topic in TOPICS for name in (topic.name, topic.dead_letters)]
    if who == "topics":
        return sorted(Right(who, "topic", name, operation) for name in names for operation in TO_MAKE)
    return sorted(_of_operator(names))


def _of_service(service: str) -> Iterator[Right]:
    for channel in CHANNELS:
        if service in channel.writers:
            yield Right(service, "topic", channel.topic.name, "Write")
        for reader in channel.readers:
            if reader.service == service:
                yield Right(service, "topic", channel.topic.name, "Read")
                yield Right(service, "topic", channel.topic.dead_letters, "Write")
                if reader.group is not None:
                    yield Right(service, "group", reader.group, "Read")


def _of_lag() -> Iterator[Right]:
    for channel in CHANNELS:
        for reader in channel.readers:
            if reader.group is not None:
                yield Right(LAG_TELLER, "topic", channel.topic.name, "Describe")
                yield Right(LAG_TELLER, "group", reader.group, "Describe")


def _of_operator(names: list[str]) -> Iterator[Right]:
    for name in names:
        yield Right("operator", "topic", name, "DescribeConfigs")
        yield Right("operator", "topic", name, "Read" if name.endswith(".dlq") else "Write")
    for channel in CHANNELS:
        for reader in channel.readers:
            if reader.group is not None:
                yield Right("operator", "group", reader.group, "Describe")
