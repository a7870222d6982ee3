"""The public keys of whoever signs the tokens. Source: RFC 7517."""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from jwt import PyJWK, PyJWKSet, PyJWTError

from services.api.problems import RETRY_AFTER, Problem

FRESH_S = 300.0
LONG_UNUSED_S = 600.0
KEPT_S = 86_400.0
SHORTEST_PAUSE_S = 10.0
FETCH_TIMEOUT_S = 5.0
SIZE_LIMIT_BYTES = 256 * 1024
KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}

log = structlog.get_logger(__name__)


class KeySet:
    """Fetches the keys when they are wanted, and again when they are no longer fresh: beside the requests, unless nobody has
    asked for long. While they cannot be fetched the old ones hold for a day, and nobody waits: a key that was withdrawn must
    end, whatever becomes of its server."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: list[PyJWK] = []
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def key(self, key_id: object, algorithm: str) -> Any:
        """The key of that id and of the algorithm's kind; None if the set has none. Raises Problem 503 without a set."""
        age_s = self._clock() - self._fetched_at
        if age_s > KEPT_S:
            self._keys = []
        found = self._find(key_id, algorithm)
        if found is not None and age_s > FRESH_S and (age_s < LONG_UNUSED_S or self._is_away()):
            self._refresh_beside()
        elif found is None or age_s > FRESH_S:
            await self._refresh()
            found = self._find(key_id, algorithm)
        if not self._keys:
            detail = "The keys that tokens are checked with cannot be had now; try again."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "keys-away", detail, headers=RETRY_AFTER)
        return found

    def _find(self, key_id: object, algorithm: str) -> Any:
        fitting = [key for key in self._keys if key.key_type == KEY_TYPES[algorithm]]
        if key_id is None and len(fitting) == 1:
            return fitting[0].key
        return next((key.key for key in fitting if key_id is not None and key.key_id == key_id), None)

    def _is_away(self) -> bool:
        return self._tried_at > self._fetched_at

    def _refresh_beside(self) -> None:
        """One at a time; nobody with a key that is known waits for it."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(), name="key set")

    async def _refresh(self) -> None:
        """Fetch again, but never more often than every few seconds: an unknown key id costs nothing to invent."""
        async with self._lock:
            if self._clock() - self._tried_at < SHORTEST_PAUSE_S:
                return
            self._tried_at = self._clock()
            try:
                self._keys = _usable(await _fetch(self._url))
                self._fetched_at = self._clock()
            except Exception as error:
                log.warning("the key set cannot be fetched", error=type(error).__name__)


def _usable(document: Any) -> list[PyJWK]:
    """The keys of the set that we can read and that are for signatures; raises for what is no set."""
    try:
        keys = PyJWKSet.from_dict(document).keys
    except PyJWTError as error:
        raise ValueError("no key set") from error
    usable = [key for key in keys if key.key_type in KEY_TYPES.values() and key.public_key_use in {None, "sig"}]
    if not usable:
        raise ValueError("no key for signatures")
    return usable


async def _fetch(url: str) -> Any:
    # Imported here: whoever does not use a key set does not pay for the client's memory.
    import aiohttp
    import orjson

    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url, allow_redirects=False) as answer:
        answer.raise_for_status()
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > SIZE_LIMIT_BYTES:
                raise ValueError("the key set is too large")
        return orjson.loads(body)
