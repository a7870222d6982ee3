"""A whole Truesend that goes through everything that can go wrong, with canaries in all that it is given."""

import asyncio
import contextlib
import json
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
from aiokafka import AIOKafkaProducer

from simulator.server import Simulator
from simulator.world import ScriptedAnswer
from tests.acceptance.conftest import Town, environment_of
from tests.harness.collector import Collector, exporting, running_collector
from tests.harness.fixtures import PrivatePostgres
from tests.harness.kafka import SASL_PASSWORD, SASL_USER
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from tests.integration.verifier.receiver import Receiver, receiving
from tests.secrets import places
from tests.secrets.canaries import (
    ALERT_SECRET,
    ALERT_TOKEN,
    API_KEY,
    COLLECTOR_KEY,
    FORWARD_TOKEN,
    GATEWAY_KEY,
    JWT_SECRET,
    RECIPIENT,
    TEXT,
    WEBHOOK_SECRET,
    Canary,
    echoes,
    secrets,
    signed_token,
)
from tests.secrets.places import Places
from truesend.broker.topics import create_topics
from truesend.contracts.topics import GATEWAY_EVENTS, TOPICS
from truesend.settings import KafkaSettings
from truesend.store.migrations import migrate_async

POISON = "canary of a poison record 41231"
# What a CRM's own rules do: the row that they refuse is in the error, whole.
REFUSE_ONE = (
    "ALTER TABLE scheduled_whatsapp_messages ADD CONSTRAINT no_such_end"
    " CHECK (NOT (recipient = '{recipient}' AND status IN ('sent', 'failed')))"
)
REFUSE_SOME = (
    "ALTER TABLE scheduled_whatsapp_messages ADD CONSTRAINT no_such_words"
    " CHECK (message_content NOT LIKE '%refused by the CRM')"
)


@dataclass
class Aftermath:
    """What was left where, and what the canaries were."""

    secrets: list[Canary]
    logs: Places = field(default_factory=dict)
    columns: Places = field(default_factory=dict)
    topics: Places = field(default_factory=dict)
    answers: Places = field(default_factory=dict)
    metrics: Places = field(default_factory=dict)
    commands: Places = field(default_factory=dict)
    traces: str = ""
    alerts: str = ""
    forwarded: str = ""
    posted_to_gateway: str = ""


