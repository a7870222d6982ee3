"""The ten mistakes that a new user makes first: where they look, it says what to do. Real processes, no demo."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import jwt
import pytest

from tests.acceptance.conftest import API_KEY, Town, environment_of
from tests.harness.commands import truesend_in
from tests.harness.databases import Database
from tests.harness.ports import lasting_port
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until

SECRET = "a secret of forty characters, for signing"


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command wrote, and its exit code."""

    code: int
    said: str


async def truesend(environment: Mapping[str, str], *words: str) -> Ended:
    """Run a command with nothing in its environment but this."""
    alone = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"COLUMNS": "400"}
    ended = await asyncio.to_thread(truesend_in, alone | dict(environment), *words)
    return Ended(ended.code, ended.output + ended.errors)


async def doctor(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Its findings by what was checked."""
    ended = await truesend(environment, "doctor", "--json")
    found: list[dict[str, str]] = json.loads(ended.said)
    return {each["check"]: each for each in found}


async def answer(url: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, Any]:
    """Ask over HTTP."""
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.request(method, url, json=body) as got,
    ):
        return got.status, await got.json()


async def problems(service: ServiceProcess, name: str, starts: str) -> dict[str, str]:
    """Wait until `/readyz` gives this part a problem that starts so, and return all of them."""

    async def probe() -> dict[str, str] | None:
        assert service.is_running(), service.log_tail()
        try:
            _, told = await answer(f"{service.url}/readyz")
        except aiohttp.ClientError:
            return None
        found: dict[str, str] = told["problems"]
        return found if found.get(name, "").startswith(starts) else None

    return await until(probe, 40, f"{service.name} says of its {name}: {starts}")


async def test_a_wrong_key_is_told_by_the_api_by_the_command_and_of_a_gateway_by_its_session(town: Town) -> None:
    api = await town.start("api")
    status, problem = await answer(f"{api.url}/v1/sessions", **{"X-API-Key": "wrong"})
    assert (status, problem["detail"]) == (
        401,
        "This API key is not known: it has to be one of those in the API's API_KEYS.",
    )
    listed = await truesend({"TRUESEND_URL": api.url, "TRUESEND_API_KEY": "wrong"}, "sessions", "list")
    assert (listed.code, "API_KEYS" in listed.said) == (2, True)

    wrong = town.environment | {"GATEWAY_API_KEY": "wrong"}
    checked, examined = await asyncio.gather(truesend(wrong, "gateways", "check"), doctor(wrong))
    for said in (checked.said, examined["gateway default"]["advice"]):
        assert "Set GATEWAY_API_KEY" in said
        assert "GATEWAY_AUTH_STYLE" in said
    session = await town.session("wa_a")
    await town.start("verifier", gateway_api_key="wrong")
    assert "the gateway refused our key (HTTP 401)" in await _last_error(town, session)


async def test_a_wrong_address_of_the_gateway_is_told_apart_by_what_is_wrong_with_it(town: Town) -> None:
    here = town.environment["GATEWAY_URL"]
    wrong = {
        f"http://127.0.0.1:{lasting_port()}": "Is it running, and GATEWAY_URL's port right?",
        "http://no-such-host.invalid:3001": "Is the host in GATEWAY_URL spelt right",
        here.replace("http://", "https://"): "Write http:// in GATEWAY_URL where the gateway speaks plain HTTP",
        f"{here}/api": "has its path what the gateway has before its routes, such as /api",
    }
    checked = await asyncio.gather(
        *(truesend(town.environment | {"GATEWAY_URL": url}, "gateways", "check") for url in wrong)
    )
    assert [ended.code for ended in checked] == [1] * len(wrong)
    for ended, says in zip(checked, wrong.values(), strict=True):
        assert says in ended.said

    without_scheme = await truesend(town.environment | {"GATEWAY_URL": "127.0.0.1:3001"}, "gateways", "check")
    assert without_scheme == Ended(2, "truesend: GATEWAY_URL: write it with http:// or https:// before the host\n")


async def test_a_wrong_path_before_the_gateway_s_routes_takes_no_session_for_a_disconnected_one(town: Town) -> None:
    session = await town.session("wa_a")
    await town.start("verifier", gateway_url=f"{town.environment['GATEWAY_URL']}/api")

    assert "the gateway's URL is wrong, or the path in it" in await _last_error(town, session)
    async with town.database() as connection:
        assert await connection.fetchval("SELECT status FROM whatsapp_sessions") == "connected"


async def test_a_port_that_is_taken_is_named_with_what_sets_it(town: Town, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        api, sender, up = await asyncio.gather(
            truesend(town.environment | {"API_PORT": port}, "api"),
            truesend(town.environment | {"HEALTH_PORT": port}, "sender"),
            truesend({}, "up", "--port", port, "--data-dir", str(tmp_path / "data")),
        )

    assert f"truesend: API_HOST, API_PORT: 127.0.0.1:{port} cannot be listened on; is it taken?" in api.said
    assert "truesend: HEALTH_HOST, HEALTH_PORT:" in sender.said
    assert f"Port {port} " in up.said
    assert "--port" in up.said
    assert 0 not in {api.code, sender.code, up.code}


async def test_a_database_that_nobody_has_migrated_is_told_by_every_service_and_the_doctor(
    empty_database: Database, kafka: SharedKafka, topic_prefix: str, tmp_path: Path
) -> None:
    environment = _environment(empty_database, kafka, topic_prefix)
    services = _services(environment, tmp_path, "api", "verifier", "sender")
    try:
        for service in services:
            service.launch()
        for service in services:
            await problems(service, "database", "the database is not migrated: run truesend migrate")
        status, problem = await answer(f"{services[0].url}/v1/sessions", **{"X-API-Key": API_KEY})
    finally:
        for service in services:
            service.kill()

    assert (status, "run truesend migrate" in problem["detail"]) == (503, True)
    assert (await doctor(environment))["migrations"]["advice"] == "Run truesend migrate."


async def test_a_database_that_is_older_is_not_ready_and_one_that_is_newer_is_but_said(
    town: Town, database: Database, tmp_path: Path
) -> None:
    async with town.database() as connection:
        await connection.execute("INSERT INTO truesend.schema_migrations VALUES ('209912310000')")
    newer = await doctor(town.environment)
    assert newer["migrations"]["says"] == "the database is newer than this Truesend by 1"
    async with town.database() as connection:
        await connection.execute(
            "DELETE FROM truesend.schema_migrations WHERE version ="
            " (SELECT max(version) FROM truesend.schema_migrations WHERE version < '2099')"
        )
    # as the owner of the tables, since a service's own role is not shown what was migrated
    services = _services(town.environment, tmp_path, "api", "sender")
    try:
        for service in services:
            service.launch()
        for service in services:
            found = await problems(service, "database", "the database is older than this Truesend")
            assert found["database"].endswith("1 migrations are missing: run truesend migrate")
    finally:
        for service in services:
            service.kill()
    assert (await doctor(town.environment))["migrations"]["says"] == "1 are missing"


async def test_a_broker_without_our_topics_is_no_broker_that_is_away(
    database: Database, kafka: SharedKafka, topic_prefix: str, tmp_path: Path
) -> None:
    environment = _environment(database, kafka, topic_prefix)
    services = _services(environment, tmp_path, "api", "verifier", "sender")
    try:
        for service in services:
            service.launch()
        for service in services:
            await problems(service, "kafka", "topics are missing: run truesend topics")
    finally:
        for service in services:
            service.kill()

    assert (await doctor(environment))["topics"]["advice"] == "Run truesend topics."


async def test_a_time_without_its_zone_and_a_zone_that_is_none_are_told_with_an_example(town: Town) -> None:
    api, session = await town.start("api"), await town.session("wa_a")
    message = {"session_id": str(session), "recipient": "919800001234", "message_content": "Hello"}

    status, problem = await town.post(api, "/v1/messages", message | {"scheduled_for": "2026-12-01T10:00:00"})
    assert (status, problem["detail"]) == (422, "scheduled_for: must have its time zone, like 2026-03-01T09:00:00Z")
    quiet = {"quiet_hours": {"from": "22:00", "to": "07:00", "time_zone": "India"}}
    status, problem = await answer(f"{api.url}/v1/sessions/{session}/pace", "PUT", quiet, **{"X-API-Key": API_KEY})
    assert (status, problem["detail"]) == (
        422,
        "quiet_hours.time_zone: must be a time zone like Europe/Berlin or Asia/Kolkata",
    )


async def test_a_webhook_secret_that_is_missing_or_wrong_is_told_to_the_gateway_and_to_the_operator(town: Town) -> None:
    without, with_one = await town.start("api"), await town.start("api", webhook_secret=SECRET)
    await town.session("wa_a")

    status, problem = await answer(f"{without.url}/v1/webhooks/default", "POST", {})
    assert (status, "WEBHOOK_SECRET" in problem["detail"]) == (401, True)
    _, health = await town.get(without, "/v1/webhooks/default/health")
    assert health["says"] == "No webhook is taken: set WEBHOOK_SECRET to what the gateway sends."
    checked = await truesend(town.environment, "gateways", "check")
    assert "none is taken: set WEBHOOK_SECRET" in checked.said

    status, _ = await answer(f"{with_one.url}/v1/webhooks/default", "POST", {}, **{"X-API-Key": "wrong"})
    assert status == 401

    async def is_told() -> bool:
        _, health = await town.get(with_one, "/v1/webhooks/default/health")
        return any(each["reason"] for each in health["refused"])

    await until(is_told, 10, "the refusal is counted")


async def test_a_token_without_the_organisation_s_claim_is_told_which_claim_is_missing(town: Town) -> None:
    api = await town.start("api", auth_mode="jwt", jwt_secret=SECRET, jwt_organization_claim="app_metadata.org")
    until_later = {"sub": str(uuid4()), "exp": time.time() + 60}

    status, problem = await answer(f"{api.url}/v1/sessions", **_bearer(until_later))
    assert (status, "no claim app_metadata.org (JWT_ORGANIZATION_CLAIM)" in problem["detail"]) == (400, True)
    status, problem = await answer(f"{api.url}/v1/sessions", **_bearer(until_later | {"app_metadata": {"org": "ours"}}))
    assert (status, problem["detail"]) == (403, "The token's organization is not a uuid.")
    status, _ = await answer(
        f"{api.url}/v1/sessions", **_bearer(until_later | {"app_metadata": {"org": str(town.organization_id)}})
    )
    assert status == 200


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DATABASE_URL", None, "DATABASE_URL: is missing; set it"),
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost", "KAFKA_BOOTSTRAP_SERVERS: write host:port, several with commas"),
        ("API_KEYS", "my-key", "API_KEYS: is not valid JSON"),
        ("AUTH_MODE", "keys", "AUTH_MODE:"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    variable: str, value: str | None, says: str
) -> None:
    right = {
        "DATABASE_URL": "postgres://nowhere/x",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "GATEWAY_URL": "http://127.0.0.1:1",
        "API_KEYS": f'{{"key": "{uuid4()}"}}',
    }
    environment = {name: text for name, text in (right | {variable: value}).items() if text is not None}

    ended = await truesend(environment, "api")

    assert ended.code == 2
    assert ended.said.startswith(f"truesend: {says}")
    assert len(ended.said.splitlines()) == 1


def _services(environment: Mapping[str, str], folder: Path, *names: str) -> list[ServiceProcess]:
    return [ServiceProcess(name, environment, folder=folder, from_nursery=True) for name in names]


def _environment(database: Database, kafka: SharedKafka, prefix: str) -> dict[str, str]:
    environment = environment_of(database.url, kafka.bootstrap_servers, "http://127.0.0.1:1", prefix)
    return environment | {"AUTH_MODE": "api_key", "API_KEYS": f'{{"{API_KEY}": "{uuid4()}"}}'}


def _bearer(claims: Mapping[str, object]) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode(dict(claims), SECRET, 'HS256')}"}


async def _last_error(town: Town, session: object) -> str:
    async def probe() -> str | None:
        async with town.database() as connection:
            error: str | None = await connection.fetchval(
                "SELECT last_error FROM whatsapp_sessions WHERE id = $1", session
            )
        return error

    return await until(probe, 20, "the session has an error")
