"""Forged tokens of every kind, and key sets that change, go away, or attack. What a token is worth else: test_auth.py."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import jwt
import orjson
import pytest
import pytest_asyncio
import structlog
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.utils import base64url_encode

from services.api.key_set import FRESH_S, KEPT_S, LONG_UNUSED_S, SHORTEST_PAUSE_S, KeySet
from services.api.problems import Problem
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import StartApi
from tests.integration.api.key_server import Behaviour, Keys, hang, serving_keys
from tests.integration.api.rows import Rows

SECRET = b"a secret of more than thirty-two bytes, for HS256"
FAR = 99_999_999_999


def signed(payload: bytes, header: bytes = b'{"alg":"HS256"}') -> str:
    """A token with a right signature, whatever it says."""
    text = base64url_encode(header) + b"." + base64url_encode(payload)
    return (text + b"." + base64url_encode(hmac.new(SECRET, text, hashlib.sha256).digest())).decode()


async def status_with(api: ApiClient, token: str) -> int:
    return (await api.get("/v1/sessions", headers={"Authorization": f"Bearer {token}"})).status


async def test_no_token_however_odd_is_more_than_refused(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(auth_mode="jwt", jwt_secret=SECRET.decode(), jwt_organization_claim="org")
    org = f'"org":"{rows.organization_id}"'.encode()
    deep = b"[" * 15_000 + b"]" * 15_000
    good = b'{"exp":%d,%s}' % (FAR, org)
    odd_claims = [
        *(
            b'{"exp":%s,%s}' % (exp, org)
            for exp in (b"1e999", b"NaN", b"true", b"null", b"[]", b"9" * 400, b"9" * 5_000)
        ),
        b'{"exp":%d,"nbf":%d,%s}' % (FAR, FAR - 1, org),
        b'{"exp":%d,"nbf":1e999,%s}' % (FAR, org),
        b'{"exp":%d,"x":%s,%s}' % (FAR, deep, org),
        b"[]",
        b"null",
        signed(good).encode(),
        b"\xff\xfe",
        b"",
    ]
    odd_headers = [
        *(
            b'{"alg":%s}' % alg
            for alg in (b'"none"', b'"None"', b'"hs256"', b'""', b"null", b"[]", b'"RS256"', b'"HS384"')
        ),
        b'{"alg":"HS256","alg":"none"}',
        b'{"alg":"HS256","crit":["exp"]}',
        b'{"alg":"HS256","b64":false,"crit":["b64"]}',
        b'{"alg":"HS256","kid":{}}',
        b'{"alg":"HS256","x":%s}' % deep,
        b"[]",
        b"\xff",
        b"",
    ]
    tokens = [signed(claims) for claims in odd_claims] + [signed(good, header) for header in odd_headers]
    tokens += ["..", "a" * 50_000, "a." * 20_000, signed(good)[:-1], f" {signed(good)}.x"]

    assert await status_with(api, signed(good)) == 200
    for token in tokens:
        assert await status_with(api, token) == 401, token[:200]


async def test_keys_that_a_token_brings_or_points_to_are_not_used(start_api: StartApi, rows: Rows) -> None:
    async with serving_keys() as (evil, url):
        evil.private = {"e": rsa.generate_private_key(65537, 2048)}
        async with serving_keys() as (keys, right_url):
            keys.private = {"r": rsa.generate_private_key(65537, 2048)}
            api = await start_api(auth_mode="jwt", jwks_url=right_url, jwt_organization_claim="org")
            claims = {"exp": FAR, "org": str(rows.organization_id)}
            brought = {"jku": url, "x5u": url, "jwk": evil.document()["keys"][0]}
            for key_id in ("e", "r", "../../../../dev/null", "' OR '1'='1", url, "r\x00", "a" * 10_000):
                token = jwt.encode(claims, evil.private["e"], "RS256", headers=brought | {"kid": key_id})
                assert await status_with(api, token) == 401, key_id

    assert evil.fetched == 0
    assert keys.fetched <= 2


async def test_an_actor_s_name_is_kept_without_what_no_row_or_terminal_takes(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(auth_mode="jwt", jwt_secret=SECRET.decode(), jwt_organization_claim="org")
    session_id = await rows.session()
    claims = b'{"exp":%d,"org":"%s","email":"a\\u0000\\ud800\\u001b[31m\\r\\nb"}' % (
        FAR,
        str(rows.organization_id).encode(),
    )

    answer = await api.call(
        "POST", f"/v1/sessions/{session_id}/pause", headers={"Authorization": f"Bearer {signed(claims)}"}
    )

    assert (answer.status, answer.body["paused_by"]) == (200, "user a[31mb")


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest_asyncio.fixture
async def key_server() -> AsyncIterator[tuple[Keys, str]]:
    async with serving_keys() as (keys, url):
        keys.private = {"r": ec.generate_private_key(ec.SECP256R1())}
        yield keys, url


async def test_a_key_that_is_added_counts_at_once_and_one_that_is_withdrawn_soon_no_more(
    key_server: tuple[Keys, str],
) -> None:
    (keys, url), clock = key_server, Clock()
    key_set = KeySet(url, clock=clock)
    assert await key_set.key("r", "ES256") is not None

    keys.private = {"next": ec.generate_private_key(ec.SECP256R1())}
    clock.now_s += SHORTEST_PAUSE_S
    added = await key_set.key("next", "ES256")
    withdrawn = await key_set.key("r", "ES256")

    assert added is not None
    assert withdrawn is None


async def test_a_key_that_was_withdrawn_while_nobody_asked_is_not_taken_once_more(key_server: tuple[Keys, str]) -> None:
    (keys, url), clock = key_server, Clock()
    key_set = KeySet(url, clock=clock)
    await key_set.key("r", "ES256")

    keys.private = {"next": ec.generate_private_key(ec.SECP256R1())}
    clock.now_s += LONG_UNUSED_S + 1

    assert await key_set.key("r", "ES256") is None


async def test_keys_are_fetched_again_beside_the_requests(key_server: tuple[Keys, str]) -> None:
    (keys, url), clock = key_server, Clock()
    key_set = KeySet(url, clock=clock)
    await key_set.key("r", "ES256")
    keys.behaviour = hang
    clock.now_s += FRESH_S + 1

    async with asyncio.timeout(2):
        found = [await key_set.key("r", "ES256") for _ in range(20)]

    assert None not in found

    async def fetched_once_more() -> bool:
        return keys.fetched == 2

    await until(fetched_once_more, 5, "the set is fetched again, once")


async def test_while_its_server_is_away_the_old_keys_hold_for_a_day_and_nobody_waits(
    key_server: tuple[Keys, str],
) -> None:
    (keys, url), clock = key_server, Clock()
    key_set = KeySet(url, clock=clock)
    await key_set.key("r", "ES256")
    keys.fails = True

    for hour in (1, 2, 23):
        clock.now_s = 1_000_000.0 + hour * 3_600
        assert await key_set.key("r", "ES256") is not None
    keys.behaviour = hang
    clock.now_s += SHORTEST_PAUSE_S + 1
    async with asyncio.timeout(2):
        assert await key_set.key("r", "ES256") is not None
    keys.behaviour = None
    clock.now_s = 1_000_000.0 + KEPT_S + 1
    with pytest.raises(Problem) as refused:
        await key_set.key("r", "ES256")

    assert (refused.value.status, refused.value.kind) == (503, "keys-away")


async def test_invented_key_ids_cause_no_storm_and_disturb_nobody(
    start_api: StartApi, rows: Rows, key_server: tuple[Keys, str]
) -> None:
    keys, url = key_server
    api = await start_api(auth_mode="jwt", jwks_url=url, jwt_organization_claim="org")
    claims = {"exp": time.time() + 60, "org": str(rows.organization_id)}
    right = jwt.encode(claims, keys.private["r"], "ES256", headers={"kid": "r"})
    assert await status_with(api, right) == 200
    invented = [jwt.encode(claims, keys.private["r"], "ES256", headers={"kid": str(uuid4())}) for _ in range(60)]

    statuses = await asyncio.gather(*(status_with(api, token) for token in [*invented, right]))

    assert statuses == [401] * 60 + [200]
    assert keys.fetched <= 2


async def dripped(keys: Keys, request: web.Request) -> web.StreamResponse:
    """The whole set, in many pieces."""
    response = web.StreamResponse()
    await response.prepare(request)
    for byte in orjson.dumps(keys.document()):
        await response.write(bytes([byte]))
    return response


async def test_a_set_that_comes_in_many_pieces_is_read_whole(key_server: tuple[Keys, str]) -> None:
    keys, url = key_server
    keys.behaviour = lambda request: dripped(keys, request)

    assert await KeySet(url).key("r", "ES256") is not None


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65_536)


def answering(**options: Any) -> Behaviour:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(**options)

    return answer


@pytest.mark.parametrize(
    "behaviour",
    [
        endless,
        answering(text="[" * 100_000),
        answering(text='{"keys": []}'),
        answering(text='{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "r"}]}'),
        answering(text='{"keys": {"r": 1}}'),
        answering(status=302, headers={"Location": "http://127.0.0.1:9/keys"}),
        answering(text="<html>"),
    ],
    ids=["endless", "deep", "empty", "a secret", "no list", "redirect", "no JSON"],
)
async def test_what_is_no_key_set_opens_nothing_and_says_nothing_of_a_token(
    key_server: tuple[Keys, str], behaviour: Behaviour
) -> None:
    keys, url = key_server
    keys.behaviour = behaviour

    with structlog.testing.capture_logs(), pytest.raises(Problem) as refused:
        await KeySet(url).key("r", "ES256")

    assert refused.value.status == 503


async def test_a_key_for_encryption_checks_no_signature(key_server: tuple[Keys, str]) -> None:
    keys, url = key_server
    document = keys.document()
    document["keys"] += [document["keys"][0] | {"kid": "enc", "use": "enc"}]
    keys.behaviour = answering(text=orjson.dumps(document).decode())
    key_set = KeySet(url)

    assert await key_set.key("enc", "ES256") is None
    assert await key_set.key("r", "ES256") is not None
