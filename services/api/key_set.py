"""The public keys of whoever signs the tokens. Source: RFC 7517."""

import asyncio
import time
from http import HTTPStatus
from typing import Any

import structlog
from jwt import PyJWK, PyJWKSet, PyJWTError

from services.api.problems import RETRY_AFTER, Problem

FRESH_S = 300.0
SHORTEST_PAUSE_S = 10.0
FETCH_TIMEOUT_S = 5.0
SIZE_LIMIT_BYTES = 256 * 1024
KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}

log = structlog.get_logger(__name__)


class KeySet:
    """Fetches the keys when they are wanted, keeps them for a while, and keeps the old ones when it cannot."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: list[PyJWK] = []
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, key_id: object, algorithm: str) -> Any:
        """The key of that id and of the algorithm's kind; None if the set has none. Raises Problem 503 without a set."""
        if time.monotonic() - self._fetched_at > FRESH_S:
            await self._refresh()
        found = self._find(key_id, algorithm)
        if found is None:
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

    async def _refresh(self) -> None:
        """Fetch again, but never more often than every few seconds: an unknown key id costs nothing to invent."""
        async with self._lock:
            if time.monotonic() - self._tried_at < SHORTEST_PAUSE_S:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = _usable(await _fetch(self._url))
                self._fetched_at = time.monotonic()
            except Exception as error:
                log.warning("the key set cannot be fetched", error=type(error).__name__)


def _usable(document: Any) -> list[PyJWK]:
    """The keys of the set that we can read; raises for what is no set."""
    try:
        return PyJWKSet.from_dict(document).keys
    except PyJWTError as error:
        raise ValueError("no key set") from error


async def _fetch(url: str) -> Any:
    # Imported here: whoever does not use a key set does not pay for the client's memory.
    import aiohttp
    import orjson

    timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url, allow_redirects=False) as answer:
        answer.raise_for_status()
        body = await answer.content.read(SIZE_LIMIT_BYTES)
        return orjson.loads(body)
