"""Celery on Redis with gevent, the pool that its guide names for waiting on networks, and without results and gossip.

Its pool of threads was as fast, and larger prefetches were no faster.
"""

# ruff: noqa: E402 - gevent patches what the others import

from gevent import monkey

monkey.patch_all()

from celery import Celery

from tests.bench.peers.workers.command import run
from tests.bench.peers.workers.job import IN_FLIGHT, Job, Place
from tests.bench.peers.workers.sending_in_threads import sending


def _app(place: Place) -> Celery:
    app = Celery(broker=place.redis_url)
    app.conf.update(task_ignore_result=True, worker_disable_rate_limits=True)
    return app


def _enqueue(place: Place, jobs: list[Job]) -> None:
    app = _app(place)
    with app.producer_pool.acquire(block=True) as producer:
        for job in jobs:
            app.send_task("send", kwargs=job.fields(), producer=producer)


def _work(place: Place) -> None:
    app, send = _app(place), sending(place)

    @app.task(name="send")
    def send_one(**fields: str) -> None:
        send(Job(**fields))

    quiet = ["--without-heartbeat", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
    app.worker_main(["worker", "--pool=gevent", f"--concurrency={IN_FLIGHT}", *quiet])


if __name__ == "__main__":
    run(enqueue=_enqueue, work=_work)
