"""What the API answers is what its document says: every operation, every status, every field."""

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from services.api.service import ApiService
from simulator.server import Simulator
from tests.harness.json_schemas import faults
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, StartApi, api_settings
from tests.integration.api.rows import Rows
from tests.integration.contracts.conftest import GATEWAY_KEY
from tests.integration.contracts.witness import Witness, the_document
from truesend.broker.topics import create_topics
from truesend.cli.local.ports import free_port

SECRET = "the-secret-of-the-webhooks"
TOO_LARGE = b" " * 16_500_000
# the request that has the key is being forgotten at this very moment: a race of microseconds
ONLY_IN_A_RACE = {("create_message", 409), ("create_batch", 409)}


@pytest_asyncio.fixture
async def witness(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, gateway: Simulator
) -> Witness:
    """An API with all of its parts."""
    given: dict[str, Any] = {
        "kafka_bootstrap_servers": kafka.bootstrap_servers,
        "truesend_topic_prefix": topic_prefix,
        "gateway_url": gateway.url,
        "gateway_api_key": GATEWAY_KEY,
        "webhook_secret": SECRET,
    }
    await create_topics(api_settings(rows, **given))
    api = await start_api(**given)
    await api.until_ready()
    return Witness(api, await the_document(api))


async def at_the_gateway(rows: Rows, gateway: Simulator, **columns: Any) -> UUID:
    """A session that the gateway has."""
    name = f"wa_{uuid4()}"
    gateway.world.add(name)
    return await rows.session(session_data=f'{{"vps_session_id": "{name}"}}', **columns)


def request_for(witness: Witness, name: str, session_id: UUID) -> Any:
    """The document's own example, for this session."""
    example = witness.request_of(name)
    if isinstance(example, dict) and "session_id" in example:
        return {**example, "session_id": str(session_id)}
    if isinstance(example, dict) and "messages" in example:
        return {"messages": [{**message, "session_id": str(session_id)} for message in example["messages"]]}
    return example


async def test_every_operation_answers_as_described(witness: Witness, rows: Rows, gateway: Simulator) -> None:
    await sessions_answer(witness, rows, gateway)
    await messages_answer(witness, rows, gateway)
    await operators_answer(witness, rows, gateway)
    await witness.call("take_webhook", path={"gateway": "default"}, headers={"X-API-Key": "wrong"}, json={}, expect=401)
    webhook = witness.request_of("take_webhook")
    await witness.call(
        "take_webhook", path={"gateway": "default"}, headers={"X-API-Key": SECRET}, json=webhook, expect=204
    )
    await refusals_are_known(witness)
    await witness.call("get_overview", expect=200)
    for name in ("healthz", "readyz", "metrics"):
        await witness.call(name, headers={}, expect=200)

    answered = {name for name, statuses in witness.seen.items() if min(statuses) < 300}
    assert set(witness.operations) - answered == {"stream_events"}


async def sessions_answer(witness: Witness, rows: Rows, gateway: Simulator) -> None:
    session_id = await at_the_gateway(rows, gateway)
    await rows.fact(1, aggregate_id=session_id)
    path = {"session_id": session_id}
    await witness.call("create_session", json=witness.request_of("create_session"), expect=201)
    await witness.call("list_sessions", expect=200)
    await witness.call("get_session", path=path, expect=200)
    await witness.call("session_history", path=path, expect=200)
    await witness.call("verify_sessions", json={"session_ids": [str(session_id)]}, expect=202)
    await witness.call("verify_session", path=path, expect=202)
    await witness.call("session_qr", path=path, expect=200)


