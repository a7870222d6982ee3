"""Where the API is, and who asks: what every request carries."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import httpx

Key = str | Callable[[], str] | None
"""An API key, or something that gives a token, asked before each request."""

CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """The API's URL, the caller's key and organisation. It is never shown, since it holds the key."""

    url: str
    key: Key
    organization: UUID | None

    def __post_init__(self) -> None:
        """Raises ValueError for an address that requests can't be sent to."""
        try:
            parts = httpx.URL(self.url)
        except httpx.InvalidURL:
            parts = httpx.URL()
        if parts.scheme not in {"http", "https"} or not parts.host:
            raise ValueError("url: write http://host:port or https://host, without /v1")
        if parts.userinfo:
            raise ValueError("url: leave out user and password; the key goes into key=")

    def headers(self) -> dict[str, str]:
        """Who asks."""
        headers = {"Accept": "application/json"}
        key = self.key() if callable(self.key) else self.key
        if key:
            headers["Authorization"] = f"Bearer {key.strip()}"
        if self.organization is not None:
            headers["X-Organization-Id"] = str(self.organization)
        return headers


def timeouts(answer_s: float) -> httpx.Timeout:
    """A time for a connection to be made, and one for an answer."""
    return httpx.Timeout(answer_s, connect=min(CONNECT_TIMEOUT_S, answer_s))
