"""An end that costs no caller an error."""

import asyncio
import contextlib

from services.api.service import ApiService
from tests.harness.waiting import times_longer, until
from tests.integration.api.conftest import api_settings
from tests.integration.api.rows import Rows

BETWEEN_REQUESTS_S = 0.4
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def test_a_connection_that_is_kept_gets_its_next_answer_after_sigterm_and_is_told_that_it_is_the_last(
    rows: Rows,
) -> None:
    service = ApiService(api_settings(rows))
    await service.start()
    port = service.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEALTH)
    before = await _answer(reader)

    stopping = asyncio.create_task(service.stop())

    async def refused() -> bool:
        with contextlib.suppress(ConnectionError):
            _, another = await asyncio.open_connection("127.0.0.1", port)
            another.close()
            return False
        return True

    await until(refused, 5, "new connections are refused")
    await asyncio.sleep(BETWEEN_REQUESTS_S)
    writer.write(HEALTH)
    last = await _answer(reader)
    rest = await asyncio.wait_for(reader.read(), 5 * times_longer())
    writer.close()
    await stopping

    assert before.startswith("http/1.1 200")
    assert "connection: close" not in before
    assert last.startswith("http/1.1 200")
    assert "connection: close" in last
    assert rest == b""


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5 * times_longer())).decode().lower()
    length = next(line for line in head.splitlines() if line.startswith("content-length:"))
    await reader.readexactly(int(length.removeprefix("content-length:")))
    return head