async def messages_answer(witness: Witness, rows: Rows, gateway: Simulator) -> None:
    session_id = await at_the_gateway(rows, gateway)
    for name in ("create_message", "create_batch"):
        request, headers = request_for(witness, name, session_id), {"X-API-Key": KEY, "Idempotency-Key": name}
        first = await witness.call(name, json=request, headers=headers, expect=201)
        again = await witness.call(name, json=request, headers=headers, expect=200)
        assert first.body == again.body
        if name == "create_message":
            path = {"message_id": first.body["id"]}
            await witness.call("get_message", path=path, expect=200)
            await witness.call("message_history", path=path, expect=200)
            await rows.one("DELETE FROM scheduled_whatsapp_messages WHERE id = $1", UUID(first.body["id"]))
            await witness.call(name, json=request, headers=headers, expect=410)
        else:
            await witness.call("get_batch", path={"batch_id": first.body["batch_id"]}, expect=200)
    await witness.call("list_messages", expect=200)


async def operators_answer(witness: Witness, rows: Rows, gateway: Simulator) -> None:
    session_id = await at_the_gateway(rows, gateway)
    for name in ("pause_session", "get_pace", "resume_session", "set_pace", "reconnect_session"):
        _, _, operation = witness.operations[name]
        body = {"json": witness.request_of(name)} if "requestBody" in operation else {}
        await witness.call(name, path={"session_id": session_id}, expect=min(witness.described(name)), **body)
    other = await at_the_gateway(rows, gateway)
    await witness.call("disconnect_session", path={"session_id": other}, expect=202)
    new = await rows.session(status="qr_pending")
    await witness.call("delete_session", path={"session_id": new}, expect=204)
    unconfirmed = {"status": "sending", "unconfirmed_at": datetime.now(UTC), "attempt_started_at": datetime.now(UTC)}
    for name, columns in (
        ("retry_message", {"status": "failed"}),
        ("cancel_message", {"status": "pending"}),
        ("check_message", unconfirmed),
        ("mark_delivered", {"status": "failed"}),
    ):
        message_id = await rows.message(session_id=session_id, **columns)
        await witness.call(name, path={"message_id": message_id}, json={}, expect=min(witness.described(name)))
    await witness.call("retry_messages", json=witness.request_of("retry_messages"), expect=200)
    await witness.call("health_of_webhooks", path={"gateway": "default"}, expect=200)


async def refusals_are_known(witness: Witness) -> None:
    """The webhook that was refused is in the gateway's health, as described."""

    async def counted() -> bool:
        answer = await witness.call("health_of_webhooks", path={"gateway": "default"}, expect=200)
        return bool(answer.body["recent"])

    await until(counted, 15, "the refusal is written down")


async def test_every_refusal_that_follows_from_a_request_is_as_described(witness: Witness, rows: Rows) -> None:
    """Each status that the document has for an operation is one that the operation gives."""
    session_id = await rows.session()
    for name, (_, template, operation) in witness.operations.items():
        described, body = witness.described(name), {"json": request_for(witness, name, session_id)}
        known = {"gateway": "default"}
        if 401 in described:
            await witness.call(name, path=known, headers={}, **body, expect=401)
        if 404 in described:
            await witness.call(name, **body, expect=404)
        if 413 in described:
            await witness.call(name, path=known, headers=_key(name), data=io.BytesIO(TOO_LARGE), expect=413)
            await witness.call(name, path=known, headers=_key(name), data=io.BytesIO(b"{"), expect=400)
        if 422 in described and "requestBody" in operation:
            await witness.call(name, json=["no object"], expect=422)
        elif 422 in described and "{" in template:
            await witness.call(name, path={"session_id": "x", "message_id": "x", "batch_id": "x"}, expect=422)
        elif 422 in described:
            await witness.call(name, query="?limit=0&hours=0", expect=422)
    await witness.call("stream_events", headers=_key("") | {"Last-Event-ID": "x"}, expect=400)


def _key(name: str) -> dict[str, str]:
    return {"X-API-Key": SECRET if name == "take_webhook" else KEY}


