"""Each way in which a network fails, over real sockets: only what provably never arrived is said never to have."""

import asyncio
import gzip
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from uuid import UUID

import orjson
import pytest
import trustme

from tests.harness.waiting import times_longer
from tests.integration.gateways.raw_server import Behaviour, Connection, gateway_config, raw_server
from truesend.gateways.http import GatewayHttp
from truesend.gateways.http_answers import BODY_LIMIT_BYTES, Answer, NoAnswer
from truesend.gateways.protocol import (
    GatewayConfig,
    LookupVerdict,
    ObservedState,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
)
from truesend.gateways.vps import VpsGateway

MESSAGE = OutgoingMessage(UUID(int=7), "wa_1", "919800000001", "Dear Asha, your workshop starts at 18:30 today.")
SENT = b'{"success":true,"messageId":"3EB0AB"}'

NEVER_TRANSMITTED, UNCONFIRMED = OutcomeKind.NEVER_TRANSMITTED, OutcomeKind.UNCONFIRMED


@asynccontextmanager
async def gateway(config: GatewayConfig, tls: ssl.SSLContext | None = None) -> AsyncIterator[VpsGateway]:
    vps = VpsGateway(config, GatewayHttp(config, tls=tls))
    try:
        yield vps
    finally:
        await vps.close()


async def _send_against(behaviour: Behaviour, *, reads: bool = True) -> tuple[Outcome, list[bytes]]:
    async with raw_server(behaviour, reads=reads) as server, gateway(server.config()) as vps:
        return await vps.send(MESSAGE), server.requests


