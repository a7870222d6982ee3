"""How workers on threads, or on gevent's, send: through urllib3, and they write through psycopg."""

from collections.abc import Callable

import orjson
import urllib3
from psycopg_pool import ConnectionPool

from tests.bench.peers.workers.job import CONNECTIONS, IN_FLIGHT, MARK_SENT, Job, Place

Send = Callable[[Job], None]

_MARK_SENT = MARK_SENT.format(id="%s", gateway_message_id="%s")


def sending(place: Place) -> Send:
    """Give the function that sends one message and writes that it is sent. What it opens lives as long as the process."""
    pool = ConnectionPool(
        place.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs={"autocommit": True}, open=True
    )
    client = urllib3.HTTPConnectionPool(
        place.gateway_url.removeprefix("http://").partition(":")[0],
        int(place.gateway_url.rpartition(":")[2]),
        maxsize=IN_FLIGHT,
        block=True,
        headers=place.headers,
        retries=False,
    )

    def send(job: Job) -> None:
        response = client.request("POST", "/send", body=orjson.dumps(job.call()))
        if response.status != 200:
            raise RuntimeError(f"the gateway answered {response.status}")
        answer = orjson.loads(response.data)
        with pool.connection() as connection:
            connection.execute(_MARK_SENT, (answer["messageId"], job.id))

    return send
