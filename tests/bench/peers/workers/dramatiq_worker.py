"""Dramatiq on Redis and on gevent, as its command `dramatiq-gevent` starts it: twice as fast here as its plain threads."""

# ruff: noqa: E402 - gevent patches what the others import

from gevent import monkey

monkey.patch_all()

from threading import Event

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from tests.bench.peers.workers.command import run
from tests.bench.peers.workers.job import IN_FLIGHT, Job, Place
from tests.bench.peers.workers.sending_in_threads import sending


def _enqueue(place: Place, jobs: list[Job]) -> None:
    broker = RedisBroker(url=place.redis_url)
    broker.declare_queue("default")
    for job in jobs:
        broker.enqueue(dramatiq.Message("default", "send", (), job.fields(), {}))


def _work(place: Place) -> None:
    broker = RedisBroker(url=place.redis_url)
    send = sending(place)

    @dramatiq.actor(actor_name="send", broker=broker)
    def send_one(**fields: str) -> None:
        send(Job(**fields))

    dramatiq.Worker(broker, worker_threads=IN_FLIGHT).start()
    Event().wait()


if __name__ == "__main__":
    run(enqueue=_enqueue, work=_work)
