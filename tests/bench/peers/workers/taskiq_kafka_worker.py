"""Taskiq on Kafka."""

from typing import Final

from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.partitioner import DefaultPartitioner
from taskiq_aio_kafka import AioKafkaBroker

from tests.bench.peers.workers.job import Place
from tests.bench.peers.workers.taskiq_on import run_on

_LONGER_THAN_ENQUEUEING_MS: Final = 30_000


def _broker(place: Place) -> AioKafkaBroker:
    broker = AioKafkaBroker(place.kafka_bootstrap_servers, kafka_topic=place.kafka_topic)
    # Its own defaults are kafka-python's classes, which aiokafka can't call since version 3 of that.
    broker.configure_producer(partitioner=DefaultPartitioner())
    broker.configure_consumer(
        group_id="peers",
        auto_offset_reset="earliest",
        session_timeout_ms=_LONGER_THAN_ENQUEUEING_MS,
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
    )
    return broker


if __name__ == "__main__":
    run_on(_broker)
