"""Whether the topics that a service reads are there."""

import asyncio
from itertools import chain

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

ASKED_WITHIN_S = 2.0


async def missing_topics(broker: KafkaBroker) -> str | None:
    """Say which topics of the broker's consumers Kafka does not have, or does not show us; None where none is missing."""
    consumers = [found for each in broker.subscribers if (found := getattr(each, "consumer", None)) is not None]
    if not consumers:
        return None
    wanted = set(chain.from_iterable(consumer.subscription() for consumer in consumers))
    try:
        async with asyncio.timeout(ASKED_WITHIN_S):
            missing = wanted - await consumers[0].topics()
    except (KafkaError, TimeoutError):
        return None
    return f"topics are missing: run truesend topics ({', '.join(sorted(missing))})" if missing else None