async def test_every_refusal_by_a_rows_state_is_as_described(witness: Witness, rows: Rows, gateway: Simulator) -> None:
    session_id = await at_the_gateway(rows, gateway)
    elsewhere = await rows.session(gateway="another")
    sent = {"message_id": await rows.message(session_id=session_id, status="sent", sent_at=datetime.now(UTC))}
    delivered = {"message_id": await rows.message(session_id=session_id, status="sent", delivered_at=datetime.now(UTC))}
    for name in ("retry_message", "cancel_message", "check_message"):
        answer = await witness.call(name, path=sent, json={}, expect=409)
        assert answer.body["current"]["status"] == "sent"
    await witness.call("mark_delivered", path=delivered, json={}, expect=409)
    await witness.call("delete_session", path={"session_id": session_id}, expect=409)
    await rows.connection.execute(
        "ALTER TABLE whatsapp_sessions ADD COLUMN opened_by uuid NOT NULL DEFAULT gen_random_uuid()"
    )
    await rows.connection.execute("ALTER TABLE whatsapp_sessions ALTER COLUMN opened_by DROP DEFAULT")
    await witness.call("create_session", json={}, expect=409)
    for name in ("reconnect_session", "disconnect_session", "session_qr"):
        await witness.call(name, path={"session_id": elsewhere}, expect=409)

    conflicts = {(name, 409) for name in witness.operations if 409 in witness.described(name)}
    assert {pair for pair in conflicts if pair[1] not in witness.seen[pair[0]]} == ONLY_IN_A_RACE


async def test_a_gateway_that_refuses_is_a_502_as_described(witness: Witness, rows: Rows, gateway: Simulator) -> None:
    refused = {name for name in witness.operations if 502 in witness.described(name)}
    assert refused == {"reconnect_session", "disconnect_session"}

    for name in sorted(refused):
        unknown = await rows.session(session_data='{"vps_session_id": "wa_nobody"}')
        gateway.world.restart(down_s=60)
        await witness.call(name, path={"session_id": unknown}, expect=502)


async def test_every_operation_says_as_described_that_database_and_kafka_are_away(rows: Rows) -> None:
    settings = api_settings(rows, database_url=f"postgresql://u@127.0.0.1:{free_port()}/x", webhook_secret=SECRET)
    service = ApiService(settings)
    await service.start()
    api = ApiClient(f"http://127.0.0.1:{service.port}", KEY)
    try:
        witness = Witness(api, await the_document(api))
        for name in witness.operations:
            if 503 in witness.described(name) and name != "healthz":
                body = {"json": request_for(witness, name, uuid4())}
                path = {"gateway": "default"}
                await witness.call(name, path=path, headers=_key(name), **body, expect=503)
    finally:
        await api.close()
        await service.stop()


async def test_every_operation_that_needs_a_key_asks_for_the_organization_as_described(
    start_api: StartApi, rows: Rows
) -> None:
    api = await start_api(auth_mode="none", api_keys={})
    witness = Witness(api, await the_document(api))
    elsewhere = {"Host": "truesend.example.com", "X-Organization-Id": str(rows.organization_id)}

    for name in filter(witness.needs_a_key, witness.operations):
        body = {"json": request_for(witness, name, uuid4())}
        await witness.call(name, path={"gateway": "default"}, headers={}, **body, expect=400)
        await witness.call(name, path={"gateway": "default"}, headers=elsewhere, **body, expect=403)


async def test_the_live_stream_carries_events_as_described(witness: Witness, rows: Rows) -> None:
    (content,) = witness.operations["stream_events"][2]["responses"]["200"]["content"].values()
    session = await rows.fact(1)
    message = await rows.fact(2, kind="message", status="sent")

    async with witness.api.stream(last_event_id="0") as stream:
        events = await stream.events(2)

    assert [event.data["id"] for event in events] == [session["id"], message["id"]]
    for event in events:
        assert faults(witness.document, content["x-events"][event.event], event.data) == []


async def test_the_stream_of_codes_carries_events_as_described(
    witness: Witness, rows: Rows, gateway: Simulator
) -> None:
    session_id = await at_the_gateway(rows, gateway, status="disconnected")
    content = witness.operations["session_qr"][2]["responses"]["200"]["content"]["text/event-stream"]

    async with witness.api.codes(session_id) as stream:
        event = await stream.event()

    assert event.event == "connected"
    assert faults(witness.document, content["x-events"][event.event], event.data) == []
