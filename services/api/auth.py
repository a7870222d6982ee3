"""Who is calling, and for which organisation. Every query is bound to that organisation."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from uuid import UUID

from fastapi import Request

from services.api.database import Database
from services.api.guesses import Guesses
from services.api.problems import Problem
from truesend.settings import AuthMode, Settings
from truesend.store.queries import Query

ORGANIZATION_HEADER = "x-organization-id"
ACTOR_LIMIT = 200
HASHED_KEY = re.compile(r"sha256:([0-9a-f]{64})")
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``actor`` names them in a history; ``valid_until``, seconds since the epoch, ends what would outlive
    the token."""

    organization_id: UUID
    actor: str
    valid_until: float | None = None


class Authenticator(Protocol):
    """One way of proving who calls."""

    async def __call__(self, request: Request) -> Caller:
        """Raises Problem for whoever cannot."""


def authenticator(settings: Settings, database: Database, is_member: Query) -> Authenticator:
    """The one that AUTH_MODE names. Raises SettingsError when it is not set up."""
    settings.require_auth()
    if settings.auth_mode is AuthMode.NONE:
        return Nobody()
    if settings.auth_mode is AuthMode.API_KEY:
        return ApiKeys(settings.api_keys, Guesses("api", settings.auth_failures_per_minute))
    return BearerTokens(settings, database, is_member)


class Nobody:
    """AUTH_MODE=none: the caller says for whom. Only on loopback, and only under a loopback name, so that a page from
    elsewhere whose name was pointed here (DNS rebinding) gets nothing."""

    async def __call__(self, request: Request) -> Caller:
        """The organisation of the header."""
        if request.url.hostname not in LOOPBACK_NAMES:
            detail = "With AUTH_MODE=none the API answers only under 127.0.0.1 or localhost."
            raise Problem(HTTPStatus.FORBIDDEN, "forbidden", detail)
        return Caller(_organization_of_header(request), "somebody on this machine")


class ApiKeys:
    """AUTH_MODE=api_key. Only hashes are kept, and all of them are compared, so that time tells nothing; ``guesses`` says
    how often an address may be wrong."""

    def __init__(self, keys: Mapping[str, UUID], guesses: Guesses) -> None:
        self._guesses = guesses
        self._organizations = [(_digest_kept(key), organization_id) for key, organization_id in keys.items()]

    async def __call__(self, request: Request) -> Caller:
        """The organisation of the key. Raises Problem 429 where too many were wrong."""
        key = request.headers.get("x-api-key") or bearer(request)
        if key is None:
            raise unauthorized("Send your API key as Authorization: Bearer <key>, or as X-API-Key.")
        address = request.client.host if request.client else None
        self._guesses.require_turn(address, key)
        digest, found = _digest(key), None
        for known, organization_id in self._organizations:
            if hmac.compare_digest(digest, known):
                found = organization_id
        if found is None:
            self._guesses.failed(address)
            raise unauthorized("This API key is not known: it has to be one of those in the API's API_KEYS.")
        self._guesses.opened(address, key)
        # enough of the hash to tell keys apart, and of no use to anybody who has it
        return Caller(found, f"API key {digest.hex()[:8]}")


class BearerTokens:
    """AUTH_MODE=jwt. The organisation is a claim, or a header that is checked against the CRM's memberships. Wrong tokens
    are not counted: nobody guesses a signature by asking."""

    def __init__(self, settings: Settings, database: Database, is_member: Query) -> None:
        # what checks signatures takes 9 MB, which the other modes are spared
        from services.api.tokens import Tokens

        self._tokens = Tokens(settings)
        self._claim = settings.jwt_organization_claim
        self._database = database
        self._is_member = is_member

    async def __call__(self, request: Request) -> Caller:
        """The organisation of the token, or of the header where the token's user belongs to it."""
        token = bearer(request)
        if token is None:
            raise unauthorized("Send a token as Authorization: Bearer <token>.")
        claims = await self._tokens.claims(token)
        valid_until, actor = float(claims["exp"]), _actor(claims)
        claimed = claim_at(claims, self._claim) if self._claim else None
        if claimed is not None:
            return Caller(_organization_of_claim(claimed), actor, valid_until)
        if self._claim and ORGANIZATION_HEADER not in request.headers:
            raise claim_missing(self._claim)
        organization_id = _organization_of_header(request)
        await self._require_membership(claims.get("sub"), organization_id)
        return Caller(organization_id, actor, valid_until)

    async def _require_membership(self, subject: object, organization_id: UUID) -> None:
        try:
            user_id = UUID(subject) if isinstance(subject, str) else None
        except ValueError:
            user_id = None
        if user_id is not None:
            async with self._database.unbound() as connection:
                if await self._is_member.fetchval(connection, user_id=user_id, organization_id=organization_id):
                    return
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", "You do not belong to the organization of X-Organization-Id.")


def require_readable_organization(request: Request) -> None:
    """Raises Problem 400 for an X-Organization-Id that is no uuid, also where the key says for whom: who writes nonsense
    there means something else than what they would get."""
    if ORGANIZATION_HEADER in request.headers:
        _organization_of_header(request)


def bearer(request: Request) -> str | None:
    """What Authorization carries, if it is a bearer's."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() or None if scheme.lower() == "bearer" else None


def claim_at(claims: Mapping[str, object], path: str) -> object:
    """The claim of that name, dots and all, or at that dotted path; None where there is none."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def claim_missing(path: str) -> Problem:
    """A token without the organisation's claim, and no header in its place."""
    detail = (
        f"The token has no claim {path} (JWT_ORGANIZATION_CLAIM). Have it issued with that claim, or send X-Organization-Id"
        " with the uuid of your organization."
    )
    return Problem(HTTPStatus.BAD_REQUEST, "organization-missing", detail)


def unauthorized(detail: str) -> Problem:
    """The caller has not proved who they are."""
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def _actor(claims: Mapping[str, object]) -> str:
    """The token's user, as far as it names one."""
    named = claims.get("email") or claims.get("sub")
    if not isinstance(named, str):
        return "a token without a user"
    return "user " + "".join(letter for letter in named[:ACTOR_LIMIT] if letter.isprintable())


def _digest_kept(key: str) -> bytes:
    """The hash of a key of the settings, which may hold the hash itself: then the key is with its owner alone."""
    hashed = HASHED_KEY.fullmatch(key)
    return bytes.fromhex(hashed[1]) if hashed else _digest(key)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _organization_of_claim(claimed: object) -> UUID:
    try:
        return UUID(claimed) if isinstance(claimed, str) else _no_uuid()
    except ValueError:
        detail = "The token's organization is not a uuid."
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", detail) from None


def _no_uuid() -> UUID:
    raise ValueError("no uuid")


def _organization_of_header(request: Request) -> UUID:
    try:
        return UUID(request.headers[ORGANIZATION_HEADER])
    except (KeyError, ValueError):
        detail = "Send X-Organization-Id with the uuid of your organization."
        raise Problem(HTTPStatus.BAD_REQUEST, "organization-missing", detail) from None
