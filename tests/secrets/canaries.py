"""Things that are easy to find again: one secret of each kind, a message, a recipient."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import jwt

from tests.harness.kafka import SASL_PASSWORD

GATEWAY_KEY = "canary-gateway-key-31415"
API_KEY = "canary-api-key-27182"
JWT_SECRET = "canary-jwt-secret-that-is-long-enough-for-hs256-16180"
WEBHOOK_SECRET = "canary-webhook-secret-14142"
ALERT_SECRET = "whsec_Y2FuYXJ5LWFsZXJ0LXNlY3JldC0xNzMyMA=="
ALERT_TOKEN = "canary-token-of-the-alert-address-22360"
FORWARD_TOKEN = "canary-token-of-the-forward-address-26457"
COLLECTOR_KEY = "canary-key-of-the-collector-30000"

TEXT = "canary message: meet me at the old mill at noon, bring 33166 in cash"
RECIPIENT = "919831662479"


@dataclass(frozen=True, slots=True)
class Canary:
    """Something to look for, and what it is."""

    name: str
    value: str

    def spellings(self) -> frozenset[str]:
        """How it may have been written: as it is, escaped, encoded, and inside of something in base64."""
        return frozenset({self.value, *_escaped(self.value), *_in_base64(self.value.encode())})

    def is_in(self, text: str) -> bool:
        """Whether any spelling of it is there."""
        return any(spelling in text for spelling in self.spellings())


def secrets(database_password: str, token: str) -> list[Canary]:
    """Every secret; the database makes its own password, and a token is signed anew each time."""
    values: Mapping[str, str] = {
        "gateway key": GATEWAY_KEY,
        "API key": API_KEY,
        "JWT secret": JWT_SECRET,
        "JWT": token,
        "signature of the JWT": token.rsplit(".", 1)[1],
        "webhook secret": WEBHOOK_SECRET,
        "alert secret": ALERT_SECRET.removeprefix("whsec_").rstrip("="),
        "token of the alert address": ALERT_TOKEN,
        "token of the forward address": FORWARD_TOKEN,
        "key of the collector": COLLECTOR_KEY,
        "Kafka password": SASL_PASSWORD,
        "database password": database_password,
    }
    return [Canary(name, value) for name, value in values.items()]


def signed_token(organization_id: str, *, expires_at: int) -> str:
    """A token that the API takes."""
    return jwt.encode({"org": organization_id, "sub": "somebody", "exp": expires_at}, JWT_SECRET, algorithm="HS256")


def echoes(text: str = TEXT) -> str:
    """What a gateway says that repeats all it was told, in every way that gateways have."""
    basic = base64.b64encode(f"admin:{GATEWAY_KEY}".encode()).decode()
    return json.dumps(
        {
            "error": f"could not send '{text}' to {RECIPIENT} with key {GATEWAY_KEY}",
            "request": {"headers": {"X-API-Key": GATEWAY_KEY, "Authorization": f"Basic {basic}"}, "body": text},
            "raw": base64.b64encode(f"x-api-key: {GATEWAY_KEY}\r\n".encode()).decode(),
            "url": f"/send?apikey={quote(GATEWAY_KEY)}&message={quote(text)}&text={quote_plus(text)}",
        }
    )


def _escaped(value: str) -> Iterator[str]:
    yield json.dumps(value)[1:-1]
    yield quote(value, safe="")
    yield quote_plus(value)
    yield value[::-1]
    yield value.encode().hex()


def _in_base64(value: bytes) -> Iterator[str]:
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(value)) * 8 // 6
        written = base64.b64encode(bytes(before) + value).decode()[first:last]
        yield written
        yield written.replace("+", "-").replace("/", "_")
