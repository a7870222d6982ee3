"""The API as a process: its start, its size, its end."""

import asyncio
import socket
import time
from uuid import UUID

import psutil

from tests.harness.databases import Database
from tests.harness.fixtures import StartService
from tests.harness.shared import SharedKafka
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, api_settings
from tests.integration.api.rows import Rows
from truesend.broker.topics import create_topics


def environment(database: Database, rows: Rows, kafka: SharedKafka, topic_prefix: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database.url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "TRUESEND_TOPIC_PREFIX": topic_prefix,
        "GATEWAY_URL": "http://127.0.0.1:9",
        "API_KEYS": f'{{"{KEY}": "{rows.organization_id}"}}',
    }


async def test_sigterm_ends_it_within_ten_seconds_although_streams_are_open_and_one_is_not_read(
    start_service: StartService, database: Database, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    await create_topics(
        api_settings(rows, kafka_bootstrap_servers=kafka.bootstrap_servers, truesend_topic_prefix=topic_prefix)
    )
    service = await start_service("api", environment(database, rows, kafka, topic_prefix))
    api = ApiClient(service.url, KEY)
    with socket.socket() as unread:
        unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        unread.connect(("127.0.0.1", service.port))
        unread.sendall(f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {KEY}\r\n\r\n".encode())
        async with api.stream() as stream:
            await _fill(rows)
            await stream.event()
            started = time.monotonic()
            code = await asyncio.to_thread(service.terminate, grace_s=20)
            took_s = time.monotonic() - started
            await stream.until_closed()
    await api.close()

    assert code == 0, service.log_tail()
    assert took_s < 10
    assert KEY not in service.log_file.read_text()


async def test_idle_it_needs_less_than_120_megabytes(
    start_service: StartService, database: Database, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    await create_topics(
        api_settings(rows, kafka_bootstrap_servers=kafka.bootstrap_servers, truesend_topic_prefix=topic_prefix)
    )
    service = await start_service("api", environment(database, rows, kafka, topic_prefix))
    api = ApiClient(service.url, KEY)
    for path in ("/v1/sessions", "/v1/messages", "/openapi.json"):
        await api.get(path)
    await api.close()

    assert psutil.Process(service.pid).memory_info().rss < 120 * 1024 * 1024


async def _fill(rows: Rows) -> None:
    """More than the sockets' buffers take."""
    await rows.connection.execute(
        "INSERT INTO truesend.event_log"
        " (aggregatetype, aggregateid, type, payload, organization_id, position, section)"
        " SELECT 'session', $2::uuid, 'session.connected',"
        " jsonb_build_object('id', $2::uuid, 'status', 'connected', 'last_error', repeat('x', 20000)), $1, n, 0"
        " FROM generate_series(1, 500) AS n",
        rows.organization_id,
        UUID(int=7),
    )
    await rows.connection.execute("UPDATE truesend.relay_state SET last_position = 500")
