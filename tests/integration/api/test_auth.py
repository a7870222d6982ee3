"""Tokens: only the configured keys and algorithms count, and the organisation comes from the token or a membership."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import jwt
import orjson
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import StartApi
from tests.integration.api.key_server import Keys, serving_keys
from tests.integration.api.rows import Rows
from truesend.settings import SettingsError

SECRET = "a secret of more than thirty-two bytes, for HS256"


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": str(uuid4()), "exp": time.time() + 60} | more


async def status_with(api: ApiClient, token: str, **headers: str) -> int:
    answer = await api.get("/v1/sessions", headers={"Authorization": f"Bearer {token}"} | headers)
    assert token not in str(answer.body)
    return answer.status


@pytest_asyncio.fixture
async def api_by_secret(start_api: StartApi) -> ApiClient:
    return await start_api(
        auth_mode="jwt",
        jwt_secret=SECRET,
        jwt_organization_claim="app.organization",
        jwt_audience="crm",
        jwt_issuer="https://issuer.example.com",
    )


def good(rows: Rows, **more: Any) -> dict[str, Any]:
    return claims(app={"organization": str(rows.organization_id)}, aud="crm", iss="https://issuer.example.com") | more


async def test_a_token_opens_its_organization_and_no_other(api_by_secret: ApiClient, rows: Rows) -> None:
    mine = await rows.session()
    await rows.session(organization_id=rows.other_organization_id)
    token = jwt.encode(good(rows), SECRET, "HS256")

    answer = await api_by_secret.get(
        "/v1/sessions",
        headers={"Authorization": f"Bearer {token}", "X-Organization-Id": str(rows.other_organization_id)},
    )

    assert [item["id"] for item in answer.body["items"]] == [str(mine)]


async def test_tokens_that_are_expired_early_foreign_or_changed_are_refused(
    api_by_secret: ApiClient, rows: Rows
) -> None:
    token = jwt.encode(good(rows), SECRET, "HS256")
    head, body, signature = token.split(".")
    bad = {
        "expired": jwt.encode(good(rows, exp=time.time() - 1), SECRET, "HS256"),
        "not yet valid": jwt.encode(good(rows, nbf=time.time() + 60), SECRET, "HS256"),
        "without expiry": jwt.encode({k: v for k, v in good(rows).items() if k != "exp"}, SECRET, "HS256"),
        "of another audience": jwt.encode(good(rows, aud="other"), SECRET, "HS256"),
        "of another issuer": jwt.encode(good(rows, iss="https://evil.example.com"), SECRET, "HS256"),
        "by another secret": jwt.encode(good(rows), SECRET[::-1], "HS256"),
        "HS512": jwt.encode(good(rows), SECRET * 2, "HS512"),
        "unsigned": jwt.encode(good(rows), "", "none"),
        "stripped": f"{head}.{body}.",
        "of a list of algorithms": f"{_encoded({'alg': ['HS256'], 'typ': 'JWT'})}.{body}.{signature}",
        "nonsense": "a.b.c",
        "one part": "x",
        "changed": f"{head}.{jwt.utils.base64url_encode(orjson.dumps(good(rows, app={}))).decode()}.{signature}",
    }

    assert await status_with(api_by_secret, token) == 200
    for what, wrong in bad.items():
        assert await status_with(api_by_secret, wrong) == 401, what


async def test_a_claim_that_is_no_uuid_opens_nothing(api_by_secret: ApiClient, rows: Rows) -> None:
    for organization in ("*", 7, ["x"]):
        token = jwt.encode(good(rows, app={"organization": organization}), SECRET, "HS256")
        assert await status_with(api_by_secret, token, **{"X-Organization-Id": str(rows.organization_id)}) == 403


async def test_without_a_claim_the_header_is_checked_against_the_memberships(start_api: StartApi, rows: Rows) -> None:
    user_id = uuid4()
    await rows.connection.execute(
        "CREATE OR REPLACE VIEW truesend.user_organizations AS"
        f" SELECT '{user_id}'::uuid AS user_id, '{rows.organization_id}'::uuid AS organization_id"
    )
    api = await start_api(auth_mode="jwt", jwt_secret=SECRET)
    token = jwt.encode(claims(sub=str(user_id)), SECRET, "HS256")
    stranger = jwt.encode(claims(), SECRET, "HS256")

    assert await status_with(api, token, **{"X-Organization-Id": str(rows.organization_id)}) == 200
    assert await status_with(api, token, **{"X-Organization-Id": str(rows.other_organization_id)}) == 403
    assert await status_with(api, stranger, **{"X-Organization-Id": str(rows.organization_id)}) == 403
    assert await status_with(api, token) == 400
    assert await status_with(api, token, **{"X-Organization-Id": "x"}) == 400


@pytest_asyncio.fixture
async def key_server() -> AsyncIterator[tuple[Keys, str]]:
    async with serving_keys() as served:
        yield served


async def test_key_sets_are_fetched_once_and_no_algorithm_is_confused_with_another(
    start_api: StartApi, rows: Rows, key_server: tuple[Keys, str]
) -> None:
    keys, url = key_server
    keys.private = {
        "r": rsa.generate_private_key(65537, 2048),
        "e": ec.generate_private_key(ec.SECP256R1()),
    }
    api = await start_api(auth_mode="jwt", jwks_url=url, jwt_organization_claim="org")
    mine = claims(org=str(rows.organization_id))
    public_pem = (
        keys.private["r"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    forged = _signed_by_hmac(mine, public_pem, key_id="r")
    other = rsa.generate_private_key(65537, 2048)

    for _ in range(3):
        assert await status_with(api, jwt.encode(mine, keys.private["r"], "RS256", headers={"kid": "r"})) == 200
        assert await status_with(api, jwt.encode(mine, keys.private["e"], "ES256", headers={"kid": "e"})) == 200
    assert keys.fetched == 1
    assert await status_with(api, forged) == 401
    assert await status_with(api, jwt.encode(mine, SECRET, "HS256", headers={"kid": "r"})) == 401
    assert await status_with(api, jwt.encode(mine, other, "RS256", headers={"kid": "r"})) == 401
    assert await status_with(api, jwt.encode(mine, keys.private["e"], "ES256", headers={"kid": "r"})) == 401
    assert await status_with(api, jwt.encode(mine, other, "RS256", headers={"kid": "unknown"})) == 401
    assert await status_with(api, jwt.encode(mine, keys.private["r"], "PS256", headers={"kid": "r"})) == 401
    assert keys.fetched <= 2


async def test_without_a_key_set_tokens_can_be_neither_accepted_nor_refused(
    start_api: StartApi, rows: Rows, key_server: tuple[Keys, str]
) -> None:
    keys, url = key_server
    keys.fails = True
    private = rsa.generate_private_key(65537, 2048)
    api = await start_api(auth_mode="jwt", jwks_url=url, jwt_organization_claim="org")

    token = jwt.encode(claims(org=str(rows.organization_id)), private, "RS256", headers={"kid": "r"})

    assert await status_with(api, token) == 503


async def test_on_loopback_the_header_alone_says_for_whom(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(auth_mode="none")
    mine = await rows.session()

    answer = await api.get("/v1/sessions", headers={"X-Organization-Id": str(rows.organization_id)})
    missing = await api.get("/v1/sessions", headers={})
    wrong = await api.get("/v1/sessions", headers={"X-Organization-Id": "1"})
    rebound = await api.get(
        "/v1/sessions", headers={"X-Organization-Id": str(rows.organization_id), "Host": "evil.example.com"}
    )

    assert [item["id"] for item in answer.body["items"]] == [str(mine)]
    assert (missing.status, wrong.status, rebound.status) == (400, 400, 403)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"auth_mode": "none", "api_host": "0.0.0.0"}, "AUTH_MODE"),
        ({"auth_mode": "api_key", "api_keys": {}}, "API_KEYS"),
        ({"auth_mode": "jwt"}, "JWT_SECRET"),
    ],
)
async def test_an_api_that_anybody_could_enter_does_not_start(
    start_api: StartApi, given: dict[str, Any], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        await start_api(**given)


def _encoded(part: dict[str, Any]) -> str:
    return jwt.utils.base64url_encode(orjson.dumps(part)).decode()


def _signed_by_hmac(payload: dict[str, Any], key: bytes, *, key_id: str) -> str:
    """What the library refuses to make: a token whose HMAC key is somebody's public key."""
    import hashlib
    import hmac

    encode = jwt.utils.base64url_encode
    signed = encode(orjson.dumps({"alg": "HS256", "typ": "JWT", "kid": key_id})) + b"." + encode(orjson.dumps(payload))
    return (signed + b"." + encode(hmac.new(key, signed, hashlib.sha256).digest())).decode()
