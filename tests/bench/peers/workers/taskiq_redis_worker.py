"""Taskiq on Redis' streams: of its brokers there, the one that loses no job when a worker dies."""

from taskiq_redis import RedisStreamBroker

from tests.bench.peers.workers.taskiq_on import run_on

if __name__ == "__main__":
    run_on(lambda place: RedisStreamBroker(place.redis_url))