@dataclass
class Stage:
    """The stack, while it goes through it."""

    town: Town
    postgres: PrivatePostgres
    folder: Path
    token: str
    receiver: Receiver
    collector: Collector
    services: list[ServiceProcess]
    admin: AIOKafkaProducer
    prefix: str

    async def api(self) -> ServiceProcess:
        """The API that takes keys."""
        return self.services[0]

    async def post(self, path: str, body: object, **headers: str) -> int:
        """Post JSON to it, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = (await self.api()).url
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{url}{path}", data=data, headers={"Content-Type": "application/json"} | headers) as answer,
        ):
            await answer.read()
            return answer.status


async def ordeal(kafka: SharedKafka, postgres: PrivatePostgres, folder: Path, prefix: str) -> Aftermath:
    """Go through all of it, and gather what is left."""
    await migrate_async(postgres.url)
    await create_topics(
        KafkaSettings(
            kafka_bootstrap_servers=kafka.bootstrap_servers, truesend_topic_prefix=prefix, kafka_topic_partitions=1
        )
    )
    async with _stage(kafka, postgres, folder, prefix) as stage:
        password = urlsplit(postgres.url).password or ""
        left = Aftermath(secrets(password, stage.token))
        await _messages(stage)
        await _webhooks(stage)
        await _callers(stage)
        await _poison(stage)
        await _refusals_by_the_crm(stage)
        await _crashes(stage)
        await _gather(stage, left, kafka)
        return left


@contextlib.asynccontextmanager
async def _stage(kafka: SharedKafka, postgres: PrivatePostgres, folder: Path, prefix: str) -> AsyncIterator[Stage]:
    services: list[ServiceProcess] = []

    async def launch(name: str, environment: Mapping[str, str], *, within_s: float = 30) -> ServiceProcess:
        service = ServiceProcess(name, environment, folder=folder, number=len(services) + 1)
        services.append(service)
        return await service.start(within_s=within_s)

    async with (
        Simulator.running(api_key=GATEWAY_KEY) as gateway,
        receiving() as receiver,
        running_collector() as collector,
        AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as admin,
    ):
        town = Town(postgres.connect, gateway, environment_of(postgres.url, "", gateway.url, prefix), launch)
        town.environment |= _settings(town, kafka, receiver) | exporting(collector.url, key=COLLECTOR_KEY)
        token = signed_token(str(town.organization_id), expires_at=int(time.time()) + 3600)
        stage = Stage(town, postgres, folder, token, receiver, collector, services, admin, prefix)
        try:
            await town.start("api")
            await asyncio.gather(
                town.start("api", auth_mode="jwt", jwt_secret=JWT_SECRET, jwt_organization_claim="org", api_keys=""),
                town.start("verifier"),
                town.start("sender"),
            )
            yield stage
        finally:
            for service in services:
                service.kill()


def _settings(town: Town, kafka: SharedKafka, receiver: Receiver) -> dict[str, str]:
    by_password = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.sasl_bootstrap_servers or "",
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_SASL_USERNAME": SASL_USER,
        "KAFKA_SASL_PASSWORD": SASL_PASSWORD,
    }
    return {
        **(by_password if kafka.sasl_bootstrap_servers else {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers}),
        "LOG_LEVEL": "debug",
        "API_KEYS": json.dumps({API_KEY: str(town.organization_id)}),
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
        "WEBHOOK_FORWARD_URL": f"http://127.0.0.1:{receiver.port}/forwards/{FORWARD_TOKEN}?token={FORWARD_TOKEN}",
        "ALERT_WEBHOOK_URL": f"http://127.0.0.1:{receiver.port}/alerts/{ALERT_TOKEN}",
        "ALERT_WEBHOOK_SECRET": ALERT_SECRET,
        "ALERT_DEBOUNCE_S": "0.2",
        "ALERT_WAITING_S": "1",
        "SEND_TIMEOUT_S": "2",
        "LEASE_S": "8",
        "MAX_ATTEMPTS": "2",
        "WEBHOOK_MAX_BYTES": "100000",
    }


async def _messages(stage: Stage) -> None:
    """Good sends; gateways that echo, talk nonsense, hang; sessions whose status repeats the key."""
    town = stage.town
    garbage = b"HTTP/1.1 200 OK\r\nX-Echo: " + echoes().encode() + b"\r\n\r\n\x00\xff<html>" + echoes().encode()
    behaviours: dict[str, dict[str, Any]] = {
        "wa_good": {"receipts": ["delivered", "read"]},
        "wa_echo": {"send_answer": ScriptedAnswer(status=500, text=echoes())},
        "wa_refused": {"send_answer": ScriptedAnswer(status=400, text=echoes())},
        "wa_page": {"send_answer": ScriptedAnswer(status=502, text=f"<html><b>{echoes()}</b></html>")},
        "wa_garbage": {"send_answer": ScriptedAnswer(raw_base64=b64encode(garbage).decode())},
        "wa_unheard": {"send_answer": ScriptedAnswer(status=200, text=echoes())},
    }
    api = await stage.api()
    town.gateway.world.change_settings(
        webhook_url=f"{api.url}/v1/webhooks/default", webhook_secret=WEBHOOK_SECRET, webhook_repeats=2
    )
    ids = {}
    for name, behaviour in behaviours.items():
        ids[name] = await town.message(await town.session(name, **behaviour), recipient=RECIPIENT, text=TEXT)
    await town.session("wa_status", status_answer=ScriptedAnswer(status=200, text=echoes("it")))
    await town.session("wa_down", status_answer=ScriptedAnswer(status=500, text=echoes("it")))
    await town.session("wa_lost", state="disconnected", error=f"401 for key {GATEWAY_KEY}: {echoes('it')}")
    await town.becomes(ids["wa_good"], "sent")

    async def are_answered() -> bool:
        rows = [await town.row(each) for name, each in ids.items() if name != "wa_good"]
        return all(row["vps_error"] for row in rows)

    await until(are_answered, 30, "each gateway's words are on its row")


async def _webhooks(stage: Stage) -> None:
    """A callback that quotes the message and the key; forged, broken and huge ones."""
    town = stage.town
    message_id = await town.message(
        await town.session("wa_called_back", mode="accepted", callback="none"), recipient=RECIPIENT, text=TEXT
    )

    async def is_accepted() -> bool:
        return (await town.row(message_id))["accepted_at"] is not None

    await until(is_accepted, 20, "the gateway took it")
    failed = {
        "event": "message_failed",
        "sessionId": "wa_called_back",
        "groupJid": RECIPIENT,
        "messageId": None,
        "status": "failed",
        "error": echoes(),
        "timestamp": int(time.time() * 1000),
        "apikey": GATEWAY_KEY,
    }
    lost = {"sessionId": "wa_good", "status": "disconnected", "error": echoes("it")}
    known = {"X-API-Key": WEBHOOK_SECRET}
    assert await stage.post("/v1/webhooks/default", failed, **known) < 300
    assert await stage.post("/v1/webhooks/default", lost, **known) < 300
    assert await stage.post("/v1/webhooks/default", failed, **{"X-API-Key": GATEWAY_KEY}) == 401
    assert await stage.post("/v1/webhooks/default", f'{{"{TEXT}": {GATEWAY_KEY}'.encode(), **known) == 400
    assert await stage.post("/v1/webhooks/default", TEXT.encode() * 2_000, **known) == 413

    async def is_failed_or_due() -> bool:
        row = await town.row(message_id)
        return row["accepted_at"] is None or row["vps_error"] is not None

    await until(is_failed_or_due, 20, "the callback counted")

    async def is_forwarded() -> bool:
        return any(GATEWAY_KEY in posted.data.decode() for posted in stage.receiver.taken)

    await until(is_forwarded, 20, "the webhook went on to the CRM, with the key that was in it")


async def _callers(stage: Stage) -> None:
    """Messages by the API, right and wrong; callers with wrong, misplaced and foreign keys."""
    town = stage.town
    session_id = str(await town.session("wa_api"))
    good = {"session_id": session_id, "recipient": f"+{RECIPIENT}", "message_content": TEXT}
    known = {"X-API-Key": API_KEY}
    assert await stage.post("/v1/messages", good, **known, **{"Idempotency-Key": "once"}) == 201
    assert await stage.post("/v1/messages/batch", {"messages": [good, {**good, "recipient": TEXT}]}, **known) < 300
    for wrong in ({**good, "scheduled_for": TEXT}, {**good, TEXT: TEXT}, {**good, "session_id": GATEWAY_KEY}, [TEXT]):
        assert await stage.post("/v1/messages", wrong, **known) == 422
    assert await stage.post("/v1/messages", f'{{"message_content": "{TEXT}'.encode(), **known) in {400, 422}
    assert await stage.post("/v1/messages", good, **{"X-API-Key": GATEWAY_KEY}) == 401
    assert await stage.post(f"/v1/messages?api_key={API_KEY}", good, Authorization=f"Bearer {stage.token}") == 401
    async with aiohttp.ClientSession() as client:
        for key in (stage.token, stage.token[:-4] + "AAAA", API_KEY):
            headers = {"Authorization": f"Bearer {key}"}
            async with client.get(f"{stage.services[1].url}/v1/messages?recipient={RECIPIENT}", headers=headers) as a:
                assert (a.status == 200) == (key == stage.token)


async def _poison(stage: Stage) -> None:
    """Records that nobody can read, and one that reads well and that no statement takes."""
    for topic in TOPICS:
        name = f"{stage.prefix}{topic.name}"
        await stage.admin.send_and_wait(name, f'{{"broken": "{POISON}'.encode(), headers=[("odd", b"\xff\xfe")])
        await stage.admin.send_and_wait(name, json.dumps({"id": POISON, "session_id": [POISON]}).encode())
    unheard_of = {
        "gateway": "default",
        "gateway_session_id": "wa_good",
        "kind": "sent",
        "received_at": "2026-03-01T00:00:00Z",
        "occurred_at": "9999-12-31T23:59:59-14:00",
        "gateway_message_id": POISON,
        "recipient": POISON,
        "error_code": 2**70,
    }
    await stage.admin.send_and_wait(f"{stage.prefix}{GATEWAY_EVENTS.name}", json.dumps(unheard_of).encode())


async def _refusals_by_the_crm(stage: Stage) -> None:
    """The CRM's own rules refuse rows, the sender's and the API's: Postgres answers with the row."""
    town = stage.town
    number = "919831662480"
    async with town.database() as connection:
        await connection.execute(REFUSE_ONE.format(recipient=number))
        await connection.execute(REFUSE_SOME)
    session_id = await town.session("wa_ruled")
    message_id = await town.message(session_id, recipient=number, text=TEXT)
    body = {"session_id": str(session_id), "recipient": RECIPIENT, "message_content": f"{TEXT} refused by the CRM"}
    assert await stage.post("/v1/messages", body, **{"X-API-Key": API_KEY}) == 422

    async def was_refused() -> bool:
        return any("CheckViolationError" in service.log_file.read_text() for service in stage.services)

    await until(was_refused, 20, "the sender was refused its row")
    async with town.database() as connection:
        await connection.execute("ALTER TABLE scheduled_whatsapp_messages DROP CONSTRAINT no_such_end")
    await town.becomes(message_id, "sent")


