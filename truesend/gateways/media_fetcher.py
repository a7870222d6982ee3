"""Fetching media for gateways that want bytes: bounded in size, time and redirects, and never from inside.

A message's ``media_url`` may name any host. What it resolves to is checked, and the connection goes to the address that was
checked, so that a name can't mean one thing to us and another to the socket. Every redirect is checked again.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from truesend.gateways.media import Media, MediaError, MediaLimits

_REDIRECTS: Final = 3
_REDIRECT_CODES: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES: Final = 64 * 1024
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# Of IPv6, all else is local, reserved, or stands for IPv4 addresses that may be inside: ::a.b.c.d, 64:ff9b:1::/48, fec0::/10.
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddress(OSError):  # noqa: N818 - as aiohttp wants a resolver's failures
    """A name resolves to nothing that may be connected to."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, also where it carries another one inside."""
    inside = _carried(address)
    if inside is not None:
        return is_public(inside)
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


Found = Sequence[tuple[socket.AddressFamily, str, int]]
LookUp = Callable[[str, int, socket.AddressFamily], Awaitable[Found]]


async def system_look_up(host: str, port: int, family: socket.AddressFamily) -> Found:
    """What the system says a name means: families, addresses, ports. Raises OSError where it means nothing."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
    return [(each[0], str(each[4][0]), int(each[4][1])) for each in found]


class _CheckedResolver(AbstractResolver):
    """Returns allowed addresses only: it is these that are connected to."""

    def __init__(self, look_up: LookUp, is_allowed: Callable[[Address], bool]) -> None:
        self._look_up = look_up
        self._is_allowed = is_allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises ForbiddenAddress where nothing may be connected to, OSError where nothing is found."""
        allowed = [
            ResolveResult(
                hostname=host,
                host=address,
                port=found_port,
                family=found_family,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found_family, address, found_port in await self._look_up(host, port, family)
            if self._is_allowed(ipaddress.ip_address(address.partition("%")[0]))
        ]
        if not allowed:
            raise ForbiddenAddress
        return allowed

    async def close(self) -> None:
        """Nothing is held."""


class MediaFetcher:
    """Fetches for one gateway. ``look_up`` resolves names; ``is_allowed`` says which addresses may be connected to."""

    def __init__(
        self,
        limits: MediaLimits,
        *,
        look_up: LookUp = system_look_up,
        is_allowed: Callable[[Address], bool] = is_public,
    ) -> None:
        self._limits = limits
        self._look_up = look_up
        self._is_allowed = (lambda _address: True) if limits.allow_private else is_allowed

    async def fetch(self, url: str) -> Media:
        """The media at ``url``. Raises MediaError."""
        try:
            async with asyncio.timeout(self._limits.timeout_s), self._session() as session:
                return await self._follow(session, _readable(url))
        except TimeoutError:
            raise MediaError(f"not fetched within {self._limits.timeout_s:g} s", is_final=False) from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, ForbiddenAddress):
                raise _forbidden() from None
            raise MediaError("its server can't be reached", is_final=False) from None
        except aiohttp.InvalidURL:
            raise MediaError("its URL can't be used", is_final=True) from None
        except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
            raise MediaError(f"it can't be fetched: {type(error).__name__}", is_final=False) from None

    def _session(self) -> aiohttp.ClientSession:
        resolver = _CheckedResolver(self._look_up, self._is_allowed)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, force_close=True, use_dns_cache=False),
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def _follow(self, session: aiohttp.ClientSession, url: URL) -> Media:
        for _ in range(_REDIRECTS + 1):
            self._require_allowed(url)
            async with session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECT_CODES:
                    return await self._read(response, url)
                url = _redirected(url, response.headers.get("Location", ""))
        raise MediaError(f"it redirects more than {_REDIRECTS} times", is_final=True)

    def _require_allowed(self, url: URL) -> None:
        """A name is checked when it is resolved; an address is never resolved."""
        try:
            address = ipaddress.ip_address((url.host or "").partition("%")[0])
        except ValueError:
            return
        if not self._is_allowed(address):
            raise _forbidden()

    async def _read(self, response: aiohttp.ClientResponse, url: URL) -> Media:
        if response.status != 200:
            raise MediaError(
                f"its server answers HTTP {response.status}",
                is_final=400 <= response.status < 500 and response.status not in {408, 425, 429},
            )
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise MediaError("its server sends it compressed", is_final=True)
        if (response.content_length or 0) > self._limits.bytes:
            raise self._too_large()
        data = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            data += chunk
            if len(data) > self._limits.bytes:
                raise self._too_large()
        return Media(bytes(data), response.content_type, _file_name(url))

    def _too_large(self) -> MediaError:
        return MediaError(f"it is larger than {self._limits.bytes} bytes", is_final=True)


def _readable(text: str) -> URL:
    try:
        url = URL(text)
    except ValueError:
        raise MediaError("its URL can't be read", is_final=True) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise MediaError("its URL must start with http:// or https:// and name a host", is_final=True)
    return url


def _redirected(url: URL, location: str) -> URL:
    if not location:
        raise MediaError("it redirects to nowhere", is_final=True)
    try:
        return _readable(str(url.join(URL(location))))
    except ValueError:
        raise MediaError("it redirects to what is no URL", is_final=True) from None


def _file_name(url: URL) -> str:
    name = PurePosixPath(unquote(url.raw_path)).name
    return "".join(character for character in name if character.isprintable() and character not in '/\\"')[:120]


def _forbidden() -> MediaError:
    return MediaError("its address is not a public one (GATEWAY_MEDIA_ALLOW_PRIVATE allows others)", is_final=True)
