"""Tokens as Kafka takes them where nobody has configured a validator: a JWT that nobody has signed."""

import json
import time
from base64 import urlsafe_b64encode

from tests.harness.secured_kafka import TOKEN_LIFE_S, TOKEN_USER


def token() -> tuple[str, float]:
    """A token that is good for some seconds, and its end in milliseconds."""
    now = time.time()
    claims = {"sub": TOKEN_USER, "iat": now - 1, "exp": now + TOKEN_LIFE_S}
    return f"{_part({'alg': 'none'})}.{_part(claims)}.", (now + TOKEN_LIFE_S) * 1000


def expired() -> str:
    """One of yesterday's."""
    yesterday = time.time() - 86_400
    return f"{_part({'alg': 'none'})}.{_part({'sub': TOKEN_USER, 'iat': yesterday, 'exp': yesterday + 1})}."


def failing() -> str:
    """Not even that."""
    raise ValueError("canary-token-secret")


def _part(claims: object) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
