"""Batches: each message accepted or refused by itself, the whole idempotent, and how far it is."""

import io
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY
from tests.integration.api.rows import Rows


def item(session_id: UUID, number: int = 0, **fields: Any) -> dict[str, Any]:
    return {"session_id": str(session_id), "recipient": f"4915112{number:06}", "message_content": "Hello"} | fields


async def progress(api: ApiClient, batch_id: str) -> dict[str, Any]:
    answer = await api.get(f"/v1/batches/{batch_id}")
    assert answer.status == 200
    body: dict[str, Any] = answer.body
    return body


async def test_each_message_is_accepted_or_refused_by_itself_in_the_order_given(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    foreign = await rows.session(organization_id=rows.other_organization_id)
    messages = [
        item(session_id, 1),
        item(session_id, 2, recipient="nobody"),
        item(foreign, 3),
        "no message",
        item(session_id, 4, media_type="image"),
        item(session_id, 5, scheduled_for="2150-01-01T00:00:00Z"),
    ]

    answer = await api.post("/v1/messages/batch", {"messages": messages})

    assert answer.status == 201
    results = answer.body["results"]
    assert ["id" in result for result in results] == [True, False, False, False, False, True]
    fields = [result["error"]["errors"][0]["field"] for result in results if "error" in result]
    assert fields == ["recipient", "session_id", "message", "media_type"]
    batch = await progress(api, answer.body["batch_id"])
    assert (batch["total"], batch["accepted"], batch["refused"]) == (6, 2, 4)
    assert batch["counts"] == {"pending": 2, "sending": 0, "sent": 0, "failed": 0, "cancelled": 0}
    row = (await api.get(f"/v1/messages/{results[0]['id']}")).body
    assert (row["batch_id"], row["recipient"]) == (answer.body["batch_id"], "4915112000001")
    assert row["history"][0]["type"] == "message.created"


async def test_a_row_that_the_crms_table_refuses_stops_no_other(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    await rows.connection.execute(
        "ALTER TABLE scheduled_whatsapp_messages ADD CONSTRAINT no_shouting CHECK (message_content <> 'LOUD')"
    )
    contents = ["LOUD" if number in {0, 7, 20} else "Hello" for number in range(21)]

    answer = await api.post(
        "/v1/messages/batch",
        {"messages": [item(session_id, number, message_content=text) for number, text in enumerate(contents)]},
    )

    refused = [number for number, result in enumerate(answer.body["results"]) if "error" in result]
    assert (answer.status, refused) == (201, [0, 7, 20])
    assert "no_shouting" in answer.body["results"][7]["error"]["detail"]
    assert await rows.one("SELECT count(*) FROM scheduled_whatsapp_messages") == 18
    assert await rows.one("SELECT count(*) FROM truesend.event_log WHERE type = 'message.created'") == 18


async def test_the_same_batch_again_makes_nothing_and_answers_the_same(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    body = {"messages": [item(session_id, 1), item(session_id, 2, recipient="nobody")]}

    first = await api.post("/v1/messages/batch", body, idempotency="campaign-1")
    second = await api.post("/v1/messages/batch", body, idempotency="campaign-1")
    other = await api.post("/v1/messages/batch", {"messages": [item(session_id, 3)]}, idempotency="campaign-1")
    single = await api.post("/v1/messages", item(session_id, 1), idempotency="campaign-1")

    assert [answer.status for answer in (first, second, other, single)] == [201, 200, 422, 422]
    assert first.body == second.body
    assert await rows.one("SELECT count(*) FROM scheduled_whatsapp_messages") == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"messages": []}, 422),
        ({"messages": {}}, 422),
        ({"messages": [{}] * 1001}, 422),
        ({"messages": [{}], "session_id": "x"}, 422),
        ([], 422),
        (None, 422),
    ],
)
async def test_what_is_no_batch_is_refused_whole(api: ApiClient, rows: Rows, body: object, status: int) -> None:
    answer = await api.post("/v1/messages/batch", body)

    assert answer.status == status
    assert answer.body["errors"]
    assert await rows.one("SELECT count(*) FROM truesend.batches") == 0


async def test_a_thousand_messages_are_taken_in_one_request(api: ApiClient, rows: Rows) -> None:
    sessions = [await rows.session() for _ in range(10)]
    messages = [item(sessions[number % 10], number, message_content="x" * 2_000) for number in range(1000)]

    body = io.BytesIO(orjson.dumps({"messages": messages}))
    answer = await api.call("POST", "/v1/messages/batch", data=body)

    assert answer.status == 201
    assert len({result["id"] for result in answer.body["results"]}) == 1000
    assert await rows.one("SELECT count(*) FROM truesend.event_log WHERE type = 'message.created'") == 1000


async def test_a_batchs_progress_counts_what_came_to_an_end_and_the_time_by_its_sessions_pace(
    api: ApiClient, rows: Rows
) -> None:
    session_id = await rows.session()
    await api.call("PUT", f"/v1/sessions/{session_id}/pace", json={"min_interval_ms": 10_000, "jitter_ms": 4_000})
    answer = await api.post("/v1/messages/batch", {"messages": [item(session_id, number) for number in range(4)]})
    first, second, *_ = [result["id"] for result in answer.body["results"]]
    await rows.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE id = $1", first)
    await rows.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'failed' WHERE id = $1", second)

    batch = await progress(api, answer.body["batch_id"])

    assert (batch["counts"]["sent"], batch["counts"]["failed"], batch["counts"]["pending"]) == (1, 1, 2)
    assert (batch["progress"], batch["finished"]) == (0.5, False)
    assert 12 <= batch["seconds_left"] <= 13
    await api.post(f"/v1/sessions/{session_id}/pause")
    assert (await progress(api, answer.body["batch_id"]))["seconds_left"] is None
    await rows.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent'")
    batch = await progress(api, answer.body["batch_id"])
    assert (batch["progress"], batch["finished"], batch["seconds_left"]) == (1.0, True, 0.0)


async def test_a_batch_is_seen_by_its_own_organization_only(api: ApiClient, rows: Rows) -> None:
    answer = await api.post("/v1/messages/batch", {"messages": [item(await rows.session())]})
    path = f"/v1/batches/{answer.body['batch_id']}"

    assert (await api.call("GET", path, headers={"X-API-Key": OTHER_KEY})).status == 404
    assert (await api.get(f"/v1/batches/{uuid4()}")).status == 404
    listed = (await api.get(f"/v1/messages?batch_id={answer.body['batch_id']}")).body["items"]
    assert [row["batch_id"] for row in listed] == [answer.body["batch_id"]]
