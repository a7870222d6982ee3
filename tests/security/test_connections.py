"""Connections that are slow, endless or too many, and heads that are no HTTP: the API goes on for the others."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, StartApi
from tests.security.memory import forgotten_peak_bytes, peak_bytes
from tests.security.raw_client import RawConnection, connected
from truesend.settings import Settings

SOON_S = 0.4
LATE_S = Settings.model_fields["api_head_timeout_s"].default  # when one that nobody hurried would have given up
MOST = 20
GET = f"GET /v1/sessions HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n".encode()
POST = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nContent-Length: 100\r\n\r\n".encode()


@pytest_asyncio.fixture
async def hurried(start_api: StartApi) -> ApiClient:
    """An API with little patience and few connections."""
    return await start_api(api_head_timeout_s=SOON_S, api_body_timeout_s=SOON_S, api_max_connections=MOST)


async def drip(connection: RawConnection, data: bytes) -> None:
    """A byte now and then, until the server has had enough."""
    try:
        for byte in data:
            await connection.send(bytes([byte]))
            await asyncio.sleep(SOON_S / 8)
    except ConnectionError:
        pass


SLOW = {
    "nothing": (b"", b""),
    "a head in drops": (b"", GET),
    "a path in drops": (b"GET ", b"/v1/" + b"a" * 100),
    "no body": (POST, b""),
    "a body in drops": (POST, b"{" + b" " * 98 + b"}"),
}


async def slowly(api: ApiClient, at_once: bytes, in_drops: bytes) -> tuple[bytes, float]:
    """What a slow request is answered, and after how long."""
    began = time.monotonic()
    async with connected(api.url) as connection:
        await connection.send(at_once)
        dripping = asyncio.create_task(drip(connection, in_drops))
        answer = await connection.until_closed()
        await dripping
    return answer, time.monotonic() - began


async def test_a_request_that_does_not_arrive_in_time_is_given_up(hurried: ApiClient) -> None:
    answers = await asyncio.gather(*(slowly(hurried, *pieces) for pieces in SLOW.values()))

    for what, (answer, took_s) in zip(SLOW, answers, strict=True):
        assert answer.startswith(b"HTTP/1.1 408 "), what
        assert SOON_S * 0.9 < took_s < LATE_S, what


async def test_after_an_answer_the_next_head_has_its_time_and_no_more(hurried: ApiClient) -> None:
    async with connected(hurried.url) as connection:
        await connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await connection.status() == 200
        dripping = asyncio.create_task(drip(connection, GET))
        rest = await connection.until_closed()
        await dripping

    assert b"HTTP/1.1 408 " in rest


async def test_a_client_that_leaves_in_the_middle_is_no_failure_of_ours(hurried: ApiClient) -> None:
    async def noted() -> bool:
        metrics = (await hurried.get("/metrics")).body
        return 'truesend_http_requests_total{method="POST",route="/v1/messages",status="499"}' in metrics

    with structlog.testing.capture_logs() as lines:
        async with connected(hurried.url) as connection:
            await connection.send(POST + b"{")
        await until(noted, 10, "the request is noted")

    assert "a request failed" not in {line["event"] for line in lines}


async def test_a_body_that_comes_steadily_may_take_longer(start_api: StartApi) -> None:
    api = await start_api(api_body_timeout_s=SOON_S)
    body = b" " * 90_000 + b"{}"
    head = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    async with connected(api.url) as connection:
        await connection.send(head.encode())
        for start in range(0, len(body), 10_000):
            await connection.send(body[start : start + 10_000])
            await asyncio.sleep(SOON_S / 5)
        status = await connection.status()

    assert status == 422


async def test_a_head_without_end_is_cut_off_and_costs_little_memory(hurried: ApiClient) -> None:
    before = forgotten_peak_bytes()
    for endless in (b"a", b"X: y\r\n", b"\r\nX: " + b"y" * 50_000):
        answer = await poured(hurried, b"GET /v1/sessions HTTP/1.1\r\nHost: x\r\nA: ", endless)
        assert answer == b"" or answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
        assert (await hurried.get("/healthz")).status == 200

    assert peak_bytes() - before < 15_000_000


async def poured(api: ApiClient, start: bytes, endless: bytes) -> bytes:
    """Twenty megabytes of a head, as far as they are taken. Returns the answer, if there was time for one."""
    async with connected(api.url) as connection:
        try:
            await connection.send(start)
            for _ in range(200):
                await connection.send(endless * (100_000 // len(endless)))
        except ConnectionError:
            return b""  # hung up on while it was still writing
        return await connection.until_closed()


async def test_silent_connections_beyond_the_limit_make_room_for_those_that_ask(start_api: StartApi) -> None:
    api = await start_api(api_max_connections=MOST)
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(connected(api.url)) for _ in range(3 * MOST)]
        began = time.monotonic()
        async with connected(api.url) as honest:
            await honest.send(GET + b"\r\n")
            status = await honest.status()
        took_s = time.monotonic() - began
        first = await silent[0].until_closed()

    assert status == 200
    assert took_s < LATE_S
    assert first.startswith(b"HTTP/1.1 503 ")


async def test_connections_with_a_request_are_not_ended_for_new_ones(start_api: StartApi) -> None:
    api = await start_api(api_max_connections=MOST)
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(connected(api.url)) for _ in range(MOST)]
        for stream in streams:
            await stream.send(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode())
        statuses = {await stream.status() for stream in streams if not stream.reader.at_eof()}
        async with connected(api.url) as late:
            answer = await late.until_closed()
        still_open = [not stream.reader.at_eof() for stream in streams]

    # the client of this test has a connection of its own, which one of them found no place beside
    assert statuses <= {200, 503}
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert sum(still_open) >= MOST - 1


async def test_a_client_that_reads_nothing_of_a_large_answer_is_hung_up_on(start_api: StartApi, page: Path) -> None:
    api = await start_api(api_body_timeout_s=SOON_S, page=page)
    async with connected(api.url) as connection:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await connection.send(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")

        async def hung_up() -> bool:
            return 'truesend_http_connections_cut_total{reason="unread"}' in (await api.get("/metrics")).body

        await until(hung_up, 10, "it is hung up on")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<title>x</title>")
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(50_000_000)
    return tmp_path


ODD: list[tuple[bytes, set[int]]] = [
    (b"GET / HTTP/9.9\r\n\r\n", {400}),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400}),
    (b"GET /v1/sessions HTTP/1.1\r\nX: a\x00b\r\n\r\n", {400}),
    (b"GET /v1/sessions\r\n X: y HTTP/1.1\r\n\r\n", {400}),
    (GET + b"X : y\r\n\r\n", {400}),
    (GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", {400}),
    (GET + b"Content-Length: -1\r\n\r\n", {400}),
    (GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    (POST.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked") + b"ffffffffffffffffff\r\n", {400}),
    (POST.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n", {400}),
    (b"CONNECT inside:22 HTTP/1.1\r\nHost: x\r\n\r\n", {0, 400, 404, 405, 408}),
    (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {0, 400, 404, 405, 408}),
    (b"GET http://127.0.0.1:1/v1/sessions HTTP/1.1\r\nHost: x\r\n\r\n", {401}),
    (b"GET //evil.example/v1/sessions HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
    (b"GET /v1/sessions/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
    (b"GET /%00%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", {404}),
    ("GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(), {400}),
    (b"GET /v1/sessions HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", {401}),
    (b"GET /v1/sessions HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", {401}),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {0, 400, 404, 405, 408, 505}),
]


async def test_what_is_no_request_of_ours_is_refused_and_the_next_one_is_answered(hurried: ApiClient) -> None:
    for request, statuses in ODD:
        async with connected(hurried.url) as connection:
            await connection.send(request)
            assert await connection.status() in statuses, request
        assert (await hurried.get("/v1/sessions")).status == 200


async def test_hundreds_of_requests_in_one_piece_are_answered_one_after_another(hurried: ApiClient) -> None:
    async with connected(hurried.url) as connection:
        await connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 300)
        writing = await connection.reader.readuntil(b"\r\n\r\n")

    assert writing.startswith(b"HTTP/1.1 200 ")
    assert (await hurried.get("/healthz")).status == 200
