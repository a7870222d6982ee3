"""Webhooks in: what is taken, what is refused, and what is on Kafka then."""

import asyncio
import base64
import hmac
import io
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from tests.harness.databases import Database
from tests.harness.fixtures import StartService
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from tests.integration.api.client import Answer, ApiClient
from tests.integration.api.conftest import KEY, OTHER_KEY, StartApi, api_settings
from tests.integration.api.receiver import Receiver, receiver
from tests.integration.api.rows import Rows
from truesend.broker.topics import create_topics

SECRET = "the-secret-of-the-webhooks"
WITHIN_S = 15
TEN_MEGABYTES = b" " * 10_000_000


@pytest_asyncio.fixture
async def crm() -> AsyncIterator[Receiver]:
    async with receiver() as endpoint:
        yield endpoint


@pytest_asyncio.fixture
async def api(start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows) -> ApiClient:
    return await started(start_api, kafka, topic_prefix, rows)


async def started(start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, **given: object) -> ApiClient:
    reached = {"kafka_bootstrap_servers": kafka.bootstrap_servers, "truesend_topic_prefix": topic_prefix}
    await create_topics(api_settings(rows, **reached))
    client = await start_api(**reached, **({"webhook_secret": SECRET} | given))
    await client.until_ready()
    return client


async def post(api: ApiClient, body: object, *, gateway: str = "default", **options: Any) -> Answer:
    headers = options.pop("headers", {"X-API-Key": SECRET})
    data = io.BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
    return await api.call("POST", f"/v1/webhooks/{gateway}", headers=headers, data=data, **options)


