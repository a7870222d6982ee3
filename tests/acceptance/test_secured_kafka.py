"""Kafka that wants to know who comes: by password, by certificate, by token; and lets nobody do more than is documented.

One Apache Kafka with a listener for each, and with an authorizer, for this module alone.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest

from tests.acceptance.conftest import Town
from tests.harness.ci import real_kafka_is_required
from tests.harness.secured_kafka import (
    CERTIFICATE_USER,
    SCRAM_USER,
    TOKEN_LIFE_S,
    TOKEN_USER,
    Authority,
    SecuredKafka,
    secured_kafka,
)
from tests.harness.waiting import until
from tests.integration.broker.listener import Listener, command, record
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher, PublishError
from truesend.broker.topics import create_topics
from truesend.contracts.access import SERVICES, Right, rights_of
from truesend.contracts.topics import SESSION_VERIFY
from truesend.settings import Settings, SettingsError, load_kafka_settings, load_settings

pytestmark = pytest.mark.xdist_group("secured_kafka")

USERS = {"SCRAM": SCRAM_USER, "MTLS": CERTIFICATE_USER, "OAUTH": TOKEN_USER}
OF_KAFKA = {"kafka", "topics", "dead letters", "topics' retention", "consumer truesend-sender"}
ALL, READ, WRITE, CREATE, DESCRIBE, DESCRIBE_CONFIGS = 2, 3, 4, 5, 8, 10
_OPERATIONS = {
    "Read": READ,
    "Write": WRITE,
    "Create": CREATE,
    "Describe": DESCRIBE,
    "DescribeConfigs": DESCRIBE_CONFIGS,
}
_KINDS = {"topic": 2, "group": 3}
LITERAL, PREFIXED, ALLOW = 3, 4, 3


@pytest.fixture(scope="module")
def secured() -> Iterator[SecuredKafka]:
    node = secured_kafka()
    if node is None and real_kafka_is_required():
        pytest.fail("This run demands Apache Kafka, and this machine has neither Maven nor Java 17.")
    if node is None:
        pytest.skip("needs an Apache Kafka of its own: Maven and Java 17")
    try:
        node.start()
        yield node
    finally:
        node.close()


@pytest.fixture
def prefix() -> str:
    return f"t{uuid4().hex[:8]}."


@pytest.fixture(autouse=True)
def no_kafka_of_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


async def allow(kafka: SecuredKafka, user: str, acls: Iterable[tuple[str, str, int, int]]) -> None:
    """Let the user do these: kind, name, pattern, operation."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address("PLAINTEXT"))
    await admin.start()
    try:
        for kind, name, pattern, operation in acls:
            request = CreateAclsRequest(_KINDS[kind], name, pattern, f"User:{user}", "*", operation, ALLOW)
            answer = await admin._send_request(request)
            assert answer.creation_responses[0][0] == 0, answer
    finally:
        await admin.close()


async def allow_rights(kafka: SecuredKafka, user: str, prefix: str, rights: Iterable[Right]) -> None:
    await allow(
        kafka,
        user,
        [(right.kind, f"{prefix}{right.name}", LITERAL, _OPERATIONS[right.operation]) for right in rights],
    )


async def allow_all_below(kafka: SecuredKafka, user: str, prefix: str) -> None:
    await allow(kafka, user, [("topic", prefix, PREFIXED, ALL), ("group", prefix, PREFIXED, ALL)])


def as_user(kafka: SecuredKafka, user: str) -> dict[str, str]:
    """What leads to Kafka with a certificate of that name."""
    pem = kafka.authority.client(user)
    mine = {"KAFKA_SSL_CERTFILE": str(pem.certificate), "KAFKA_SSL_KEYFILE": str(pem.key), "KAFKA_SSL_KEY_PASSWORD": ""}
    return kafka.environment("MTLS") | mine


def truesend(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command, as an operator types it."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("truesend")), *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def settings_for(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, prefix: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings(
        database_url="postgres://nobody@127.0.0.1:9/none",
        gateway_url="http://127.0.0.1:9",
        truesend_topic_prefix=prefix,
        kafka_session_timeout_ms=6000,
    )


