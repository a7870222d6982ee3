"""Sessions over HTTP: reading them, and having them verified."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from aiokafka import AIOKafkaConsumer

from services.api.shapes import HistoryList, SessionList, SessionRow
from tests.harness.kafka import KafkaServer
from tests.harness.shared import SharedKafka
from tests.harness.waiting import times_longer, until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY, StartApi, api_settings
from tests.integration.api.rows import Rows
from truesend.broker.topics import create_topics
from truesend.contracts.events import VerifyReason, VerifySession
from truesend.contracts.topics import SESSION_VERIFY


async def test_the_list_has_every_session_of_the_organization_once_over_its_pages(api: ApiClient, rows: Rows) -> None:
    mine = {str(await rows.session()) for _ in range(5)}
    await rows.session(organization_id=rows.other_organization_id)

    first = await api.get("/v1/sessions?limit=3")
    second = await api.get(f"/v1/sessions?limit=3&cursor={first.body['next_cursor']}")

    assert (len(first.body["items"]), len(second.body["items"])) == (3, 2)
    assert {item["id"] for item in first.body["items"] + second.body["items"]} == mine
    assert second.body["next_cursor"] is None
    SessionList.model_validate(first.body)


async def test_a_new_session_is_a_row_that_was_never_paired_with_its_first_fact(api: ApiClient, rows: Rows) -> None:
    answer = await api.post("/v1/sessions", {"display_name": "  Front desk "})

    assert answer.status == 201
    assert (answer.body["status"], answer.body["badge"]) == ("disconnected", "never_paired")
    assert (answer.body["display_name"], answer.body["gateway"]) == ("Front desk", "default")
    SessionRow.model_validate(answer.body)
    there = await api.get(answer.headers["Location"])
    assert there.body == answer.body
    at_gateway = "SELECT session_data ->> 'vps_session_id' FROM whatsapp_sessions WHERE id = $1"
    assert await rows.one(at_gateway, UUID(answer.body["id"])) == f"wa_{answer.body['id']}"
    history = await api.get(f"/v1/sessions/{answer.body['id']}/history")
    assert [item["type"] for item in history.body["items"]] == ["session.created"]
    assert history.body["items"][0]["actor"]
    assert (await api.get("/v1/sessions", headers={"X-API-Key": OTHER_KEY})).body["items"] == []


async def test_a_new_session_needs_no_body_and_takes_no_other(api: ApiClient) -> None:
    assert (await api.post("/v1/sessions")).status == 201
    for wrong in ({"gateway": "unknown"}, {"display_name": " "}, {"display_name": "\x00"}, {"status": "connected"}):
        answer = await api.post("/v1/sessions", wrong)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, next(iter(wrong)))


async def test_a_session_for_which_the_crms_table_demands_more_is_to_be_made_in_the_crm(
    api: ApiClient, rows: Rows
) -> None:
    await rows.connection.execute("ALTER TABLE whatsapp_sessions ADD COLUMN opened_by uuid NOT NULL")

    answer = await api.post("/v1/sessions")

    assert answer.status == 409
    assert "opened_by" in answer.body["detail"]


async def test_a_session_says_what_is_known_of_it_and_which_badge_it_deserves(api: ApiClient, rows: Rows) -> None:
    now = datetime.now(UTC)
    session_id = await rows.session(
        last_error="the gateway did not answer",
        last_error_at=now,
        last_verified_at=now - timedelta(minutes=1),
        connected_at=now,
    )

    answer = await api.get(f"/v1/sessions/{session_id}")

    assert answer.status == 200
    assert answer.body["status"] == "connected"
    assert answer.body["badge"] == "cannot_verify"
    assert answer.body["last_error"] == "the gateway did not answer"
    assert not {"qr_code", "session_data"} & answer.body.keys()
    SessionRow.model_validate(answer.body)


async def test_another_organizations_session_is_as_unknown_as_one_that_does_not_exist(
    api: ApiClient, rows: Rows
) -> None:
    theirs = await rows.session(organization_id=rows.other_organization_id)

    for path in ("", "/history"):
        foreign = await api.get(f"/v1/sessions/{theirs}{path}")
        unknown = await api.get(f"/v1/sessions/{uuid4()}{path}")
        assert foreign.status == unknown.status == 404
        assert foreign.body == unknown.body
    assert (await api.post(f"/v1/sessions/{theirs}/verify")).status == 404
    assert (await api.get(f"/v1/sessions/{theirs}", headers={"X-API-Key": OTHER_KEY})).status == 200


async def test_history_is_paged_with_the_latest_first_and_is_the_organizations_own(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    for position, status in enumerate(["connected", "disconnected", "connected"], start=1):
        await rows.fact(position, aggregate_id=session_id, status=status)
    await rows.fact(4, aggregate_id=session_id, organization_id=rows.other_organization_id)

    first = await api.get(f"/v1/sessions/{session_id}/history?limit=2")
    second = await api.get(f"/v1/sessions/{session_id}/history?limit=2&cursor={first.body['next_cursor']}")

    assert [item["position"] for item in first.body["items"] + second.body["items"]] == [3, 2, 1]
    assert second.body["next_cursor"] is None
    HistoryList.model_validate(first.body)


async def test_bad_pages_are_refused_with_the_name_of_the_parameter(api: ApiClient) -> None:
    for query, field in [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("cursor=%00", "cursor")]:
        answer = await api.get(f"/v1/sessions?{query}")
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    assert (await api.get("/v1/sessions/no-uuid")).status == 422


async def test_a_page_load_asks_for_connected_and_connecting_sessions_that_are_not_fresh(
    api_with_kafka: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    stale, never_asked = await rows.session(), await rows.session(status="connecting")
    fresh = await rows.session()
    await rows.session(status="disconnected")
    await rows.session(organization_id=rows.other_organization_id)
    await rows.check(stale, seconds_ago=60)
    await rows.check(fresh, seconds_ago=1)

    answer = await api_with_kafka.post("/v1/sessions/verify")

    assert answer.status == 202
    assert set(answer.body["verifying"]) == {str(stale), str(never_asked)}
    assert answer.body["fresh"] == [str(fresh)]
    commands = await _commands(kafka, topic_prefix, count=2)
    assert {command.session_id for command in commands} == {stale, never_asked}
    assert {command.reason for command in commands} == {VerifyReason.PAGE_LOAD}
    assert {command.organization_id for command in commands} == {rows.organization_id}


async def test_named_sessions_are_asked_for_whatever_their_status_and_strangers_are_ignored(
    api_with_kafka: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    down = await rows.session(status="disconnected")
    theirs = await rows.session(organization_id=rows.other_organization_id)

    answer = await api_with_kafka.post(
        "/v1/sessions/verify", {"session_ids": [str(down), str(theirs), str(uuid4()), str(down)]}
    )
    none_named = await api_with_kafka.post("/v1/sessions/verify", {"session_ids": []})

    assert answer.body == {"verifying": [str(down)], "fresh": []}
    assert none_named.body == {"verifying": [], "fresh": []}
    assert [command.session_id for command in await _commands(kafka, topic_prefix, count=1)] == [down]


async def test_an_operators_check_does_not_wait_for_the_freshness_window(
    api_with_kafka: ApiClient, rows: Rows, kafka: SharedKafka, topic_prefix: str
) -> None:
    session_id = await rows.session()
    await rows.check(session_id, seconds_ago=0)

    answer = await api_with_kafka.post(f"/v1/sessions/{session_id}/verify")

    assert (answer.status, answer.body) == (202, {"verifying": [str(session_id)], "fresh": []})
    (command,) = await _commands(kafka, topic_prefix, count=1)
    assert command.reason is VerifyReason.OPERATOR


async def test_what_is_no_list_of_uuids_is_refused(api: ApiClient) -> None:
    bodies: list[Any] = [
        {"session_ids": ["x"]},
        {"session_ids": "x"},
        {"ids": []},
        [],
        {"session_ids": [str(uuid4())] * 1001},
    ]
    for body in bodies:
        assert (await api.post("/v1/sessions/verify", body)).status == 422


async def test_without_a_broker_a_verification_is_refused_at_once_and_nothing_is_written(
    api: ApiClient, rows: Rows
) -> None:
    session_id = await rows.session()

    for path in ("/v1/sessions/verify", f"/v1/sessions/{session_id}/verify"):
        started = time.monotonic()
        answer = await api.post(path)
        assert answer.status == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.body["type"] == "urn:truesend:problem:broker-away"
        assert time.monotonic() - started < 0.5 * times_longer()

    assert await rows.one("SELECT count(*) FROM truesend.session_checks") == 0
    assert "kafka" in (await api.get("/readyz")).body["problems"]


async def test_a_broker_that_goes_and_comes_back_is_noticed_both_times(
    start_api: StartApi, rows: Rows, private_kafka: Callable[[], KafkaServer]
) -> None:
    node = private_kafka()
    await create_topics(api_settings(rows, kafka_bootstrap_servers=node.bootstrap_servers))
    api = await start_api(kafka_bootstrap_servers=node.bootstrap_servers)
    await api.until_ready()
    session_id = await rows.session()
    assert (await api.post(f"/v1/sessions/{session_id}/verify")).status == 202

    node.kill()
    started = time.monotonic()
    away = await api.post(f"/v1/sessions/{session_id}/verify")
    noticed_after_s = time.monotonic() - started
    started = time.monotonic()
    known_away = await api.post(f"/v1/sessions/{session_id}/verify")
    known_after_s = time.monotonic() - started
    node.start()

    async def verified() -> bool:
        return (await api.post(f"/v1/sessions/{session_id}/verify")).status == 202

    await until(verified, 60, "a verification goes through again")
    assert (away.status, known_away.status) == (503, 503)
    assert noticed_after_s < 3 * times_longer()
    assert known_after_s < 0.5 * times_longer()


async def _commands(kafka: SharedKafka, topic_prefix: str, *, count: int) -> list[VerifySession]:
    consumer = AIOKafkaConsumer(
        f"{topic_prefix}{SESSION_VERIFY.name}",
        bootstrap_servers=kafka.bootstrap_servers,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        records = [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()
    for record in records:
        assert UUID(record.key.decode()) == UUID(orjson.loads(record.value)["session_id"])
        assert {"ce_id", "ce_type", "traceparent"} <= {name for name, _ in record.headers}
    return [VerifySession.model_validate_json(record.value) for record in records]