async def records(kafka: SharedKafka, topic_prefix: str, count: int, topic: str = "events") -> list[ConsumerRecord]:
    """The first `count` records of a topic of gateways."""
    consumer = AIOKafkaConsumer(
        f"{topic_prefix}whatsapp.gateway.{topic}.v1",
        bootstrap_servers=kafka.bootstrap_servers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    found: list[ConsumerRecord] = []

    async def enough() -> bool:
        for batch in (await consumer.getmany(timeout_ms=50)).values():
            found.extend(batch)
        return len(found) >= count

    try:
        await until(enough, WITHIN_S, f"{count} record(s)")
    finally:
        await consumer.stop()
    return found


async def health(api: ApiClient) -> dict[str, Any]:
    answer = await api.get("/v1/webhooks/default/health")
    assert answer.status == 200
    body: dict[str, Any] = answer.body
    return body


async def test_a_webhook_of_our_session_is_on_kafka_when_it_is_answered(
    api: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    session_id = await rows.session(session_data='{"vps_session_id": "wa_healthy"}')
    body = {"event": "message_sent", "sessionId": "wa_healthy", "groupJid": "919800001234", "messageId": "3EB0"}

    answer = await post(api, body)

    assert answer.status == 204
    (record,) = await records(kafka, topic_prefix, 1)
    event = orjson.loads(record.value)
    assert record.key == str(session_id).encode()
    assert (event["kind"], event["gateway"], event["gateway_session_id"]) == ("sent", "default", "wa_healthy")
    assert (event["gateway_message_id"], event["recipient"]) == ("3EB0", "919800001234")
    assert SECRET.encode() not in record.value


async def test_the_name_of_a_session_without_one_is_wa_and_its_id(
    api: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    session_id = await rows.session()

    assert (await post(api, {"sessionId": f"wa_{session_id}", "status": "disconnected"})).status == 204

    (record,) = await records(kafka, topic_prefix, 1)
    assert record.key == str(session_id).encode()
    assert orjson.loads(record.value)["state"] == "disconnected"


@pytest.mark.parametrize("named_by", ["messageId", "groupJid"])
async def test_a_failure_that_quotes_the_message_is_on_kafka_without_it(
    api: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str, named_by: str
) -> None:
    text = "meet me at the old mill at noon"
    session_id = await rows.session(session_data='{"vps_session_id": "wa_healthy"}')
    message_id = await rows.message(
        session_id=session_id, recipient="919800001234", message_content=text, gateway_message_id="3EB0"
    )
    await rows.connection.execute(
        "INSERT INTO truesend.message_attempts"
        " (message_id, number, organization_id, session_id, recipient, lease_token, started_at, outcome)"
        " SELECT id, 1, organization_id, session_id, recipient, gen_random_uuid(), now(), 'accepted'"
        " FROM scheduled_whatsapp_messages WHERE id = $1",
        message_id,
    )
    named = {"messageId": "3EB0"} if named_by == "messageId" else {"groupJid": "919800001234@s.whatsapp.net"}
    failed = {"event": "message_failed", "sessionId": "wa_healthy", "error": f"Boom: could not send '{text}'", **named}

    assert (await post(api, failed)).status == 204

    (record,) = await records(kafka, topic_prefix, 1)
    assert orjson.loads(record.value)["detail"] == "Boom: could not send '[message text]'"


@pytest.mark.parametrize("headers", [{"X-API-Key": SECRET}, {"Authorization": f"Bearer {SECRET}"}])
async def test_the_secret_may_come_in_either_header(api: ApiClient, headers: dict[str, str]) -> None:
    assert (await post(api, {"event": "nobody knows"}, headers=headers)).status == 204


async def test_a_wrong_secret_is_refused_counted_and_shown_without_a_body(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    body = {"sessionId": f"wa_{session_id}", "status": "disconnected", "note": "a body that nobody keeps"}

    answers = [await post(api, body, headers={"X-API-Key": "wrong"}) for _ in range(3)]

    assert [answer.status for answer in answers] == [401, 401, 401]
    assert "WEBHOOK_SECRET" in answers[0].body["detail"]

    async def shown() -> dict[str, Any] | None:
        found = await health(api)
        return found if found["refused"] and found["refused"][0]["refused"] == 3 else None

    found = await until(shown, WITHIN_S, "the refusals are shown")
    assert found["says"].startswith("3 webhooks refused since ")
    assert found["says"].endswith("UTC: wrong secret")
    assert [entry["sender_address"] for entry in found["recent"]] == ["127.0.0.1"] * 3
    assert "nobody keeps" not in str(found)
    metrics = (await api.get("/metrics")).body
    assert 'truesend_webhooks_refused_total{gateway="default",reason="wrong_secret"}' in metrics


@pytest.mark.parametrize(
    ("body", "options", "status"),
    [
        (b"{", {}, 400),
        (b"[1, 2]", {}, 400),
        (b"\xff", {}, 400),
        (b"", {}, 400),
        (TEN_MEGABYTES, {}, 413),
        ({"event": "message_sent"}, {"headers": {}}, 401),
        ({"event": "message_sent"}, {"gateway": "another"}, 404),
        ({"event": "message_sent"}, {"gateway": "%00"}, 404),
        ({"event": "message_sent"}, {"gateway": "'; DROP TABLE whatsapp_sessions; --"}, 404),
    ],
)
async def test_a_bad_webhook_is_refused_and_the_next_one_is_taken(
    api: ApiClient, rows: Rows, body: object, options: dict[str, Any], status: int
) -> None:
    session_id = await rows.session()

    refused = await post(api, body, **options)

    assert refused.status == status
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (await post(api, {"sessionId": f"wa_{session_id}", "status": "connected"})).status == 204


async def test_odd_ids_and_impossible_times_are_taken_and_told_as_they_can_be(
    api: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    await rows.session(session_data=orjson.dumps({"vps_session_id": 'it\'s "odd"'}).decode())
    about = {"event": "read", "sessionId": 'it\'s "odd"\x00', "messageId": "3E'\x00\"", "groupJid": "1@g.us"}

    for timestamp in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 10**18]:
        assert (await post(api, about | {"timestamp": timestamp})).status == 204

    for record in await records(kafka, topic_prefix, 3):
        event = orjson.loads(record.value)
        assert (event["gateway_message_id"], event.get("occurred_at")) == ("3E'\"", None)


async def test_a_session_that_nobody_has_or_two_have_is_accepted_counted_and_told_to_nobody(
    api: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    named = '{"vps_session_id": "wa_twice"}'
    await rows.session(session_data=named)
    await rows.session(session_data=named, organization_id=rows.other_organization_id)
    ours = await rows.session()

    assert (await post(api, {"sessionId": "wa_nobody", "status": "connected"})).status == 204
    assert (await post(api, {"sessionId": "wa_twice", "status": "connected"})).status == 204
    assert (await post(api, {"event": "presence.update", "sessionId": f"wa_{ours}"})).status == 204
    assert (await post(api, {"sessionId": f"wa_{ours}", "status": "connected"})).status == 204

    (record,) = await records(kafka, topic_prefix, 1)
    assert record.key == str(ours).encode()

    async def shown() -> dict[str, Any] | None:
        found = await health(api)
        return found if found["accepted"] == 4 else None

    assert (await until(shown, WITHIN_S, "four are counted"))["without_use"] == 3
    metrics = (await api.get("/metrics")).body
    assert 'truesend_webhooks_received_total{event="unknown_session",gateway="default"}' in metrics


async def test_without_kafka_a_webhook_is_not_taken_and_the_gateway_is_told_to_send_it_again(
    start_api: StartApi,
) -> None:
    api = await start_api(webhook_secret=SECRET)

    answer = await post(api, {"sessionId": "wa_1", "status": "connected"})

    assert answer.status == 204  # of no session of ours: there is nothing to store
    answer = await post(api, {"sessionId": "wa_1", "status": "connected"}, headers={"X-API-Key": "wrong"})
    assert answer.status == 401


async def test_a_webhook_that_kafka_has_not_got_is_answered_with_503(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(webhook_secret=SECRET)
    session_id = await rows.session()

    answer = await post(api, {"sessionId": f"wa_{session_id}", "status": "connected"})

    assert answer.status == 503
    assert answer.headers["Retry-After"]


async def test_without_a_webhook_secret_none_is_taken_and_the_health_says_so(start_api: StartApi) -> None:
    api = await start_api()

    assert (await post(api, {"event": "x"}, headers={"X-API-Key": "anything"})).status == 401
    assert "WEBHOOK_SECRET" in (await health(api))["says"]


async def test_the_health_needs_an_api_key_and_no_webhook_secret_is_one(api: ApiClient) -> None:
    for headers, status in [({}, 401), ({"X-API-Key": SECRET}, 401), ({"X-API-Key": OTHER_KEY}, 200)]:
        answer = await api.call("GET", "/v1/webhooks/default/health", headers=headers)
        assert answer.status == status
    assert (await post(api, {"event": "x"}, headers={"X-API-Key": KEY})).status == 401
    assert (await api.get("/v1/webhooks/another/health")).status == 404


async def test_the_recent_refusals_stay_bounded(api: ApiClient, rows: Rows) -> None:
    for _ in range(130):
        await post(api, {}, headers={"X-API-Key": "wrong"})

    async def counted() -> bool:
        total = await rows.one("SELECT sum(refused) FROM truesend.webhook_refusals")
        return bool(total == 130)

    await until(counted, WITHIN_S, "all are counted")
    assert await rows.one("SELECT count(*) FROM truesend.webhook_refusals_recent") <= 100


async def test_an_authentic_webhook_is_passed_on_as_it_came(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, crm: Receiver
) -> None:
    api = await started(start_api, kafka, topic_prefix, rows, webhook_forward_url=crm.url)
    body = b'{ "event":"message",  "sessionId": "wa_x", "text": "\xc3\xa9" }'

    await post(api, b"{}", headers={"X-API-Key": "wrong"})
    await post(api, body, headers={"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json; x=y"})
    await post(api, body, headers={"X-API-Key": SECRET})

    async def both() -> bool:
        return len(crm.posted) == 2

    await until(both, WITHIN_S, "both are passed on")
    first, second = crm.posted
    assert first.body == second.body == body
    assert first.headers["authorization"] == f"Bearer {SECRET}"
    assert first.headers["content-type"] == "application/json; x=y"
    assert second.headers["x-api-key"] == SECRET
    for record in await records(kafka, topic_prefix, 2, topic="forward"):
        assert SECRET.encode() not in record.value


async def test_a_webhook_whose_body_holds_the_secret_is_passed_on_as_it_came_and_kafka_has_it_without(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, crm: Receiver
) -> None:
    api = await started(start_api, kafka, topic_prefix, rows, webhook_forward_url=crm.url)
    body = orjson.dumps({"event": "message", "sessionId": "wa_x", "apikey": SECRET})

    await post(api, body, headers={"X-API-Key": SECRET})

    async def passed_on() -> bool:
        return len(crm.posted) == 1

    await until(passed_on, WITHIN_S, "it is passed on")
    assert crm.posted[0].body == body
    (record,) = await records(kafka, topic_prefix, 1, topic="forward")
    assert SECRET.encode() not in base64.b64decode(orjson.loads(record.value)["body"])


async def test_a_signed_webhook_is_passed_on_with_its_signature_and_without_the_secret(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, crm: Receiver
) -> None:
    api = await started(start_api, kafka, topic_prefix, rows, webhook_forward_url=crm.url, gateway_kind="waha")
    body = b'{"event":"engine.event","session":"x"}'
    signature = hmac.new(SECRET.encode(), body, "sha512").hexdigest()

    refused = await post(api, body + b" ", headers={"X-Webhook-Hmac": signature})
    taken = await post(api, body, headers={"X-Webhook-Hmac": signature, "X-Webhook-Hmac-Algorithm": "sha512"})

    async def passed_on() -> bool:
        return len(crm.posted) == 1

    await until(passed_on, WITHIN_S, "it is passed on")
    assert (refused.status, taken.status) == (401, 204)
    assert crm.posted[0].body == body
    assert crm.posted[0].headers["x-webhook-hmac"] == signature
    assert crm.posted[0].headers["x-webhook-hmac-algorithm"] == "sha512"
    assert "authorization" not in crm.posted[0].headers
    assert SECRET not in str(crm.posted[0].headers)


async def test_webhooks_of_a_session_are_passed_on_in_order_and_tried_again_until_they_are_taken(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, crm: Receiver
) -> None:
    crm.statuses = [503, 502, 200]
    api = await started(start_api, kafka, topic_prefix, rows, webhook_forward_url=crm.url)
    bodies = [orjson.dumps({"sessionId": "wa_x", "number": number}) for number in range(5)]

    for body in bodies:
        await post(api, body)

    async def all_of_them() -> bool:
        return len(crm.posted) == 7

    await until(all_of_them, WITHIN_S, "all are passed on")
    assert [posted.body for posted in crm.posted] == [bodies[0], bodies[0], *bodies]


async def test_an_endpoint_that_hangs_delays_no_answer(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, crm: Receiver
) -> None:
    crm.holding = asyncio.Event()
    api = await started(start_api, kafka, topic_prefix, rows, webhook_forward_url=crm.url)
    await post(api, {"sessionId": "wa_x", "number": 0})

    async def hanging() -> bool:
        return bool(crm.posted)

    await until(hanging, WITHIN_S, "the endpoint holds a webhook")
    async with asyncio.timeout(5):
        for number in range(1, 20):
            assert (await post(api, {"sessionId": "wa_x", "number": number})).status == 204
    crm.holding.set()

    async def all_of_them() -> bool:
        return len(crm.posted) >= 20

    await until(all_of_them, WITHIN_S, "all are passed on in the end")


async def test_a_webhook_that_the_endpoint_refuses_for_good_does_not_stop_the_next(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, crm: Receiver
) -> None:
    crm.statuses = [400] * 5 + [200]
    api = await started(start_api, kafka, topic_prefix, rows, webhook_forward_url=crm.url)

    await post(api, {"sessionId": "wa_x", "number": 0})
    await post(api, {"sessionId": "wa_x", "number": 1})

    async def the_next() -> bool:
        return any(orjson.loads(posted.body)["number"] == 1 for posted in crm.posted)

    await until(the_next, 60, "the next one is passed on")


async def test_what_was_not_passed_on_before_the_end_of_a_process_is_passed_on_by_the_next(
    start_service: StartService, database: Database, kafka: SharedKafka, topic_prefix: str, rows: Rows, crm: Receiver
) -> None:
    crm.holding = asyncio.Event()
    environment = {
        "DATABASE_URL": database.url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "TRUESEND_TOPIC_PREFIX": topic_prefix,
        "GATEWAY_URL": "http://127.0.0.1:9",
        "API_KEYS": f'{{"{KEY}": "{rows.organization_id}"}}',
        "WEBHOOK_SECRET": SECRET,
        "WEBHOOK_FORWARD_URL": crm.url,
    }
    reached = {"kafka_bootstrap_servers": kafka.bootstrap_servers, "truesend_topic_prefix": topic_prefix}
    await create_topics(api_settings(rows, **reached))
    service = await start_service("api", environment)
    api = ApiClient(service.url, KEY)
    for number in range(3):
        await post(api, {"sessionId": "wa_x", "number": number})

    async def holding() -> bool:
        return bool(crm.posted)

    await until(holding, WITHIN_S, "the endpoint holds a webhook")
    code = await asyncio.to_thread(service.terminate, grace_s=20)
    await api.close()
    crm.holding.set()
    crm.posted.clear()
    successor = await start_service("api", environment)

    async def all_of_them() -> bool:
        return {orjson.loads(posted.body)["number"] for posted in crm.posted} == {0, 1, 2}

    await until(all_of_them, 30, "all are passed on")
    assert code == 0, service.log_tail()
    assert SECRET not in service.log_file.read_text() + successor.log_file.read_text()