@pytest_asyncio.fixture(params=USERS)
async def listener(
    request: pytest.FixtureRequest, secured: SecuredKafka, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Listener]:
    """A consumer and publisher that came in by each listener, with topics that `truesend topics` made there."""
    await allow_all_below(secured, USERS[request.param], prefix)
    environment = secured.environment(request.param)
    made = truesend(environment | {"TRUESEND_TOPIC_PREFIX": prefix}, "topics")
    assert made.stdout.startswith(f"Created {prefix}"), made.stderr
    hears = Listener(settings_for(environment, monkeypatch, prefix))
    async with hears.broker:
        await hears.broker.start()
        yield hears


async def test_by_password_certificate_or_token_topics_are_made_and_a_message_goes_through(listener: Listener) -> None:
    first = command()
    await listener.publisher.publish([record(first.model_dump_json().encode())])
    await listener.hears(first.message_id)


async def test_when_a_token_expires_the_next_one_is_asked_for_and_nothing_is_lost(
    secured: SecuredKafka, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await allow_all_below(secured, TOKEN_USER, prefix)
    environment = secured.environment("OAUTH")
    assert truesend(environment | {"TRUESEND_TOPIC_PREFIX": prefix}, "topics").returncode == 0
    hears = Listener(settings_for(environment, monkeypatch, prefix))
    sent: list[UUID] = []
    async with hears.broker:
        await hears.broker.start()
        loop = asyncio.get_running_loop()
        until_s = loop.time() + 2 * TOKEN_LIFE_S + 1

        async def two_lives_are_over() -> bool:
            one = command()
            sent.append(one.message_id)
            await hears.publisher.publish([record(one.model_dump_json().encode())])
            return loop.time() > until_s

        await until(two_lives_are_over, 3 * TOKEN_LIFE_S + 10, "the token of the start has been over for long")
        await hears.hears(*sent)


# asyncio lets go of a connection whose handshake failed later than the test's loop ends
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("listener_name", "changes", "names"),
    [
        ("SCRAM", {"KAFKA_SASL_PASSWORD": "canary-wrong"}, "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: "),
        ("SCRAM", {"KAFKA_SASL_MECHANISM": "PLAIN"}, "KAFKA_SASL_MECHANISM: "),
        ("SCRAM", {"KAFKA_SSL_CAFILE": "OTHER CA"}, "KAFKA_SSL_CAFILE: Kafka's certificate can't be trusted"),
        ("SCRAM", {"KAFKA_SSL_CAFILE": ""}, "KAFKA_SSL_CAFILE: Kafka's certificate can't be trusted"),
        (
            "MTLS",
            {"KAFKA_SSL_CERTFILE": "", "KAFKA_SSL_KEYFILE": "", "KAFKA_SSL_KEY_PASSWORD": ""},
            "KAFKA_SSL_CERTFILE",
        ),
        ("MTLS", {"KAFKA_SSL_CERTFILE": "OTHER", "KAFKA_SSL_KEYFILE": "OTHER KEY"}, "KAFKA_SSL_CERTFILE"),
        ("MTLS", {"KAFKA_SSL_KEY_PASSWORD": "canary-wrong"}, "KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE: "),
        (
            "OAUTH",
            {"KAFKA_OAUTH_TOKEN_PROVIDER": "tests.harness.unsecured_tokens:expired"},
            "KAFKA_OAUTH_TOKEN_PROVIDER: ",
        ),
        (
            "OAUTH",
            {"KAFKA_OAUTH_TOKEN_PROVIDER": "tests.harness.unsecured_tokens:failing"},
            "KAFKA_OAUTH_TOKEN_PROVIDER: ",
        ),
        ("PLAINTEXT", {"KAFKA_BOOTSTRAP_SERVERS": "SCRAM"}, "KAFKA_SECURITY_PROTOCOL: "),
        ("SCRAM", {"KAFKA_BOOTSTRAP_SERVERS": "PLAINTEXT"}, "KAFKA_SECURITY_PROTOCOL, KAFKA_SSL_CERTFILE: "),
        ("MTLS", {"KAFKA_BOOTSTRAP_SERVERS": "SCRAM"}, "KAFKA_SECURITY_PROTOCOL, KAFKA_SSL_CERTFILE: "),
    ],
)
async def test_whoever_is_refused_is_told_which_setting_to_look_at_and_no_secret(
    secured: SecuredKafka, listener_name: str, changes: Mapping[str, str], names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Authority(secured.folder, "other")
    stranger = other.client("stranger")
    written: dict[str, object] = {"OTHER CA": other.file, "OTHER": stranger.certificate, "OTHER KEY": stranger.key}
    written |= {name: secured.address(name) for name in ("SCRAM", "PLAINTEXT")}
    environment = secured.environment(listener_name) | {
        name: str(written.get(text, text)) for name, text in changes.items()
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    said = await _said_by_topics()

    assert names in said
    assert "\n" not in said
    assert "canary" not in said


async def _said_by_topics() -> str:
    try:
        await create_topics(load_kafka_settings())
    except (SettingsError, KafkaError) as error:
        return str(error)
    return "nothing"


def test_a_command_that_kafka_refuses_ends_with_one_line(secured: SecuredKafka) -> None:
    refused = truesend(secured.environment("SCRAM") | {"KAFKA_SASL_PASSWORD": "canary-wrong"}, "topics")
    assert refused.returncode == 1
    assert refused.stderr.strip().endswith("Kafka does not know this user with this password")
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "canary" not in refused.stderr + refused.stdout


@pytest.mark.parametrize("may", ["sender", "verifier"])
async def test_one_services_user_may_not_do_what_is_anothers(
    secured: SecuredKafka, prefix: str, may: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUESEND_TOPIC_PREFIX", prefix)
    for name, value in secured.environment("PLAINTEXT").items():
        monkeypatch.setenv(name, value)
    await create_topics(load_kafka_settings())
    await allow_rights(secured, f"{prefix}{may}", prefix, rights_of(may))
    broker = make_broker(settings_for(as_user(secured, f"{prefix}{may}"), monkeypatch, prefix), service="test")
    async with broker:
        await broker.start()
        publishing = Publisher(broker, topic_prefix=prefix, source="/test").publish([record(b"{}")], timeout_s=5)
        if may == "sender":
            await publishing
        else:
            with pytest.raises(PublishError, match="TopicAuthorizationFailedError"):
                await publishing


async def test_a_service_that_may_not_read_its_topic_says_so(town: Town, secured: SecuredKafka, prefix: str) -> None:
    verify = f"{prefix}{SESSION_VERIFY.name}"
    made = truesend(secured.environment("PLAINTEXT") | {"TRUESEND_TOPIC_PREFIX": prefix}, "topics")
    assert made.returncode == 0, made.stderr
    all_but_one = [
        right for right in rights_of("verifier") if (right.name, right.operation) != (SESSION_VERIFY.name, "Read")
    ]
    await allow_rights(secured, f"{prefix}verifier", prefix, all_but_one)
    user = as_user(secured, f"{prefix}verifier") | {"TRUESEND_TOPIC_PREFIX": prefix}
    verifier = await town.start("verifier", **user)

    async def says_so() -> bool:
        return f"Not authorized to read from topic {verify}" in verifier.log_tail(200)

    await until(says_so, 30, "its log names the topic")


async def test_the_documented_rights_are_all_that_services_and_operators_need(
    town: Town, secured: SecuredKafka, prefix: str
) -> None:
    environments = {}
    for who in (*SERVICES, "topics", "operator"):
        await allow_rights(secured, f"{prefix}{who}", prefix, rights_of(who))
        environments[who] = as_user(secured, f"{prefix}{who}") | {"TRUESEND_TOPIC_PREFIX": prefix}
    assert truesend(environments["topics"], "topics").returncode == 0
    session_id = await town.session("wa_a")
    services = {who: await town.start(who, **environments[who]) for who in SERVICES}

    message_id = await town.message(session_id)
    await town.becomes(message_id, "sent")
    status, _ = await town.post(services["api"], f"/v1/sessions/{session_id}/verify")
    assert status == 202

    operator = environments["operator"] | {"DATABASE_URL": town.environment["DATABASE_URL"]}
    assert json.loads(truesend(operator, "dlq", "list", "--json").stdout)["total"] == 0
    told = truesend(town.environment | operator, "doctor", "--json").stdout
    found = {finding["check"].replace(prefix, ""): finding for finding in json.loads(told)}
    of_kafka = {check: finding for check, finding in found.items() if check in OF_KAFKA}
    assert set(of_kafka) == OF_KAFKA
    assert {finding["state"] for finding in of_kafka.values()} == {"well"}, of_kafka
