"""One gateway's HTTP: a request goes out at most once, and what came of it is a value, never an exception.

The one question that matters when no answer came is whether the request can have reached the gateway. ``NoAnswer``
says that it cannot only where the connection was never made; everything later is a doubt.
"""

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import aiohttp
import orjson
from yarl import URL

from truesend.gateways.protocol import GatewayConfig

BODY_LIMIT_BYTES: Final = 64 * 1024
LONG_ANSWER_BYTES: Final = 1024 * 1024
LONG_ANSWERS_AT_ONCE: Final = 2

# A Node server closes an idle connection after 5 s; a POST on a connection that is just being closed would be a doubt.
KEEPALIVE_S: Final = 2.0


class NoAnswerKind(StrEnum):
    """Why a request has no answer."""

    DNS_FAILURE = "dns_failure"
    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILURE = "tls_failure"
    NOT_SENT = "not_sent"  # the request could not even be made
    READ_TIMEOUT = "read_timeout"
    CONNECTION_LOST = "connection_lost"
    INVALID_HTTP = "invalid_http"
    UNEXPECTED = "unexpected"


_NEVER_REACHED: Final = frozenset(
    {
        NoAnswerKind.DNS_FAILURE,
        NoAnswerKind.CONNECT_FAILED,
        NoAnswerKind.CONNECT_TIMEOUT,
        NoAnswerKind.TLS_FAILURE,
        NoAnswerKind.NOT_SENT,
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered. ``truncated``: the body is not whole (too long, cut off, or not decompressible)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer came. ``detail`` is ours, without addresses or keys."""

    kind: NoAnswerKind
    detail: str

    @property
    def never_reached(self) -> bool:
        """True only where the request provably never reached the gateway."""
        return self.kind in _NEVER_REACHED


class GatewayHttp:
    """The connections to one gateway.

    Redirects are not followed, proxies of the environment and cookies are not used, and a POST is never repeated.
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
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **(auth_header(config.auth_style, config.api_key) if key_headers is None else key_headers),
        }
        if self._base.user is not None and "Authorization" in self._headers:
            raise ValueError("the gateway's URL holds credentials, and its auth style sends others: write one of them")
        self._connect_timeout_s = config.connect_timeout_s
        self._limit = config.max_in_flight + config.status_max_in_flight
        self._tls = tls
        self._long_answers = asyncio.Semaphore(LONG_ANSWERS_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    @property
    def password(self) -> str:
        """The password that the URL holds, to be redacted."""
        return self._base.password or ""

    def url(self, path: str) -> URL:
        """The address of ``path``, which is already escaped and starts with a slash."""
        return URL(str(self._base) + path, encoded=True)

    async def get(self, url: URL, *, timeout_s: float) -> Answer | NoAnswer:
        """GET once. ``timeout_s`` bounds each wait for the gateway; it plus the connect time bounds the whole."""
        return await self._ask("GET", url, None, timeout_s, {}, BODY_LIMIT_BYTES)

    async def post(self, url: URL, body: Mapping[str, object], *, timeout_s: float) -> Answer | NoAnswer:
        """POST ``body`` as JSON, once. Time-outs as for ``get``."""
        return await self.request("POST", url, body, timeout_s=timeout_s)

    async def request(
        self,
        method: str,
        url: URL,
        body: Mapping[str, object] | None = None,
        *,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
        limit_bytes: int = BODY_LIMIT_BYTES,
    ) -> Answer | NoAnswer:
        """Ask once, with ``body`` as JSON where there is one. At most ``limit_bytes`` of the answer are read."""
        try:
            data = None if body is None else orjson.dumps(body)
        except TypeError:
            return NoAnswer(NoAnswerKind.NOT_SENT, "the message holds characters that can't be sent")
        return await self._ask(method, url, data, timeout_s, headers or {}, limit_bytes)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _ask(
        self, method: str, url: URL, data: bytes | None, timeout_s: float, headers: Mapping[str, str], limit_bytes: int
    ) -> Answer | NoAnswer:
        session = self._session or self._open()
        if session.closed:
            return NoAnswer(NoAnswerKind.NOT_SENT, "the gateway's connections are closed already")
        limits = aiohttp.ClientTimeout(
            total=None, connect=self._connect_timeout_s, sock_connect=self._connect_timeout_s, sock_read=timeout_s
        )
        try:
            async with asyncio.timeout(self._connect_timeout_s + timeout_s), self._room_for(limit_bytes):
                response = await session.request(
                    method, url, data=data, headers=headers, timeout=limits, allow_redirects=False
                )
                return await _read(response, limit_bytes)
        except Exception as error:  # whatever it is, the caller must learn whether a request went out
            return _no_answer(error, timeout_s=timeout_s, connect_timeout_s=self._connect_timeout_s)

    def _room_for(self, limit_bytes: int) -> AbstractAsyncContextManager[object]:
        """A gateway's lists may be long, so few are read at once: one that pours takes the memory of those few."""
        return self._long_answers if limit_bytes > LONG_ANSWER_BYTES else nullcontext()

    def _open(self) -> aiohttp.ClientSession:
        """Made at the first request, because it belongs to the loop that runs then."""
        connector = aiohttp.TCPConnector(
            limit=self._limit, keepalive_timeout=KEEPALIVE_S, ssl=True if self._tls is None else self._tls
        )
        headers = {**self._headers, "Content-Type": "application/json"}
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=headers,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        return self._session


async def _read(response: aiohttp.ClientResponse, limit_bytes: int) -> Answer:
    """Read at most ``limit_bytes``. What breaks while the body is read leaves a status and a truncated body."""
    body, whole = b"", False
    try:
        body, whole = await _read_bounded(response.content, limit_bytes)
    except (aiohttp.ClientError, TimeoutError, OSError):
        whole = False
    finally:
        if whole:
            response.release()
        else:
            response.close()
    encoding = response.headers.get("Content-Encoding")
    if encoding and encoding.strip().lower() != "identity":
        body, whole = _decompressed(body, encoding, limit_bytes, whole=whole)
    return Answer(response.status, response.headers, body, truncated=not whole)


async def _read_bounded(content: aiohttp.StreamReader, limit_bytes: int) -> tuple[bytes, bool]:
    """The body, and whether it is whole. Of one that is too long only the beginning is kept, for its words: nobody reads
    half a list, and a gateway that pours shall not make us hold it twice."""
    body = await content.read(limit_bytes)
    if content.at_eof():
        return body, True
    read = bytearray(body)
    while len(read) <= limit_bytes and not content.at_eof():
        read += await content.read(limit_bytes + 1 - len(read))
    if len(read) <= limit_bytes:
        return bytes(read), True
    return bytes(read[: min(limit_bytes, BODY_LIMIT_BYTES)]), False


def _decompressed(body: bytes, encoding: str, limit_bytes: int, *, whole: bool) -> tuple[bytes, bool]:
    """Decompress no more than ``limit_bytes``, whatever the body claims to hold."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return b"", False
    reader = zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, by its header
    try:
        plain = reader.decompress(body, limit_bytes)
    except zlib.error:
        return b"", False
    return plain, whole and reader.eof


def _no_answer(error: Exception, *, timeout_s: float, connect_timeout_s: float) -> NoAnswer:
    match error:
        case aiohttp.ConnectionTimeoutError():
            return NoAnswer(NoAnswerKind.CONNECT_TIMEOUT, f"no connection within {connect_timeout_s:g} s")
        case aiohttp.ClientConnectorDNSError():
            return NoAnswer(NoAnswerKind.DNS_FAILURE, "the gateway's host name does not resolve")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return NoAnswer(NoAnswerKind.TLS_FAILURE, "no secure connection: the TLS handshake failed")
        case aiohttp.ClientConnectorError():
            return NoAnswer(NoAnswerKind.CONNECT_FAILED, f"no connection: {_system_word(error.os_error)}")
        case aiohttp.InvalidURL():
            return NoAnswer(NoAnswerKind.NOT_SENT, "the gateway's address can't be used")
        case TimeoutError():
            return NoAnswer(NoAnswerKind.READ_TIMEOUT, f"no answer within {timeout_s:g} s")
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError():
            return NoAnswer(NoAnswerKind.INVALID_HTTP, "the answer was not HTTP")
        case aiohttp.ClientError() | OSError():
            return NoAnswer(NoAnswerKind.CONNECTION_LOST, "the connection was lost before an answer came")
        case _:
            return NoAnswer(NoAnswerKind.UNEXPECTED, f"the request broke off: {type(error).__name__}")


def _system_word(error: OSError) -> str:
    return error.strerror if error.errno and error.strerror else type(error).__name__


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
