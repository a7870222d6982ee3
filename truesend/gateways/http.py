"""One gateway's HTTP: a request goes out at most once, and what came of it is a value, never an exception.

The one question that matters when no answer came is whether the request can have reached the gateway. ``NoAnswer``
says that it cannot only where the connection was never made, or nothing was written on it; everything later is a doubt.
"""

import asyncio
import os
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from typing import Final

import orjson
from yarl import URL

from truesend.gateways.http_answers import BODY_LIMIT_BYTES, Answer, NoAnswer, NoAnswerKind, uncompressed
from truesend.gateways.http_connections import Connection, Connections
from truesend.gateways.protocol import GatewayConfig

LONG_ANSWER_BYTES: Final = 1024 * 1024
LONG_ANSWERS_AT_ONCE: Final = 2

_TARGET: Final = re.compile(r"[!-~]+")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_NO_HEADERS: Final[Mapping[str, str]] = {}


class GatewayHttp:
    """The connections to one gateway.

    Redirects are not followed, proxies of the environment and cookies are not used, and nothing is ever repeated.
    ``tls`` replaces the system's trust, for gateways with a certificate authority of their own.
    """

    def __init__(
        self, config: GatewayConfig, *, key_headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """``key_headers`` go with every request; without them the settings' auth style says how the key is sent.

        Raises ValueError where the URL or the key can't be used; the sentence never shows the key.
        """
        self._base = _base_url(config.url)
        _require_header_text(config.api_key)
        keys = auth_header(config.auth_style, config.api_key) if key_headers is None else key_headers
        if self._base.user is not None and "Authorization" in keys:
            raise ValueError("the gateway's URL holds credentials, and its auth style sends others: write one of them")
        self._path = self._base.raw_path.rstrip("/")
        self._fixed_headers = _header_lines(
            {
                "Host": self._base.host_port_subcomponent or "",
                "User-Agent": "Truesend",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                **_url_credentials(self._base),
                **keys,
            }
        )
        self._connect_timeout_s = config.connect_timeout_s
        self._tls = tls
        self._long_answers = asyncio.Semaphore(LONG_ANSWERS_AT_ONCE)
        self._connections: Connections | None = None
        self._is_closed = False

    @property
    def password(self) -> str:
        """The password that the URL holds, to be redacted."""
        return self._base.password or ""

    async def get(self, path: str, *, timeout_s: float) -> Answer | NoAnswer:
        """GET once. ``timeout_s`` bounds each wait for the gateway; it plus the connect time bounds the whole."""
        return await self.request("GET", path, timeout_s=timeout_s)

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        timeout_s: float,
        headers: Mapping[str, str] = _NO_HEADERS,
        limit_bytes: int = BODY_LIMIT_BYTES,
    ) -> Answer | NoAnswer:
        """Ask once, with ``body`` as JSON where there is one. ``path`` is escaped already, and starts with a slash. Time-outs
        as for ``get``. At most ``limit_bytes`` of the answer are read."""
        if self._is_closed:
            return NoAnswer(NoAnswerKind.NOT_SENT, "the gateway's connections are closed already")
        try:
            data = b"" if body is None else orjson.dumps(body)
        except TypeError:
            return NoAnswer(NoAnswerKind.NOT_SENT, "the message holds characters that can't be sent")
        try:
            head = self._head(method, path, headers, None if body is None and method == "GET" else len(data))
        except ValueError:
            return NoAnswer(NoAnswerKind.NOT_SENT, "the gateway's address or a header can't be used")
        deadline = asyncio.get_running_loop().time() + self._connect_timeout_s + timeout_s
        if limit_bytes <= LONG_ANSWER_BYTES:
            return await self._ask(head, data, limit_bytes, timeout_s, deadline)
        return await self._ask_at_length(head, data, limit_bytes, timeout_s, deadline)

    async def close(self) -> None:
        """Close every connection."""
        self._is_closed = True
        if self._connections is not None:
            self._connections.close()

    def _head(self, method: str, path: str, headers: Mapping[str, str], size: int | None) -> bytes:
        """Raises ValueError for what would be another request than was meant."""
        target = self._path + path
        if _TARGET.fullmatch(target) is None:
            raise ValueError("no path")
        length = b"" if size is None else b"Content-Length: %d\r\n" % size
        more = _header_lines(headers) if headers else b""
        return b"%b %b HTTP/1.1\r\n%b%b%b\r\n" % (method.encode(), target.encode(), self._fixed_headers, more, length)

    async def _ask_at_length(
        self, head: bytes, data: bytes, limit_bytes: int, timeout_s: float, deadline: float
    ) -> Answer | NoAnswer:
        """A gateway's lists may be long, so few are read at once: one that pours takes the memory of those few."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._long_answers.acquire()
        except TimeoutError:
            return NoAnswer(NoAnswerKind.NOT_SENT, "other long answers of this gateway took too long")
        try:
            return await self._ask(head, data, limit_bytes, timeout_s, deadline)
        finally:
            self._long_answers.release()

    async def _ask(
        self, head: bytes, data: bytes, limit_bytes: int, timeout_s: float, deadline: float
    ) -> Answer | NoAnswer:
        connections = self._connections or self._made()
        connection = connections.kept() or await self._opened(connections)
        if isinstance(connection, NoAnswer):
            return connection
        try:
            answer = await connection.ask(head, data, limit_bytes=limit_bytes, wait_s=timeout_s, deadline=deadline)
        except Exception as error:  # the caller must learn that a request may have gone out
            return NoAnswer(NoAnswerKind.UNEXPECTED, f"the request broke off: {type(error).__name__}")
        finally:
            connections.give_back(connection)
        return uncompressed(answer, limit_bytes) if isinstance(answer, Answer) else answer

    async def _opened(self, connections: Connections) -> Connection | NoAnswer:
        """A new connection, or why there is none: then nothing can have reached the gateway."""
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                return await connections.opened()
        except TimeoutError:
            return NoAnswer(NoAnswerKind.CONNECT_TIMEOUT, f"no connection within {self._connect_timeout_s:g} s")
        except (socket.gaierror, UnicodeError):
            return NoAnswer(NoAnswerKind.DNS_FAILURE, "the gateway's host name does not resolve")
        except ssl.SSLError:
            return NoAnswer(NoAnswerKind.TLS_FAILURE, "no secure connection: the TLS handshake failed")
        except OSError as error:
            return NoAnswer(NoAnswerKind.CONNECT_FAILED, f"no connection: {_system_word(error)}")
        except Exception as error:  # uvloop raises RuntimeError for some sockets; whatever it is, nothing was written
            return NoAnswer(NoAnswerKind.CONNECT_FAILED, f"no connection: {type(error).__name__}")

    def _made(self) -> Connections:
        """Made at the first request, because they belong to the loop that runs then."""
        tls = (self._tls or _system_trust()) if self._base.scheme == "https" else None
        self._connections = Connections(self._base.raw_host or "", self._base.port or 0, tls)
        return self._connections


@cache
def _system_trust() -> ssl.SSLContext:
    """One for all gateways: each would take a megabyte, and time to read."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _system_word(error: OSError) -> str:
    """The system's word for it; the error's own may hold an address."""
    return os.strerror(error.errno) if error.errno else type(error).__name__


