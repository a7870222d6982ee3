"""Fetching media, over real sockets: bounded in every way, and never from inside."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from truesend.gateways.media import MediaError, MediaLimits
from truesend.gateways.media_fetcher import Found, MediaFetcher, is_public

PDF = b"%PDF-1.7 the plan"
LIMITS = MediaLimits(bytes=1_000, timeout_s=2.0, allow_private=True)


@asynccontextmanager
async def server(**handlers: Callable[[web.Request], object]) -> AsyncIterator[str]:
    """Serves each handler at its name. Yields the address."""
    application = web.Application()
    for name, handler in handlers.items():
        application.router.add_get(f"/{name}", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def pdf(_request: web.Request) -> web.Response:
    return web.Response(body=PDF, content_type="application/pdf")


async def refused(url: str, limits: MediaLimits = LIMITS) -> MediaError:
    with pytest.raises(MediaError) as error:
        await MediaFetcher(limits).fetch(url)
    return error.value


async def test_media_come_with_their_type_and_name() -> None:
    async with server(**{"plan of day.pdf": pdf}) as address:
        media = await MediaFetcher(LIMITS).fetch(f"{address}/plan%20of%20day.pdf?signature=x")

    assert (media.data, media.content_type, media.file_name) == (PDF, "application/pdf", "plan of day.pdf")


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_too_large_is_not_read_to_its_end(told: bool) -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(headers={"Content-Length": "99999999"} if told else {})
        await response.prepare(request)
        while written < 99_999_999:
            await response.write(b"x" * 10_000)
            written += 10_000
        return response

    async with server(endless=endless) as address:
        error = await refused(f"{address}/endless")

    assert (str(error), error.is_final) == ("it is larger than 1000 bytes", True)
    assert written < 20_000_000


async def test_what_trickles_is_given_up_in_time() -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.05)

    async with server(trickle=trickle) as address:
        began = asyncio.get_running_loop().time()
        error = await refused(f"{address}/trickle", MediaLimits(1_000_000, 0.3, allow_private=True))

    assert not error.is_final
    assert asyncio.get_running_loop().time() - began < 1.5


@pytest.mark.parametrize(("status", "is_final"), [(404, True), (403, True), (429, False), (500, False), (503, False)])
async def test_a_server_that_refuses_is_asked_again_only_where_that_may_help(status: int, is_final: bool) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with server(file=refuse) as address:
        error = await refused(f"{address}/file")

    assert (str(error), error.is_final) == (f"its server answers HTTP {status}", is_final)


async def test_redirects_are_followed_three_times() -> None:
    async def hop(request: web.Request) -> web.Response:
        left = int(request.query["left"])
        raise web.HTTPFound(f"/hop?left={left - 1}" if left > 1 else "/plan.pdf")

    async with server(**{"hop": hop, "plan.pdf": pdf}) as address:
        media = await MediaFetcher(LIMITS).fetch(f"{address}/hop?left=3")
        error = await refused(f"{address}/hop?left=4")

    assert media.data == PDF
    assert (str(error), error.is_final) == ("it redirects more than 3 times", True)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "http://", "http://[::1", ""])
async def test_a_redirect_to_what_is_no_web_address_is_refused(location: str) -> None:
    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location} if location else {})

    async with server(file=redirect) as address:
        assert (await refused(f"{address}/file")).is_final


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://files.example/a", "a.pdf", "http://", "", "http://[::1"])
async def test_only_web_addresses_are_fetched(url: str) -> None:
    assert (await refused(url)).is_final


INSIDE = MediaLimits(bytes=1_000, timeout_s=2.0, allow_private=False)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "[::127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2001:0:7f00:1::]",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "\uff11\uff12\uff17.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0x7f.1",
        "localhost.",
        "LOCALHOST",
        "8.8.8.8@127.0.0.1",
        "8.8.8.8%2523@127.0.0.1",
        "8.8.8.8 &@127.0.0.1",
        "127.0.0.1%00.example",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
async def test_no_address_inside_is_connected_to_however_it_is_written(host: str) -> None:
    connections = 0

    def count(_reader: object, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    listening = await asyncio.start_server(count, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    error = await refused(f"http://{host}:{port}/a.pdf", INSIDE)
    listening.close()
    await listening.wait_closed()

    assert connections == 0
    assert error.is_final or "can't be reached" in str(error)


class Names:
    """A resolver of the test's own: a name means one address after the other."""

    def __init__(self, **addresses: list[str]) -> None:
        self._addresses = {name.replace("_", "."): list(given) for name, given in addresses.items()}
        self.asked: list[str] = []

    async def look_up(self, host: str, port: int, family: socket.AddressFamily) -> Found:
        self.asked.append(host)
        left = self._addresses[host]
        return [(socket.AF_INET, left.pop(0) if len(left) > 1 else left[0], port)]

    def fetcher(self) -> MediaFetcher:
        """Here, the address of the test's own server is a public one."""
        return MediaFetcher(INSIDE, look_up=self.look_up, is_allowed=lambda address: str(address) == "127.0.0.1")


async def test_a_redirect_to_the_inside_is_refused() -> None:
    async def inside(_request: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.2:9/secret")

    async with server(file=inside) as address:
        port = address.rpartition(":")[2]
        with pytest.raises(MediaError, match="not a public one"):
            await Names(files_example=["127.0.0.1"]).fetcher().fetch(f"http://files.example:{port}/file")


async def test_a_name_that_means_an_address_inside_is_refused() -> None:
    with pytest.raises(MediaError, match="not a public one") as error:
        await Names(rebind_example=["10.0.0.7"]).fetcher().fetch("http://rebind.example/a.pdf")

    assert error.value.is_final


async def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to() -> None:
    names = Names(files_example=["127.0.0.1", "10.0.0.7"])
    async with server(**{"plan.pdf": pdf}) as address:
        media = await names.fetcher().fetch(f"http://files.example:{address.rpartition(':')[2]}/plan.pdf")

    assert (media.data, names.asked) == (PDF, ["files.example"])


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