@contextmanager
def _full_backlog() -> Iterator[str]:
    """A listening socket that accepts nothing and whose queue is full: further connections get no answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting: list[socket.socket] = []
        try:
            for _ in range(8):
                client = socket.socket()
                client.setblocking(False)
                waiting.append(client)
                with suppress(BlockingIOError):
                    client.connect(listener.getsockname())
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for client in waiting:
                client.close()


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def _nothing(_connection: Connection) -> None:
    await asyncio.Event().wait()


async def _assert_never_transmitted(config: GatewayConfig, says: str) -> None:
    async with gateway(config) as vps:
        outcome = await vps.send(MESSAGE)
        seen = await vps.status("wa_1")
        found = await vps.lookup(MESSAGE)
        restarted = await vps.restart("wa_1")

    assert outcome.kind is NEVER_TRANSMITTED
    assert says in outcome.gateway_words
    assert outcome.http_status is None
    assert seen.state is ObservedState.CANNOT_TELL
    assert says in seen.detail
    assert found.verdict is LookupVerdict.CANNOT_TELL
    assert (restarted.ok, says in restarted.detail) == (False, True)


async def test_a_refused_connection_never_transmitted() -> None:
    await _assert_never_transmitted(gateway_config(_free_address()), "Connect")


async def test_a_name_that_does_not_resolve_never_transmitted() -> None:
    config = gateway_config("http://gateway.invalid", connect_timeout_s=4.0)

    await _assert_never_transmitted(config, "host name does not resolve")


async def test_a_connection_that_is_not_taken_in_time_never_transmitted() -> None:
    with _full_backlog() as url:
        await _assert_never_transmitted(gateway_config(url, connect_timeout_s=0.2), "no connection within 0.2 s")


async def test_a_certificate_that_nobody_trusts_never_transmitted() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    async with raw_server(_nothing, tls=context) as server:
        await _assert_never_transmitted(server.config(), "TLS handshake failed")

    assert server.requests == []


async def test_a_server_that_does_not_speak_tls_never_transmitted() -> None:
    async def plain(connection: Connection) -> None:
        await connection.reader.read(10)
        connection.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(plain, reads=False) as server:
        await _assert_never_transmitted(gateway_config(server.url.replace("http:", "https:")), "no ")


async def test_a_tls_handshake_that_hangs_never_transmitted() -> None:
    async with raw_server(_nothing, reads=False) as server:
        config = gateway_config(server.url.replace("http:", "https:"), connect_timeout_s=0.2)

        await _assert_never_transmitted(config, "no connection within 0.2 s")


async def test_a_certificate_of_a_trusted_authority_is_taken() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", SENT)

    async with raw_server(answer, tls=context) as server, gateway(server.config(), trusting) as vps:
        outcome = await vps.send(MESSAGE)

    assert outcome == Outcome(OutcomeKind.SENT, "", 200, "3EB0AB")


async def test_a_gateway_that_does_not_answer_in_time_leaves_a_doubt() -> None:
    outcome, requests = await _send_against(_nothing)

    assert outcome == Outcome(UNCONFIRMED, "no answer from the gateway: no answer within 0.5 s")
    assert len(requests) == 1


async def test_a_reset_as_soon_as_the_connection_stands_leaves_a_doubt_because_nothing_proves_when_it_came() -> None:
    async def reset(connection: Connection) -> None:
        connection.reset()

    outcome, _ = await _send_against(reset, reads=False)

    assert outcome.kind is UNCONFIRMED


async def test_a_reset_after_the_request_went_out_leaves_a_doubt_and_is_not_repeated() -> None:
    async def reset(connection: Connection) -> None:
        connection.reset()

    outcome, requests = await _send_against(reset)

    assert outcome.kind is UNCONFIRMED
    assert len(requests) == 1


async def test_a_connection_closed_without_an_answer_leaves_a_doubt_and_is_not_repeated() -> None:
    async def close(connection: Connection) -> None:
        connection.writer.close()

    outcome, requests = await _send_against(close)

    assert outcome.kind is UNCONFIRMED
    assert len(requests) == 1


async def test_a_half_closed_connection_leaves_a_doubt() -> None:
    async def half_close(connection: Connection) -> None:
        connection.writer.write_eof()
        await asyncio.Event().wait()

    outcome, _ = await _send_against(half_close)

    assert outcome.kind is UNCONFIRMED


async def test_a_kept_connection_that_dies_under_the_next_post_is_a_doubt_and_the_post_is_not_repeated() -> None:
    answered = False

    async def once(connection: Connection) -> None:
        nonlocal answered
        if answered:
            connection.writer.close()
        else:
            connection.answer("200 OK", SENT)
        answered = True

    async with raw_server(once) as server, gateway(server.config()) as vps:
        first, second = await vps.send(MESSAGE), await vps.send(MESSAGE)

    assert (first.kind, second.kind) == (OutcomeKind.SENT, UNCONFIRMED)
    assert (len(server.requests), server.connections) == (2, 1)


async def test_an_idle_connection_is_given_up_before_a_node_server_would_close_it() -> None:
    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", SENT)

    async with raw_server(answer) as server, gateway(server.config()) as vps:
        await vps.send(MESSAGE)
        async with asyncio.timeout(4.5):
            await server.client_left.wait()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"ICY 200 OK\r\n\r\n",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 37\r\nContent-Length: 99\r\n\r\n" + SENT,
        b"HTTP/1.1 banana OK\r\n\r\n",
    ],
    ids=["cut status", "cut headers", "not http", "nul bytes", "nul header", "huge header", "two lengths", "no status"],
)
async def test_what_is_not_http_leaves_a_doubt(answer: bytes) -> None:
    async def garbage(connection: Connection) -> None:
        connection.writer.write(answer)
        connection.writer.close()

    outcome, requests = await _send_against(garbage)

    assert outcome.kind is UNCONFIRMED
    assert len(requests) == 1


@pytest.mark.parametrize("body", [SENT[:20], SENT], ids=["cut json", "cut after the json"])
async def test_an_answer_that_ends_too_early_leaves_a_doubt(body: bytes) -> None:
    async def cut(connection: Connection) -> None:
        connection.answer("200 OK", body, length=len(body) + 50)
        connection.writer.close()

    outcome, _ = await _send_against(cut)

    assert (outcome.kind, outcome.http_status) == (UNCONFIRMED, 200)


async def test_an_answer_that_hangs_in_its_body_leaves_a_doubt() -> None:
    async def hang(connection: Connection) -> None:
        connection.answer("200 OK", SENT, length=len(SENT) + 50)
        await connection.writer.drain()
        await asyncio.Event().wait()

    outcome, _ = await _send_against(hang)

    assert outcome.kind is UNCONFIRMED


async def test_an_answer_that_trickles_for_ever_is_given_up() -> None:
    async def trickle(connection: Connection) -> None:
        connection.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            connection.writer.write(b" ")
            await connection.writer.drain()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(5):
        outcome, _ = await _send_against(trickle)

    assert outcome.kind is UNCONFIRMED


async def test_nul_bytes_in_an_answer_reach_nobody() -> None:
    async def nul(connection: Connection) -> None:
        connection.answer("500 Oops", b'{"error":"boom\\u0000 and\x00 more"}')

    outcome, _ = await _send_against(nul)

    assert outcome.kind is OutcomeKind.TRANSIENT
    assert "\x00" not in outcome.gateway_words
    assert "boom" in outcome.gateway_words


@pytest.mark.parametrize(
    ("status", "kind"), [("200 OK", UNCONFIRMED), ("503 No", OutcomeKind.SESSION_DOWN), ("500 No", UNCONFIRMED)]
)
async def test_of_a_body_of_50_megabytes_no_more_than_64_kilobytes_are_read(status: str, kind: OutcomeKind) -> None:
    written = 0

    async def pour(connection: Connection) -> None:
        nonlocal written
        connection.answer(status, b"", length=50_000_000)
        for _ in range(500):
            connection.writer.write(b"x" * 100_000)
            await connection.writer.drain()
            written += 100_000

    started = time.monotonic()
    outcome, _ = await _send_against(pour)

    assert outcome.kind is kind
    assert len(outcome.gateway_words) <= 500
    assert time.monotonic() - started < 2 * times_longer()
    assert written < 20_000_000  # what fits in the system's buffers


async def test_the_client_keeps_at_most_64_kilobytes_of_a_body() -> None:
    async def pour(connection: Connection) -> None:
        connection.answer("200 OK", b"x" * 1_000_000)

    async with raw_server(pour) as server:
        http = GatewayHttp(server.config())
        answer = await http.get("/status/wa_1", timeout_s=1.0)
        await http.close()

    assert isinstance(answer, Answer)
    assert (len(answer.body), answer.truncated) == (BODY_LIMIT_BYTES, True)


async def test_a_body_of_exactly_64_kilobytes_is_whole() -> None:
    async def pour(connection: Connection) -> None:
        connection.answer("200 OK", b"x" * BODY_LIMIT_BYTES)

    async with raw_server(pour) as server:
        http = GatewayHttp(server.config())
        answer = await http.get("/status/wa_1", timeout_s=1.0)
        await http.close()

    assert isinstance(answer, Answer)
    assert (len(answer.body), answer.truncated) == (BODY_LIMIT_BYTES, False)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(status: str) -> None:
    async def accept(connection: Connection) -> None:
        connection.answer("200 OK", SENT)

    async with raw_server(accept) as elsewhere:

        async def redirect(connection: Connection) -> None:
            connection.answer(status, b"", f"Location: {elsewhere.url}/send")

        outcome, requests = await _send_against(redirect)

    assert outcome.kind is OutcomeKind.CONFIG_ERROR
    assert (len(requests), elsewhere.requests) == (1, [])


async def test_a_gzip_bomb_is_opened_no_further_than_64_kilobytes() -> None:
    bomb = gzip.compress(b'{"success":true,"messageId":"' + b"0" * 50_000_000 + b'"}')

    async def explode(connection: Connection) -> None:
        connection.answer("200 OK", bomb, "Content-Encoding: gzip")

    async with raw_server(explode) as server:
        http = GatewayHttp(server.config())
        answer = await http.get("/status/wa_1", timeout_s=1.0)
        await http.close()
    outcome, _ = await _send_against(explode)

    assert isinstance(answer, Answer)
    assert len(answer.body) <= BODY_LIMIT_BYTES
    assert outcome.kind is UNCONFIRMED


@pytest.mark.parametrize(
    ("encoding", "body", "kind"),
    [
        ("gzip", gzip.compress(SENT, mtime=0), OutcomeKind.SENT),
        ("gzip", gzip.compress(SENT, mtime=0)[:-8], UNCONFIRMED),
        ("gzip", SENT, UNCONFIRMED),
        ("br", SENT, UNCONFIRMED),
        ("gzip, gzip", gzip.compress(gzip.compress(SENT, mtime=0), mtime=0), UNCONFIRMED),
        ("identity", SENT, OutcomeKind.SENT),
    ],
    ids=["whole", "cut", "not gzip", "unknown", "twice", "identity"],
)
async def test_a_body_that_comes_compressed_though_nobody_asked_counts_only_if_it_can_be_read(
    encoding: str, body: bytes, kind: OutcomeKind
) -> None:
    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", body, f"Content-Encoding: {encoding}")

    outcome, requests = await _send_against(answer)

    assert outcome.kind is kind
    assert b"accept-encoding: identity\r\n" in requests[0].lower()


@pytest.mark.parametrize("first", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
async def test_the_answer_after_an_interim_answer_counts(first: bytes) -> None:
    async def answer(connection: Connection) -> None:
        connection.writer.write(first)
        connection.answer("200 OK", SENT)

    outcome, _ = await _send_against(answer)

    assert outcome.kind is OutcomeKind.SENT


async def test_an_upgrade_that_nobody_asked_for_leaves_a_doubt() -> None:
    async def upgrade(connection: Connection) -> None:
        connection.writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")

    outcome, _ = await _send_against(upgrade)

    assert outcome.kind is UNCONFIRMED


@pytest.mark.parametrize(
    "session_id",
    [
        "wa 1",
        "wa/../admin",
        "wa_1?x=1#y",
        "wa_1\r\nX-Evil: 1\r\n\r\n",
        "wa_\x00",
        "wa_é",
        "%2e%2e",
        "wa_\ud800",
        "a" * 2_000,
    ],
)
async def test_a_session_id_of_any_characters_is_one_segment_of_the_path(session_id: str) -> None:
    async def answer(connection: Connection) -> None:
        connection.answer("404 Not Found", b"{}")

    async with raw_server(answer) as server, gateway(server.config()) as vps:
        await vps.status(session_id)
        await vps.disconnect(session_id)

    assert len(server.requests) == 2
    for request, start in zip(server.requests, ("GET /status/", "POST /disconnect/"), strict=True):
        line, headers = request.decode().split("\r\n", 1)
        assert line.startswith(start)
        segment = line.removeprefix(start).removesuffix(" HTTP/1.1")
        assert not set(segment) & set("/?# \r\n")
        assert "evil" not in headers.lower()


@pytest.mark.parametrize("session_id", ["", ".", ".."])
async def test_an_id_that_no_path_can_name_is_not_asked_for(session_id: str) -> None:
    async with raw_server(_nothing) as server, gateway(server.config()) as vps:
        seen = await vps.status(session_id)
        disconnected = await vps.disconnect(session_id)

    assert (seen.state, disconnected.ok, server.requests) == (ObservedState.CANNOT_TELL, False, [])


async def test_a_message_that_can_t_be_encoded_never_goes_out() -> None:
    async with raw_server(_nothing) as server, gateway(server.config()) as vps:
        outcome = await vps.send(OutgoingMessage(UUID(int=8), "wa_1", "9198", "lone \ud800 surrogate"))

    assert (outcome.kind, server.requests) == (NEVER_TRANSMITTED, [])


async def test_after_its_connections_are_closed_a_gateway_sends_nothing_and_raises_nothing() -> None:
    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", SENT)

    async with raw_server(answer) as server:
        vps = VpsGateway(server.config())
        await vps.send(MESSAGE)
        await vps.close()
        outcome = await vps.send(MESSAGE)

    assert (outcome.kind, len(server.requests)) == (NEVER_TRANSMITTED, 1)


async def test_keys_and_the_message_are_not_in_the_words_that_a_gateway_echoes() -> None:
    async def echo(connection: Connection) -> None:
        head, body = connection.request.split(b"\r\n\r\n", 1)
        connection.answer("500 Oops", b"<pre>cannot handle " + head + b" " + body + b"</pre>")

    outcome, requests = await _send_against(echo)

    assert b"key-123456" in requests[0]
    assert "key-123456" not in outcome.gateway_words
    assert "workshop" not in outcome.gateway_words
    assert "cannot handle" in outcome.gateway_words


async def test_a_send_that_is_cancelled_is_cancelled() -> None:
    async with raw_server(_nothing) as server, gateway(server.config(send_timeout_s=60)) as vps:
        sending = asyncio.create_task(vps.send(MESSAGE))
        async with asyncio.timeout(5):
            await server.asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_a_connection_that_was_given_up_brings_no_late_answer_to_another_message() -> None:
    late = asyncio.Event()

    async def answer(connection: Connection) -> None:
        if b"first" in connection.request:
            await late.wait()
        connection.answer("200 OK", b'{"success":true,"messageId":"%s"}' % connection.request[-7:-2])

    async with raw_server(answer) as server, gateway(server.config(send_timeout_s=0.2)) as vps:
        first = await vps.send(replace(MESSAGE, text="of the first"))
        late.set()
        second = await vps.send(replace(MESSAGE, text="of the other"))

    assert (first.kind, second.kind) == (UNCONFIRMED, OutcomeKind.SENT)
    assert second.gateway_message_id == "other"
    assert server.connections == 2


async def test_a_connection_whose_send_was_cancelled_is_closed_and_asked_no_more() -> None:
    async def answer(connection: Connection) -> None:
        if len(server.requests) == 1:
            await server.client_left.wait()
        connection.answer("200 OK", SENT)

    async with raw_server(answer) as server, gateway(server.config(send_timeout_s=60)) as vps:
        sending = asyncio.create_task(vps.send(MESSAGE))
        async with asyncio.timeout(5):
            await server.asked.wait()
            sending.cancel()
            await asyncio.wait([sending])
            outcome = await vps.send(MESSAGE)

    assert sending.cancelled()
    assert (outcome.kind, server.connections, len(server.requests)) == (OutcomeKind.SENT, 2, 2)


async def test_a_connection_that_the_gateway_closed_while_nobody_asked_is_not_used_again() -> None:
    async def once(connection: Connection) -> None:
        connection.answer("200 OK", SENT)
        await connection.writer.drain()
        connection.writer.close()

    async with raw_server(once) as server, gateway(server.config()) as vps:
        await vps.send(MESSAGE)
        async with asyncio.timeout(5):
            await server.client_left.wait()
        second = await vps.send(MESSAGE)

    assert (second.kind, server.connections) == (OutcomeKind.SENT, 2)


async def test_what_a_gateway_says_unasked_is_no_answer_to_the_next_message() -> None:
    async def twice(connection: Connection) -> None:
        connection.answer("200 OK", SENT)
        if len(server.requests) == 1:
            connection.answer("200 OK", SENT.replace(b"3EB0AB", b"UNASKED"))

    async with raw_server(twice) as server, gateway(server.config()) as vps:
        first, second = await vps.send(MESSAGE), await vps.send(MESSAGE)

    assert (first.gateway_message_id, second.gateway_message_id) == ("3EB0AB", "3EB0AB")
    assert server.connections == 2


async def test_a_connection_is_kept_for_the_next_message_and_as_many_are_open_as_are_asked_at_once() -> None:
    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", SENT)

    async with raw_server(answer) as server, gateway(server.config(max_in_flight=3)) as vps:
        for _ in range(5):
            await vps.send(MESSAGE)
        alone = server.connections
        outcomes = await asyncio.gather(*(vps.send(MESSAGE) for _ in range(30)))

    assert (alone, server.connections) == (1, 3)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.SENT}


async def test_a_refusal_that_comes_before_a_large_message_was_read_counts_and_ends_the_connection() -> None:
    async def refuse(connection: Connection) -> None:
        await connection.reader.readuntil(b"\r\n\r\n")
        connection.answer("413 Too Large", b'{"error":"too large"}')
        await connection.writer.drain()
        await server.client_left.wait()

    async with raw_server(refuse, reads=False) as server:
        http = GatewayHttp(server.config())
        large = await http.request("POST", "/send", {"message": "x" * 50_000_000}, timeout_s=5)
        small = await http.request("POST", "/send", {"message": "x"}, timeout_s=5)
        await http.close()

    assert isinstance(large, Answer)
    assert isinstance(small, Answer)
    assert (large.status, small.status, server.connections) == (413, 413, 2)


async def test_a_large_message_arrives_whole() -> None:
    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", SENT)

    text = "é" * 3_000_000
    async with raw_server(answer) as server, gateway(server.config(send_timeout_s=10)) as vps:
        outcome = await vps.send(replace(MESSAGE, text=text))

    assert outcome.kind is OutcomeKind.SENT
    assert orjson.loads(server.requests[0].split(b"\r\n\r\n", 1)[1])["message"] == text


async def test_a_gateway_with_two_addresses_is_reached_at_the_one_that_answers() -> None:
    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", SENT)

    async with (
        raw_server(answer) as server,
        gateway(gateway_config(server.url.replace("127.0.0.1", "localhost"))) as vps,
    ):
        outcome = await vps.send(MESSAGE)

    assert outcome.kind is OutcomeKind.SENT


async def test_a_gateway_is_reached_over_ipv6_and_under_its_path_with_the_url_s_credentials() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(SENT) + SENT)
        await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(answer, "::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = server.sockets[0].getsockname()[1]
    async with server, gateway(gateway_config(f"http://user:p%C3%A9%40ss@[::1]:{port}/wa")) as vps:
        outcome = await vps.send(MESSAGE)

    head = seen[0].decode()
    assert outcome.kind is OutcomeKind.SENT
    assert head.startswith("POST /wa/send HTTP/1.1\r\n")
    assert f"Host: [::1]:{port}\r\n" in head
    assert f"Authorization: Basic {b64encode('user:pé@ss'.encode()).decode()}\r\n" in head


@pytest.mark.parametrize("value", ["x\r\nX-Evil: 1", "x\x00", "x\n"])
async def test_a_header_that_would_be_two_never_goes_out(value: str) -> None:
    async with raw_server(_nothing) as server:
        http = GatewayHttp(server.config())
        answers = [
            await http.request("GET", "/status/wa_1", timeout_s=0.5, headers={"X-Token": value}),
            await http.request("GET", "/status/wa_1", timeout_s=0.5, headers={value: "x"}),
            await http.request("GET", f"/status/{value}", timeout_s=0.5),
        ]
        await http.close()

    assert [isinstance(answer, NoAnswer) and answer.never_reached for answer in answers] == [True] * 3
    assert server.connections == 0


async def test_closing_a_gateway_leaves_a_doubt_of_what_is_under_way() -> None:
    async with raw_server(_nothing) as server:
        vps = VpsGateway(server.config(send_timeout_s=60))
        sending = asyncio.create_task(vps.send(MESSAGE))
        async with asyncio.timeout(5):
            await server.asked.wait()
            await vps.close()
            outcome = await sending

    assert outcome.kind is UNCONFIRMED


async def test_no_proxy_of_the_environment_and_no_cookie_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", _free_address())
    monkeypatch.setenv("ALL_PROXY", _free_address())

    async def answer(connection: Connection) -> None:
        connection.answer("200 OK", SENT, "Set-Cookie: a=b")

    async with raw_server(answer) as server, gateway(server.config()) as vps:
        outcomes = [await vps.send(MESSAGE), await vps.send(MESSAGE)]

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.SENT}
    assert not any(b"cookie" in request.lower() for request in server.requests)