async def _crashes(stage: Stage) -> None:
    """The sender dies in the middle of a send; the database ends under all of them, and comes back."""
    town = stage.town
    message_id = await town.message(
        await town.session("wa_hangs", hang_send_s=30, hang_send="after_delivery"), recipient=RECIPIENT, text=TEXT
    )

    async def is_started() -> bool:
        return (await town.row(message_id))["attempt_started_at"] is not None

    await until(is_started, 20, "it is being sent")
    next(service for service in stage.services if service.name == "sender").kill()
    stage.postgres.restart()
    sender = await town.start("sender")
    await asyncio.gather(*(each.until_ready() for each in stage.services if each.is_running()))
    assert sender.is_running()

    async def is_in_doubt_or_found() -> bool:
        row = await town.row(message_id)
        return row["unconfirmed_at"] is not None or row["status"] == "sent"

    await until(is_in_doubt_or_found, 30, "what the killed sender had in hand was looked up")


async def _gather(stage: Stage, left: Aftermath, kafka: SharedKafka) -> None:
    town, api = stage.town, await stage.api()
    key = {"X-API-Key": API_KEY}
    async with town.database() as connection:
        session_id: UUID = await connection.fetchval("SELECT id FROM whatsapp_sessions WHERE last_error IS NOT NULL")
        message_id: UUID = await connection.fetchval(
            "SELECT id FROM scheduled_whatsapp_messages WHERE vps_error IS NOT NULL"
        )
    seen = ["/v1/sessions", f"/v1/sessions/{session_id}", f"/v1/sessions/{session_id}/history", "/v1/overview"]
    seen += ["/v1/messages", f"/v1/messages/{message_id}", "/v1/webhooks/default/health"]
    open_to_all: dict[str, Mapping[str, str]] = {"/": {}, "/messages": {}, "/openapi.json": {}, "/docs": {}}
    left.answers = await places.answers(api.url, dict.fromkeys(seen, key) | open_to_all)
    left.answers |= await places.answers(api.url, {"/v1/events": key | {"Last-Event-ID": "0"}})
    for service in stage.services:
        if service.is_running():
            metrics = await places.answers(service.url, {"/metrics": {}, "/readyz": {}, "/healthz": {}})
            left.metrics |= {f"{service.name} {path}": text for path, text in metrics.items()}
    left.commands = await _commands(stage, api, session_id, message_id)
    async with town.database() as connection:
        left.columns = await places.columns(connection)
    left.topics = await places.topics(kafka.bootstrap_servers, stage.prefix)
    for service in stage.services:
        if service.is_running():
            # it exports its last spans to this process
            await asyncio.to_thread(service.terminate)
        left.logs[service.log_file.name] = service.log_file.read_text()
    left.traces = stage.collector.raw.decode(errors="replace")
    bodies = [f"{posted.headers} {posted.data.decode()}" for posted in stage.receiver.taken]
    left.alerts = "\n".join(body for body in bodies if "webhook-signature" in body.lower())
    left.forwarded = "\n".join(body for body in bodies if "webhook-signature" not in body.lower())
    left.posted_to_gateway = "\n".join(post.text for post in town.gateway.ledger.posts)


