"""Whether a webhook comes from the gateway: a shared secret in a header, compared in constant time."""

import hashlib
import hmac
from collections.abc import Mapping

from truesend.gateways.protocol import WebhookRefusal

SHARED_SECRET_HEADER = "x-api-key"  # noqa: S105 - a header's name


def shared_secret_refusal(headers: Mapping[str, str], secret: str) -> WebhookRefusal | None:
    """Why a webhook with these headers is refused; None where it brought the secret.

    ``headers`` have lower-case names. Both ``X-API-Key`` and ``Authorization: Bearer`` are looked at; without a secret of
    our own nothing is taken.
    """
    given = [text for text in (headers.get(SHARED_SECRET_HEADER), _bearer(headers)) if text]
    if not secret or not given:
        return WebhookRefusal.NO_SECRET
    if not any(_same(text, secret) for text in given):
        return WebhookRefusal.WRONG_SECRET
    return None


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def _same(given: str, secret: str) -> bool:
    """Hashes are compared, so that not even the secret's length can be measured."""
    return hmac.compare_digest(_digest(given), _digest(secret))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def hmac_refusal(given: str | None, secret: str, body: bytes, algorithm: str) -> WebhookRefusal | None:
    """Why a webhook with this signature is refused; None where it is the HMAC of ``body``, as hexadecimal digits."""
    if not secret or not given:
        return WebhookRefusal.NO_SECRET
    expected = hmac.new(secret.encode(), body, algorithm).hexdigest()
    right = hmac.compare_digest(given.strip().lower().encode("utf-8", "surrogateescape"), expected.encode())
    return None if right else WebhookRefusal.WRONG_SECRET
