"""What is really on the topics is what docs/api/asyncapi.json says: types, keys, headers, and every field of every body."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from simulator.world import ScriptedAnswer
from tests.acceptance.conftest import API_KEY, Town
from tests.harness.json_schemas import at, faults
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka
from tests.harness.waiting import times_longer, until
from tests.integration.api.client import ApiClient
from tests.integration.api.receiver import Receiver, receiver
from truesend.contracts.asyncapi import asyncapi_document
from truesend.contracts.channels import CHANNELS
from truesend.contracts.record_types import MessageType, SessionType
from truesend.contracts.topics import TOPICS

DOCUMENT = asyncapi_document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
NONSENSE = b"no json"
SECRET = "canary-webhook-secret-16180"
# A silence takes minutes to be told from a pause, and adoption happens on one day: their own tests see to them.
NOT_TODAY = {SessionType.SILENT, SessionType.HEARD, MessageType.RELEASED}


class Topics:
    """Everything that is written to the topics, held against the document as it comes."""

    def __init__(self, consumer: AIOKafkaConsumer, prefix: str) -> None:
        self._consumer = consumer
        self._prefix = prefix
        self.seen: dict[str, ConsumerRecord] = {}

    async def missing(self, types: set[str], *, within_s: float) -> set[str]:
        """Read on until a record of each type was seen. Returns the types that did not come in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s * times_longer()):
                while types - self.seen.keys():
                    for records in (await self._consumer.getmany(timeout_ms=200)).values():
                        for record in filter(_is_ours, records):
                            self.seen.setdefault(self._held_against_the_document(record), record)
        return types - self.seen.keys()

    def _held_against_the_document(self, record: ConsumerRecord) -> str:
        topic = record.topic.removeprefix(self._prefix)
        headers = {name: value.decode() for name, value in record.headers}
        kind = "dead_letter" if topic.endswith(".dlq") else headers["ce_type"]
        where = f"{kind} on {topic}"
        assert kind in DOCUMENT["channels"][topic]["messages"], where
        message = at(DOCUMENT, DOCUMENT["channels"][topic]["messages"][kind]["$ref"])
        if kind == "dead_letter":
            headers = {name: value for name, value in headers.items() if name.startswith("dlq_")}
        else:
            body = orjson.loads(record.value)
            assert faults(DOCUMENT, message["payload"], body) == [], f"{where}: {body}"
            key = message["bindings"]["kafka"]["key"]
            assert faults(DOCUMENT, key, record.key.decode()) == [], where
        assert faults(DOCUMENT, message["headers"], headers) == [], where
        return kind


def _is_ours(record: ConsumerRecord) -> bool:
    """Whether it was not this test that wrote it."""
    return bool(record.value != NONSENSE) or record.topic.endswith(".dlq")


@pytest_asyncio.fixture
async def topics(kafka: SharedKafka, topic_prefix: str, town: Town) -> AsyncIterator[Topics]:
    """Reads every topic of the town from its beginning."""
    names = [f"{topic_prefix}{name}" for topic in TOPICS for name in (topic.name, topic.dead_letters)]
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    yield Topics(consumer, topic_prefix)
    await consumer.stop()


@pytest_asyncio.fixture
async def crm() -> AsyncIterator[Receiver]:
    """The CRM's own endpoint for webhooks."""
    async with receiver() as endpoint:
        yield endpoint


async def test_all_that_services_write_is_as_the_document_says(
    town: Town, topics: Topics, crm: Receiver, kafka: SharedKafka, topic_prefix: str
) -> None:
    api = await town.start("api", webhook_secret=SECRET, webhook_forward_url=crm.url)
    await town.start("sender", webhook_secret=SECRET, max_attempts=2, send_timeout_s=1, confirm_timeout_s=2)
    await town.start("verifier", webhook_secret=SECRET, connecting_max_s=600)
    town.gateway.world.change_settings(webhook_url=f"{api.url}/v1/webhooks/default", webhook_secret=SECRET)
    async with _client(api) as client:
        await asyncio.gather(
            _sessions_come_and_go(town),
            _messages_meet_every_fate(town),
            _an_operator_is_busy(town, client),
            _somebody_writes_nonsense(kafka, f"{topic_prefix}{TOPICS[0].name}"),
        )
        every = {item.value for channel in CHANNELS for item in channel.types} | {"dead_letter"}

        assert await topics.missing(every - {item.value for item in NOT_TODAY}, within_s=60) == set()

    await until(_something_posted(crm), 20, "a webhook is passed on")