async def _commands(stage: Stage, api: ServiceProcess, session_id: UUID, message_id: UUID) -> Places:
    """Those that show something, then those that cannot: Kafka refuses the password, the database is not there."""
    environment = stage.town.environment | {"TRUESEND_URL": api.url, "TRUESEND_API_KEY": API_KEY}
    nowhere = environment["DATABASE_URL"].replace(f":{urlsplit(environment['DATABASE_URL']).port}/", ":1/")
    letter = f"{stage.prefix}{TOPICS[0].dead_letters}:0:0"
    shown: list[list[str]] = [
        ["doctor"],
        ["dlq", "list"],
        ["dlq", "show", letter],
        ["gateways", "check"],
        ["sessions", "list"],
        ["sessions", "show", str(session_id)],
        ["messages", "list", "--json"],
        ["messages", "show", str(message_id)],
    ]
    away = {"KAFKA_SASL_PASSWORD": f"{SASL_PASSWORD}-wrong", "DATABASE_URL": nowhere}
    refused: list[list[str]] = [["topics"], ["migrate"], ["adopt"], ["dlq", "list"], ["doctor", "--json"]]
    return await places.commands(
        environment,
        *((f"truesend {' '.join(each)}", each, {}) for each in shown),
        *((f"truesend {' '.join(each)} (nothing is there)", each, away) for each in refused),
    )