def _header_lines(headers: Mapping[str, str]) -> bytes:
    """Raises ValueError for what would be more than these headers."""
    for name, value in headers.items():
        if _HEADER_NAME.fullmatch(name) is None or _CONTROLS.search(value):
            raise ValueError("a header can't carry what it shall")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def _url_credentials(base: URL) -> Mapping[str, str]:
    if base.user is None:
        return {}
    return {"Authorization": "Basic " + b64encode(f"{base.user}:{base.password or ''}".encode()).decode()}


def _base_url(text: str) -> URL:
    try:
        url = URL(text.rstrip("/"))
    except ValueError:
        raise ValueError("the gateway's URL can't be read") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("the gateway's URL must start with http:// or https:// and name a host")
    return url.with_query(None).with_fragment(None)


def _require_header_text(key: str) -> None:
    if not key.isascii() or not (key.isprintable() or not key):
        raise ValueError("GATEWAY_API_KEY holds characters that a header can't carry")


def auth_header(style: str, key: str) -> dict[str, str]:
    """The header that carries a key in one of the known styles. Raises ValueError for another one."""
    if not key:
        return {}
    match style:
        case "x-api-key":
            return {"X-API-Key": key}
        case "bearer":
            return {"Authorization": f"Bearer {key}"}
        case "authorization":
            return {"Authorization": key}
        case "apikey":
            return {"apikey": key}
        case _:
            raise ValueError(f"auth style {style!r} is unknown: x-api-key, bearer, authorization or apikey")
