"""Gateways that attack: whatever they pour, drip or promise, each call of each kind ends in time and in little memory, and
nothing becomes sent or connected by it."""

import asyncio
import gzip
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, Final

import pytest

from tests.harness.waiting import times_longer
from tests.integration.gateways.conformance.bench import NUMBER, Bench
from tests.integration.gateways.conformance.benches import EVERY_BENCH
from tests.integration.gateways.raw_server import Behaviour, Connection, raw_server
from tests.security.memory import forgotten_peak_bytes, peak_bytes
from truesend.gateways.dialect import LIST_LIMIT_BYTES
from truesend.gateways.http import LONG_ANSWERS_AT_ONCE
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.protocol import Observation, ObservedState, Outcome, OutcomeKind, OutgoingMessage
from truesend.gateways.redaction import Redactor, plain
from truesend.gateways.registry import build_gateways

TIMEOUT_S: Final = 0.3
PIECE: Final = 64 * 1024
BOMB_BYTES: Final = 80_000_000
# Every call of every kind is under way at once. Each may hold a hundred headers of four kilobytes and their like.
MOST_MEMORY: Final = 1_000_000 * len(EVERY_BENCH) * 11
# A list may be long; of each gateway two are read at once.
MOST_MEMORY_FOR_LISTS: Final = MOST_MEMORY + LONG_ANSWERS_AT_ONCE * LIST_LIMIT_BYTES * len(EVERY_BENCH)
WITHOUT_END: Final = frozenset({"an endless body", "endless chunks", "a giant length", "an endless refusal"})

OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"Content-Type: application/json\r\n"
GOOD: Final = b'{"success":true,"status":"connected","messageId":"3EB0AB"'

CALLS: Mapping[str, Callable[[HttpGateway, Bench], Awaitable[object]]] = {
    "status": lambda gateway, bench: gateway.status(bench.session_id),
    "statuses": lambda gateway, bench: gateway.statuses([bench.session_id]),
    "qr": lambda gateway, bench: gateway.qr(bench.session_id),
    "pairing_code": lambda gateway, bench: gateway.pairing_code(bench.session_id, NUMBER),
    "send": lambda gateway, bench: gateway.send(bench.message()),
    "lookup": lambda gateway, bench: gateway.lookup(bench.message()),
    "restart": lambda gateway, bench: gateway.restart(bench.session_id),
    "disconnect": lambda gateway, bench: gateway.disconnect(bench.session_id),
    "register_webhook": lambda gateway, bench: gateway.register_webhook(bench.session_id, "http://us.example"),
    "check_number": lambda gateway, bench: gateway.check_number(bench.session_id, NUMBER),
    "health": lambda gateway, _bench: gateway.health(),
}


def pours(start: bytes, endless: bytes, *, pause_s: float = 0.0) -> Behaviour:
    """Writes the start, then the rest again and again until the client has gone."""

    async def pour(connection: Connection) -> None:
        connection.writer.write(start)
        while not connection.writer.is_closing():
            connection.writer.write(endless)
            await connection.writer.drain()
            await asyncio.sleep(pause_s)

    return pour