@contextlib.asynccontextmanager
async def _client(api: ServiceProcess) -> AsyncIterator[ApiClient]:
    client = ApiClient(api.url, API_KEY)
    try:
        yield client
    finally:
        await client.close()


def _something_posted(crm: Receiver) -> Any:
    async def probe() -> bool:
        return bool(crm.posted)

    return probe


async def _sessions_come_and_go(town: Town) -> None:
    world = town.gateway.world
    session_id = await town.session("wa_dropping", phone_number="919812300001")
    world.drop("wa_dropping", "Logged out from the phone")
    await town.session_becomes(session_id, "disconnected")
    world.change("wa_dropping", state="connecting")
    await town.session_becomes(session_id, "connecting")
    world.connect("wa_dropping")
    world.change("wa_dropping", state="qr")
    await town.session_becomes(session_id, "qr_pending")
    world.scan("wa_dropping", "919812300001")
    await town.session_becomes(session_id, "connected")
    await town.session("wa_hanging", hang_status_s=30)
    successor = await town.session("wa_successor", state="disconnected")
    await town.session_becomes(successor, "disconnected")
    world.scan("wa_successor", "919812300001")
    await town.session_becomes(successor, "connected")


async def _messages_meet_every_fate(town: Town) -> None:
    broken = ScriptedAnswer(status=500, body={"error": "engine broke"})
    fates: tuple[dict[str, Any], ...] = (
        {"receipts": ["delivered"]},
        {"receipts": ["delivered", "read"]},
        {"send_answer": broken},
        {"lie": True},
        {"mode": "accepted", "callback": "sent", "callback_delay_ms": 200},
        {"mode": "accepted", "callback": "failed"},
        {"mode": "accepted", "callback": "none", "lookup": "off"},
        {"late_rejection_code": 463, "late_rejection_delay_ms": 300},
    )
    for number, behaviour in enumerate(fates):
        session_id = await town.session(f"wa_fate_{number}", **behaviour)
        await town.message(session_id, recipient=f"91981230{number:04}")


async def _an_operator_is_busy(town: Town, client: ApiClient) -> None:
    session_id = await town.session("wa_operated")
    down = await town.session("wa_down", state="disconnected")
    await town.session_becomes(down, "disconnected")
    for action, body in (("pause", {"reason": "holidays"}), ("resume", {}), ("reconnect", {}), ("verify", None)):
        assert (await client.post(f"/v1/sessions/{session_id}/{action}", body)).status < 300
    assert (await client.call("PUT", f"/v1/sessions/{session_id}/pace", json={"hourly_cap": 100})).status == 200
    other = await town.session("wa_ending")
    assert (await client.post(f"/v1/sessions/{other}/disconnect", {})).status == 202
    assert (await client.post("/v1/sessions", {"display_name": "New"})).status == 201
    assert (await client.call("DELETE", f"/v1/sessions/{await _never_paired(town)}")).status == 204
    posted = await client.post(
        "/v1/messages", {"session_id": str(down), "recipient": "+919812345678", "message_content": "Namaste"}
    )
    message = f"/v1/messages/{posted.body['id']}"
    assert (await client.post(f"{message}/cancel", {"reason": "too late"})).status == 200
    assert (await client.post(f"{message}/retry", {"session_id": str(session_id)})).status == 200
    doubtful = await town.message(await town.session("wa_doubtful", hang_send_s=60, lookup="off"))

    async def in_doubt() -> bool:
        return (await town.row(doubtful))["unconfirmed_at"] is not None

    await until(in_doubt, 20, "a message is in doubt")
    assert (await client.post(f"/v1/messages/{doubtful}/check", {})).status == 202


async def _never_paired(town: Town) -> UUID:
    session_id = uuid4()
    async with town.database() as connection:
        await connection.execute(
            "INSERT INTO whatsapp_sessions (id, organization_id, status) VALUES ($1, $2, 'disconnected')",
            session_id,
            town.organization_id,
        )
    return session_id


async def _somebody_writes_nonsense(kafka: SharedKafka, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(topic, NONSENSE, key=b"no uuid")
    await producer.stop()
