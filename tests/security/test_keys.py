"""Guessing keys and webhook secrets: slowed for each address, without locking out those who have the right one."""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from services.api.auth import ApiKeys
from services.api.guesses import Guesses
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, OTHER_KEY, StartApi
from tests.integration.api.rows import Rows

BUDGET = 5


async def status_of(api: ApiClient, key: str, *, address: str | None = None) -> int:
    headers = {"X-API-Key": key} | ({"X-Forwarded-For": address} if address else {})
    return (await api.get("/v1/sessions", headers=headers)).status


async def test_a_guesser_is_slowed_and_whoever_worked_before_from_the_same_address_goes_on(start_api: StartApi) -> None:
    api = await start_api(auth_failures_per_minute=BUDGET)
    assert await status_of(api, KEY) == 200

    guesses = [await status_of(api, f"guess {number}") for number in range(2 * BUDGET)]
    slowed = await api.get("/v1/sessions", headers={"X-API-Key": "another"})

    assert set(guesses[:BUDGET]) == {401}
    assert set(guesses[BUDGET + 1 :]) == {429}
    assert (slowed.status, slowed.body["type"]) == (429, "urn:truesend:problem:too-many-guesses")
    assert 1 <= int(slowed.headers["Retry-After"]) <= 60 / BUDGET
    assert await status_of(api, KEY) == 200
    assert await status_of(api, OTHER_KEY) == 429  # right or wrong: a guess that hits looks like one that misses
    assert (await api.get("/v1/sessions", headers={})).status == 401
    assert 'truesend_guesses_slowed_total{door="api"}' in (await api.get("/metrics")).body


async def test_behind_a_trusted_proxy_each_address_has_a_budget_of_its_own(start_api: StartApi) -> None:
    api = await start_api(auth_failures_per_minute=BUDGET)
    for number in range(2 * BUDGET):
        await status_of(api, f"guess {number}", address="203.0.113.7")

    assert await status_of(api, OTHER_KEY, address="203.0.113.7") == 429
    # what the client itself wrote before the proxy's own entry is not believed
    assert await status_of(api, OTHER_KEY, address="198.51.100.1, 203.0.113.7") == 429
    assert await status_of(api, OTHER_KEY, address="203.0.113.8") == 200


async def test_an_address_that_the_client_makes_up_is_not_believed(start_api: StartApi) -> None:
    api = await start_api(auth_failures_per_minute=BUDGET, forwarded_allow_ips="192.0.2.1")
    for number in range(2 * BUDGET):
        await status_of(api, f"guess {number}", address=f"203.0.113.{number}")

    assert await status_of(api, "one more", address="203.0.113.99") == 429


async def test_a_webhook_secret_is_guessed_as_slowly_and_the_gateway_is_heard(start_api: StartApi) -> None:
    api = await start_api(webhook_secret="the right one", auth_failures_per_minute=BUDGET)

    async def posted(headers: Mapping[str, str]) -> int:
        return (await api.call("POST", "/v1/webhooks/default", headers=headers, json={"event": "x"})).status

    assert await posted({"X-API-Key": "the right one"}) == 204
    guesses = [await posted({"X-API-Key": f"guess {number}"}) for number in range(2 * BUDGET)]

    assert set(guesses[:BUDGET]) == {401}
    assert set(guesses[BUDGET + 1 :]) == {429}
    assert await posted({"X-API-Key": "the right one"}) == 204
    assert await posted({"Authorization": "Bearer the right one"}) == 429
    assert await status_of(api, KEY) == 200


async def test_the_settings_need_hold_no_more_than_a_key_s_hash(start_api: StartApi, rows: Rows) -> None:
    hashed = f"sha256:{hashlib.sha256(b'a-canary-key').hexdigest()}"
    api = await start_api(api_keys={hashed: rows.organization_id, KEY: rows.organization_id})

    assert await status_of(api, "a-canary-key") == 200
    assert await status_of(api, KEY) == 200
    assert await status_of(api, hashed) == 401


def test_no_key_is_kept_as_it_is() -> None:
    guesses = Guesses("test", BUDGET)
    guesses.opened("192.0.2.1", "a-canary-key")
    keys = ApiKeys({"a-canary-key": UUID(int=1)}, guesses)

    assert "a-canary-key" not in str(vars(keys)) + str(vars(guesses)) + repr(keys)
