"""JSON Web Tokens. Source: RFC 7519, and RFC 8725 for what to refuse.

Each algorithm has a key of its own kind: HS256 the secret, RS256 and ES256 the key set. A token can choose none of it.
"""

from http import HTTPStatus
from typing import Any

import jwt

from services.api.key_set import KeySet
from services.api.problems import Problem
from truesend.settings import Settings

SIGNED_BY_SECRET = frozenset({"HS256"})
SIGNED_BY_KEY_SET = frozenset({"RS256", "ES256"})

# Beside what the library says itself: a number that fits no clock.
_NO_TOKEN = (jwt.PyJWTError, TypeError, ValueError, OverflowError)


class Tokens:
    """Checks tokens as the settings say."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else None
        self._key_set = KeySet(settings.jwks_url) if settings.jwks_url else None
        self._audience = settings.jwt_audience
        self._issuer = settings.jwt_issuer

    async def claims(self, token: str) -> dict[str, Any]:
        """What a valid token says. Raises Problem 401 for any other, 503 when its key cannot be had."""
        algorithm, key = await self._key_for(token)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                options={
                    "require": ["exp"],
                    "verify_aud": self._audience is not None,
                    "verify_iat": False,
                },
            )
            float(claims["exp"])  # a number beyond every clock is refused here, too
        except jwt.ExpiredSignatureError:
            raise _refused("This token has expired.") from None
        except _NO_TOKEN:
            raise _refused() from None
        return claims

    async def _key_for(self, token: str) -> tuple[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
        except _NO_TOKEN:
            raise _refused() from None
        algorithm = header.get("alg")
        if not isinstance(algorithm, str):
            raise _refused()
        if algorithm in SIGNED_BY_SECRET and self._secret is not None:
            return algorithm, self._secret
        if algorithm in SIGNED_BY_KEY_SET and self._key_set is not None:
            key = await self._key_set.key(header.get("kid"), algorithm)
            if key is not None:
                return algorithm, key
        raise _refused()


def _refused(detail: str = "This token is not valid here.") -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