def says(start: bytes, body: bytes) -> Behaviour:
    """Writes one answer."""

    async def answer(connection: Connection) -> None:
        connection.writer.write(start + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return answer


@cache
def bomb(wbits: int) -> bytes:
    """Eighty megabytes of a good answer's spaces, compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    spaces = b" " * 1_000_000
    packed = [packer.compress(GOOD), *(packer.compress(spaces) for _ in range(BOMB_BYTES // len(spaces)))]
    return b"".join([*packed, packer.compress(b"}"), packer.flush()])


CHUNKED = OK + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
ATTACKS: Mapping[str, Callable[[], Behaviour]] = {
    "an endless body": lambda: pours(OK + JSON + b"\r\n" + GOOD, b" " * PIECE),
    "a dripping body": lambda: pours(OK + JSON + b"Content-Length: 9999\r\n\r\n" + GOOD, b" ", pause_s=0.02),
    "endless chunks": lambda: pours(CHUNKED, b"10000\r\n" + b" " * 65_536 + b"\r\n"),
    "one chunk's endless size": lambda: pours(CHUNKED, b"0" * PIECE),
    "a chunk's endless extension": lambda: pours(CHUNKED + b"1;", b"a" * PIECE),
    "endless trailers": lambda: pours(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-A: b\r\n" * 1_000),
    "dripping headers": lambda: pours(OK, b"X: y\r\n", pause_s=0.02),
    "endless headers": lambda: pours(OK, b"X: y\r\n" * 10_000),
    "one endless header": lambda: pours(OK + b"X: ", b"y" * PIECE),
    "an endless reason": lambda: pours(b"HTTP/1.1 200 ", b"O" * PIECE),
    "endless cookies": lambda: pours(OK, b"Set-Cookie: a=" + b"b" * 4_000 + b"\r\n"),
    "endless interim answers": lambda: pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "endless early hints": lambda: pours(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100),
    "a gzip bomb": lambda: says(OK + JSON + b"Content-Encoding: gzip\r\n", bomb(31)),
    "a zlib bomb": lambda: says(OK + JSON + b"Content-Encoding: deflate\r\n", bomb(15)),
    "a bomb in a bomb": lambda: says(OK + JSON + b"Content-Encoding: gzip, gzip\r\n", gzip.compress(bomb(31))),
    "brotli that nobody asked for": lambda: says(OK + JSON + b"Content-Encoding: br\r\n", b"\x8b" * 60_000),
    "zstd that nobody asked for": lambda: says(OK + JSON + b"Content-Encoding: zstd\r\n", b"\x28" * 60_000),
    "deep arrays": lambda: says(OK + JSON, b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    "deep objects": lambda: says(OK + JSON, b'{"a":' * 9_000 + b"1" + b"}" * 9_000),
    "a giant number": lambda: says(OK + JSON, b'{"status":' + b"9" * 60_000 + b"}"),
    "a giant exponent": lambda: says(OK + JSON, b'{"timestamp":1e999999,"status":1e-999999}'),
    "a number of keys": lambda: says(OK + JSON, b"{" + b",".join(b'"%d":1' % n for n in range(6_000)) + b"}"),
    "a giant length": lambda: pours(OK + JSON + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", b" " * PIECE),
    "an endless refusal": lambda: pours(b"HTTP/1.1 500 Oops\r\n\r\n", b"<p>" * 20_000),
}


def gateways(url: str) -> dict[str, tuple[HttpGateway, Bench]]:
    """One of each kind at this address."""
    found: dict[str, tuple[HttpGateway, Bench]] = {}
    for bench in EVERY_BENCH:
        config = bench.config(url, connect_timeout_s=1.0, status_timeout_s=TIMEOUT_S, send_timeout_s=TIMEOUT_S)
        found[bench.name] = (HttpGateway(config, bench.dialect(config)), bench)
    return found


async def called(url: str) -> dict[tuple[str, str], Any]:
    """What every call of every kind comes to at a gateway of this address, kinds side by side."""
    kinds = gateways(url)
    made = [(kind, call) for kind in kinds for call in CALLS]
    try:
        results = await asyncio.gather(*(CALLS[call](*kinds[kind]) for kind, call in made))
    finally:
        for gateway, _ in kinds.values():
            await gateway.close()
    return dict(zip(made, results, strict=True))


@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_attack_ends_in_time_in_little_memory_and_proves_nothing(attack: str) -> None:
    behaviour = ATTACKS[attack]()
    before, began = forgotten_peak_bytes(), time.monotonic()
    async with raw_server(behaviour) as server:
        results = await called(server.url)

    assert time.monotonic() - began < 30 * times_longer()
    assert peak_bytes() - before < (MOST_MEMORY_FOR_LISTS if attack in WITHOUT_END else MOST_MEMORY)
    for made, result in results.items():
        if isinstance(result, Outcome):
            assert result.kind not in {OutcomeKind.SENT, OutcomeKind.ACCEPTED}, made
            assert len(result.gateway_words) <= 500
        if isinstance(result, Observation):
            assert result.state is not ObservedState.CONNECTED, made
            assert len(result.detail) <= 600


async def test_no_call_of_any_kind_follows_a_redirect_to_the_inside() -> None:
    async def open_door(connection: Connection) -> None:
        connection.answer("200 OK", GOOD + b"}", "Content-Type: application/json")

    async with raw_server(open_door) as inside:
        for status in ("302 Found", "308 Permanent"):

            async def redirect(connection: Connection, status: str = status) -> None:
                connection.answer(status, b"", f"Location: {inside.url}/send", f"Refresh: 0; url={inside.url}")

            async with raw_server(redirect) as server:
                results = await called(server.url)
            sent = [
                made
                for made, result in results.items()
                if isinstance(result, Outcome) and result.kind is OutcomeKind.SENT
            ]
            assert sent == []

    assert inside.requests == []


@pytest.mark.parametrize(
    "odd", ["s1\r\nX-Evil: 1", "s1\nX-Evil: 1", "s1\x00", "s1\r\n\r\nGET /evil HTTP/1.1\r\n\r\n", "s\u2028x"]
)
async def test_no_id_number_or_name_adds_a_header_or_a_request(odd: str) -> None:
    async def refuse(connection: Connection) -> None:
        connection.answer("404 Not Found", b"{}", "Content-Type: application/json")

    async with raw_server(refuse) as server:
        for gateway, bench in gateways(server.url).values():
            message = OutgoingMessage(bench.message().message_id, odd, odd, odd, media_url=None)
            calls: list[Awaitable[object]] = [
                gateway.send(message),
                gateway.lookup(message),
                gateway.status(odd),
                gateway.qr(odd),
                gateway.pairing_code(odd, odd),
                gateway.restart(odd),
                gateway.disconnect(odd),
                gateway.register_webhook(odd, f"http://us.example/{odd}"),
                gateway.check_number(odd, odd),
            ]
            await asyncio.gather(*calls)
            await gateway.close()

    for request in server.requests:
        head = request.split(b"\r\n\r\n", 1)[0]
        assert b"evil:" not in head.lower()
        assert not head.startswith(b"GET /evil")
        assert b"\x00" not in head


REPEATED = [
    *(
        "<",
        "<a ",
        "<!--",
        "<script>",
        "&",
        "&#",
        "&#9999999999;",
        "%",
        "%2",
        "\\",
        '\\"',
        "\\u",
        "\\u0000",
        "token=",
        "key: ",
    ),
    *(
        "authorization: bearer ",
        "eyJ",
        "eyJ.",
        "a.",
        "://u:p@",
        "://u:",
        '"',
        "password = '",
        "Cannot GET /",
        ": ",
        "\r\n",
        "Aa0_-",
    ),
]


@pytest.mark.parametrize("piece", REPEATED)
def test_no_text_takes_long_to_be_made_fit_to_be_kept(piece: str) -> None:
    redactor = Redactor(("key-123456", "hook-secret-0123456789"))
    text = piece * (65_536 // len(piece))

    began = time.process_time()
    shown = redactor.words(plain(text), "Dear Asha, your workshop starts at 18:30 today.")

    assert time.process_time() - began < 2
    assert len(shown) <= 500


def test_a_gateway_s_own_address_is_a_web_address_and_its_key_fits_a_header() -> None:
    bench = EVERY_BENCH[0]
    for url in ("file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://x/", "http://", "//x", "http://x\r\nY: z"):
        with pytest.raises(ValueError, match="URL"):
            build_gateways([bench.config(url)])
