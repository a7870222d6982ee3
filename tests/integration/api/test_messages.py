"""Messages over HTTP: putting them into the queue once, finding them, and why they wait."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.api.shapes import MessageDetail, MessageList, MessageRow
from tests.harness.databases import Database
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY, StartApi
from tests.integration.api.rows import Rows


def a_message(session_id: UUID, **fields: Any) -> dict[str, Any]:
    return {"session_id": str(session_id), "recipient": "+49 1512 3456789", "message_content": "Hello"} | fields


async def test_a_posted_message_is_a_pending_row_with_its_first_fact(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()

    answer = await api.post("/v1/messages", a_message(session_id))

    assert answer.status == 201
    assert next(iter(answer.body)) == "id"
    assert answer.body["recipient"] == "4915123456789"
    assert answer.body["status"] == "pending"
    assert answer.body["session_id"] == str(session_id)
    assert not {"lease_token", "lease_until"} & answer.body.keys()
    MessageRow.model_validate(answer.body)
    (fact,) = await rows.connection.fetch("SELECT * FROM truesend.event_log")
    assert (str(fact["aggregateid"]), fact["type"]) == (answer.body["id"], "message.created")
    assert orjson.loads(fact["payload"])["status"] == "pending"
    assert fact["traceparent"]
    due_in = await rows.one("SELECT scheduled_for - now() FROM scheduled_whatsapp_messages")
    assert timedelta(seconds=-10) < due_in <= timedelta()


async def test_a_posted_message_wakes_the_sender_and_the_relay(api: ApiClient, rows: Rows, database: Database) -> None:
    heard: set[str] = set()
    listener = await database.connect()
    for channel in ("truesend_dispatch", "truesend_relay"):
        await listener.add_listener(channel, lambda _connection, _process, channel, _payload: heard.add(channel))

    await api.post("/v1/messages", a_message(await rows.session()))

    async def both() -> bool:
        await listener.execute("SELECT 1")
        return len(heard) == 2

    await until(both, 5, "both channels are rung")
    await listener.close()


async def test_every_field_is_kept_as_it_was_given(api: ApiClient, rows: Rows) -> None:
    group = "120363012345678901@g.us"
    workshop_id = str(uuid4())

    answer = await api.post(
        "/v1/messages",
        a_message(
            await rows.session(),
            recipient=group,
            message_content="",
            media_url="https://example.com/a.jpg",
            media_type="image",
            scheduled_for="2030-01-02T03:04:05.678901+02:00",
            workshop_id=workshop_id,
            message_type="reminder",
        ),
    )

    assert answer.status == 201, answer.body
    assert (answer.body["recipient"], answer.body["message_content"]) == (group, "")
    assert (answer.body["media_url"], answer.body["media_type"]) == ("https://example.com/a.jpg", "image")
    assert datetime.fromisoformat(answer.body["scheduled_for"]) == datetime(2030, 1, 2, 1, 4, 5, 678901, UTC)
    assert (answer.body["workshop_id"], answer.body["message_type"]) == (workshop_id, "reminder")


BAD_FIELDS: list[tuple[str, object]] = [
    ("recipient", "not a number"),
    ("recipient", "0151 23456789"),
    ("recipient", "+999 123456789"),
    ("recipient", 4915123456789),
    ("recipient", "123@g.us"),
    ("recipient", "120363012345678901@g.us\n"),
    ("recipient", "4915123456789\u0000"),
    ("message_content", ""),
    ("message_content", "   "),
    ("message_content", None),
    ("message_content", "a\u0000b"),
    ("message_content", "x" * 65_537),
    ("message_content", {"text": "Hello"}),
    ("media_url", "ftp://example.com/a"),
    ("media_url", "javascript:alert(1)"),
    ("media_url", "https:///a"),
    ("media_url", "https://example.com/" + "a" * 2_048),
    ("media_type", "image"),
    ("media_type", "sticker"),
    ("scheduled_for", "2030-01-02T03:04:05"),
    ("scheduled_for", "tomorrow"),
    ("scheduled_for", 1_900_000_000),
    ("scheduled_for", "0001-01-01T00:00:00+14:00"),
    ("scheduled_for", "9999-12-31T23:59:59-12:00"),
    ("session_id", "no-uuid"),
    ("session_id", None),
    ("group_id", "no-uuid"),
    ("message_type", 7),
    ("lease_token", str(uuid4())),
    ("status", "sent"),
    ("nonsense\u0000", 1),
]


async def test_a_field_that_cannot_be_right_is_refused_by_its_name(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()

    for field, value in BAD_FIELDS:
        answer = await api.post("/v1/messages", a_message(session_id) | {field: value})
        assert answer.status == 422, (field, value)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [error["field"] for error in answer.body["errors"]] == [field], (field, value)

    assert await rows.one("SELECT count(*) FROM scheduled_whatsapp_messages") == 0


async def test_missing_fields_are_all_named(api: ApiClient) -> None:
    answer = await api.post("/v1/messages", {})

    assert {error["field"] for error in answer.body["errors"]} == {"session_id", "recipient", "message_content"}


async def test_a_session_of_another_organization_cannot_be_written_to(api: ApiClient, rows: Rows) -> None:
    theirs = await rows.session(organization_id=rows.other_organization_id)

    foreign = await api.post("/v1/messages", a_message(theirs))
    unknown = await api.post("/v1/messages", a_message(uuid4()))

    assert (foreign.status, foreign.body["errors"][0]["field"]) == (422, "session_id")
    assert foreign.body == unknown.body
    assert await rows.one("SELECT count(*) FROM scheduled_whatsapp_messages") == 0
    assert await rows.one("SELECT count(*) FROM truesend.event_log") == 0


BAD_BODIES = [
    (b"{", 400),
    (b"\xff", 400),
    (b"[" * 100_000, 400),
    (b'{"a":' * 2_000, 400),
    (b"[]", 422),
    (b"null", 422),
    (b'"text"', 422),
    (b"", 422),
    (b'{"recipient": "' + b"1" * 1_000_001 + b'"}', 413),
]


async def test_a_body_that_is_no_small_json_object_is_refused(api: ApiClient) -> None:
    for body, status in BAD_BODIES:
        answer = await api.call("POST", "/v1/messages", data=body)
        assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), body[:20]


async def test_a_body_without_a_length_is_bounded_too(api: ApiClient) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 50_000

    answer = await api.call("POST", "/v1/messages", data=endless())

    assert answer.status == 413


async def test_columns_that_the_crms_table_demands_are_required_by_name(start_api: StartApi, rows: Rows) -> None:
    await rows.connection.execute(
        "ALTER TABLE scheduled_whatsapp_messages ALTER group_id SET NOT NULL, ALTER message_type DROP DEFAULT,"
        ' ADD COLUMN "Branch No" integer NOT NULL, ADD COLUMN note text'
    )
    api = await start_api()
    session_id, group_id = await rows.session(), str(uuid4())

    missing = await api.post("/v1/messages", a_message(session_id))
    wrong = await api.post(
        "/v1/messages", a_message(session_id, group_id=None, message_type="x", **{"Branch No": 2**31})
    )
    unwanted = await api.post("/v1/messages", a_message(session_id, note="x"))
    good = await api.post(
        "/v1/messages", a_message(session_id, group_id=group_id, message_type="x", **{"Branch No": 7})
    )

    assert missing.status == 422
    assert {error["field"] for error in missing.body["errors"]} == {"group_id", "message_type", "Branch No"}
    assert {error["field"] for error in wrong.body["errors"]} == {"group_id", "Branch No"}
    assert "note" in {error["field"] for error in unwanted.body["errors"]}
    assert good.status == 201
    assert (good.body["group_id"], good.body["Branch No"]) == (group_id, 7)


async def test_what_the_crms_own_rules_refuse_is_a_422_that_names_the_rule(api: ApiClient, rows: Rows) -> None:
    await rows.connection.execute(
        "CREATE TABLE whatsapp_groups (id uuid PRIMARY KEY);"
        "ALTER TABLE scheduled_whatsapp_messages ADD FOREIGN KEY (group_id) REFERENCES whatsapp_groups (id),"
        " ADD CONSTRAINT no_shouting CHECK (message_content <> upper(message_content))"
    )
    session_id = await rows.session()

    unknown_group = await api.post("/v1/messages", a_message(session_id, group_id=str(uuid4())))
    shouting = await api.post("/v1/messages", a_message(session_id, message_content="SECRET"))

    assert (unknown_group.status, unknown_group.body["errors"][0]["field"]) == (422, "group_id")
    assert shouting.status == 422
    assert "no_shouting" in shouting.body["detail"]
    assert "SECRET" not in str(shouting.body)


async def test_a_key_makes_one_message_however_often_and_however_spelled_it_comes(api: ApiClient, rows: Rows) -> None:
    body = a_message(await rows.session())
    reordered = dict(reversed(body.items()))

    first = await api.post("/v1/messages", body, idempotency="order 1")
    again = await api.post("/v1/messages", reordered, idempotency="order 1")
    other = await api.post("/v1/messages", body | {"message_content": "Bye"}, idempotency="order 1")
    next_key = await api.post("/v1/messages", body, idempotency="order 2")

    assert (first.status, again.status, other.status, next_key.status) == (201, 200, 422, 201)
    assert again.body == first.body
    assert other.body["errors"][0]["field"] == "Idempotency-Key"
    assert next_key.body["id"] != first.body["id"]
    assert await rows.one("SELECT count(*) FROM scheduled_whatsapp_messages") == 2
    assert await rows.one("SELECT count(*) FROM truesend.event_log") == 2


async def test_a_hundred_requests_at_once_with_one_key_make_one_message(api: ApiClient, rows: Rows) -> None:
    body = a_message(await rows.session())

    answers = await asyncio.gather(*(api.post("/v1/messages", body, idempotency="once") for _ in range(100)))

    assert sorted(answer.status for answer in answers) == [200] * 99 + [201]
    assert len({answer.body["id"] for answer in answers}) == 1
    assert await rows.one("SELECT count(*) FROM scheduled_whatsapp_messages") == 1


async def test_two_organizations_may_use_the_same_key(api: ApiClient, rows: Rows) -> None:
    mine = a_message(await rows.session())
    theirs = a_message(await rows.session(organization_id=rows.other_organization_id))

    first = await api.post("/v1/messages", mine, idempotency="same")
    second = await api.post("/v1/messages", theirs, idempotency="same", key=OTHER_KEY)

    assert (first.status, second.status) == (201, 201)


async def test_a_request_that_failed_leaves_its_key_free(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()

    refused = await api.post("/v1/messages", a_message(uuid4()), idempotency="k")
    made = await api.post("/v1/messages", a_message(session_id), idempotency="k")

    assert (refused.status, made.status) == (422, 201)


async def test_a_key_whose_message_is_gone_does_not_send_it_again(api: ApiClient, rows: Rows) -> None:
    body = a_message(await rows.session())
    await api.post("/v1/messages", body, idempotency="k")
    await rows.connection.execute("DELETE FROM scheduled_whatsapp_messages")

    assert (await api.post("/v1/messages", body, idempotency="k")).status == 410


async def test_an_unusable_key_is_refused(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()

    for key in ("", "x" * 256, "schlüssel"):
        answer = await api.post("/v1/messages", a_message(session_id), idempotency=key)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "Idempotency-Key"), key


async def test_pages_go_through_every_message_once_while_new_ones_come(api: ApiClient, rows: Rows) -> None:
    same_moment = datetime.now(UTC)
    mine = [str(await rows.message(created_at=same_moment)) for _ in range(7)]
    await rows.message(organization_id=rows.other_organization_id)

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await api.get(f"/v1/messages?limit=3{cursor}")
        MessageList.model_validate(answer.body)
        seen += [item["id"] for item in answer.body["items"]]
        await rows.message(created_at=same_moment + timedelta(seconds=1))
        cursor = f"&cursor={answer.body['next_cursor']}" if answer.body["next_cursor"] else None

    assert sorted(seen) == sorted(mine)


async def test_filters_narrow_the_list(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    early = datetime(2026, 1, 1, tzinfo=UTC)
    wanted = str(
        await rows.message(
            session_id=session_id, status="failed", recipient="491", created_at=early, scheduled_for=early
        )
    )
    await rows.message()

    for query in (
        "status=failed",
        f"session_id={session_id}",
        f"session_id={session_id}&status=failed&created_to=2026-02-01T00:00:00Z",
        "created_from=2026-01-01T00:00:00Z&created_to=2026-01-01T00:00:01Z",
        "scheduled_from=2025-12-31T00:00:00%2B00:00&scheduled_to=2026-01-02T00:00:00Z",
    ):
        answer = await api.get(f"/v1/messages?{query}")
        assert [item["id"] for item in answer.body["items"]] == [wanted], query
    assert (await api.get("/v1/messages?status=sent")).body == {"items": [], "next_cursor": None}
    by_recipient = await api.get("/v1/messages?recipient=%2B4915112345678")
    assert len(by_recipient.body["items"]) == 1


async def test_messages_are_found_by_their_ids_all_at_once(api: ApiClient, rows: Rows) -> None:
    mine = [str(await rows.message()) for _ in range(3)]
    others = str(await rows.message(organization_id=rows.other_organization_id))

    def query(*ids: str) -> str:
        return "/v1/messages?limit=100&" + "&".join(f"id={one}" for one in ids)

    some = await api.get(query(*mine[:2], others, str(uuid4())))
    one = await api.get(query(mine[2]) + "&status=pending")
    none = await api.get(query(mine[2]) + "&status=sent")
    too_many = await api.get(query(*(str(uuid4()) for _ in range(101))))

    assert {item["id"] for item in some.body["items"]} == set(mine[:2])
    assert [item["id"] for item in one.body["items"]] == [mine[2]]
    assert none.body["items"] == []
    assert (too_many.status, too_many.body["errors"][0]["field"]) == (422, "id")
    assert (await api.get(query("x"))).status == 422


async def test_a_text_is_searched_for_as_it_stands(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    sale = await rows.message(message_content="100% off, a_b\\c", recipient="4915112345678")
    other = await rows.message(session_id=session_id, message_content="1000 offers, axbxc", recipient="4915100000000")
    await rows.message(organization_id=rows.other_organization_id, message_content="100% off, a_b\\c")

    async def found(query: str) -> set[str]:
        answer = await api.get("/v1/messages", params={"q": query})
        return {item["id"] for item in answer.body["items"]}

    assert await found("100%") == await found("A_B") == await found("b\\c") == await found("12345678") == {str(sale)}
    assert await found("OFF") == {str(sale), str(other)}
    assert await found("nothing") == set()
    of_session = await api.get("/v1/messages", params={"q": "offers", "session_id": str(session_id)})
    assert [item["id"] for item in of_session.body["items"]] == [str(other)]


BAD_FILTERS = [
    ("status=lost", "status"),
    ("session_id=x", "session_id"),
    ("recipient=%00", "recipient"),
    ("created_from=2026-01-01T00:00:00", "created_from"),
    ("created_to=0001-01-01T00:00:00%2B14:00", "created_to"),
    ("limit=201", "limit"),
    ("q=ab", "q"),
    ("q=" + "a" * 101, "q"),
    ("q=abc%00", "q"),
    ("cursor=bm9uc2Vuc2U", "cursor"),
    ("cursor=WzFd", "cursor"),
    ("cursor=WyIyMDI2LTAxLTAxIiwgIngiXQ", "cursor"),
    ("cursor=ü", "cursor"),
]


async def test_bad_filters_are_refused_by_name(api: ApiClient) -> None:
    for query, field in BAD_FILTERS:
        answer = await api.get(f"/v1/messages?{query}")
        assert answer.status == 422, query
        assert answer.body["errors"][0]["field"] == field, query


async def test_a_message_comes_with_its_attempts_and_its_history(api: ApiClient, rows: Rows) -> None:
    message_id = await rows.message(status="failed", vps_error="the gateway's words")
    await rows.connection.execute(
        "INSERT INTO truesend.message_attempts (message_id, number, organization_id, lease_token, started_at, outcome)"
        " VALUES ($1, 2, $2, gen_random_uuid(), now(), 'permanent'), ($1, 1, $2, gen_random_uuid(), now(), 'transient')",
        message_id,
        rows.organization_id,
    )
    await rows.fact(1, kind="message", aggregate_id=message_id, status="pending")
    await rows.fact(None, kind="message", aggregate_id=message_id, status="failed")

    answer = await api.get(f"/v1/messages/{message_id}")

    MessageDetail.model_validate(answer.body)
    assert answer.body["vps_error"] == "the gateway's words"
    assert [attempt["number"] for attempt in answer.body["attempts"]] == [1, 2]
    told = [entry["type"] for entry in answer.body["history"] if not entry["type"].startswith("attempt.")]
    assert told == ["message.created", "message.pending", "message.failed"]
    assert "lease_token" not in str(answer.body)


async def test_another_organizations_message_is_as_unknown_as_one_that_does_not_exist(
    api: ApiClient, rows: Rows
) -> None:
    theirs = await rows.message(organization_id=rows.other_organization_id)

    foreign, unknown = await api.get(f"/v1/messages/{theirs}"), await api.get(f"/v1/messages/{uuid4()}")

    assert foreign.status == unknown.status == 404
    assert foreign.body == unknown.body


async def test_a_message_that_is_sent_says_how_that_is_known(api: ApiClient, rows: Rows) -> None:
    async def became(message_id: UUID, what: str, confirmed_by: str | None, organization_id: UUID) -> None:
        await rows.connection.execute(
            "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
            " VALUES ('message', $1, $2, jsonb_build_object('confirmed_by', $3::text), $4)",
            message_id,
            f"message.{what}",
            confirmed_by,
            organization_id,
        )

    ours, other = rows.organization_id, rows.other_organization_id
    by_callback, corrected, failed_after, forgotten, foreign = [
        await rows.message(status=status) for status in ("sent", "sent", "failed", "sent", "sent")
    ]
    await became(by_callback, "sent", "callback", ours)
    await became(by_callback, "delivered", None, ours)
    await became(corrected, "sent", "http", ours)
    await became(corrected, "failed", None, ours)
    await became(corrected, "sent", "receipt", ours)
    await became(failed_after, "sent", "http", ours)
    await became(foreign, "sent", "http", other)

    listed = (await api.get("/v1/messages")).body["items"]
    MessageList.model_validate({"items": listed, "next_cursor": None})
    detail = (await api.get(f"/v1/messages/{by_callback}")).body

    assert {UUID(item["id"]): item["confirmed_by"] for item in listed} == {
        by_callback: "callback",
        corrected: "receipt",
        failed_after: None,
        forgotten: None,
        foreign: None,
    }
    assert detail["confirmed_by"] == "callback"


async def test_a_message_says_after_how_many_attempts_it_fails(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(max_attempts=7)
    message_id = await rows.message(retry_count=1)

    (listed,) = (await api.get("/v1/messages")).body["items"]
    detail = (await api.get(f"/v1/messages/{message_id}")).body

    assert listed["max_attempts"] == detail["max_attempts"] == 7


async def test_a_message_that_waits_says_why(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(dispatch_organizations=str(rows.organization_id))
    up, down, held = await rows.session(), await rows.session(status="disconnected"), await rows.session()
    theirs = await rows.session(organization_id=rows.other_organization_id)
    soon, long_ago = datetime.now(UTC) + timedelta(minutes=5), datetime.now(UTC) - timedelta(days=3)
    await rows.connection.execute(
        "INSERT INTO truesend.session_pace (session_id, held_until) VALUES ($1, $2)", held, soon
    )
    await rows.connection.execute("UPDATE truesend.adoption SET overdue_before = now() - interval '2 days'")
    expected = {
        await rows.message(session_id=up): None,
        await rows.message(session_id=down, scheduled_for=soon): None,
        await rows.message(session_id=down, status="sent"): None,
        await rows.message(): "no_session",
        await rows.message(session_id=uuid4()): "no_session",
        await rows.message(session_id=theirs): "no_session",
        await rows.message(session_id=up, recipient=None): "no_recipient",
        await rows.message(session_id=down): "session_down",
        await rows.message(session_id=up, next_attempt_at=soon): "backing_off",
        await rows.message(session_id=held): "gateway_hold",
        await rows.message(session_id=up, scheduled_for=long_ago, created_at=long_ago): "before_adoption",
    }
    not_enabled = await rows.message(session_id=theirs, organization_id=rows.other_organization_id)

    answer = await api.get("/v1/messages?limit=200")
    others = await api.get(f"/v1/messages/{not_enabled}", headers={"X-API-Key": OTHER_KEY})

    assert {UUID(item["id"]): item["held_reason"] for item in answer.body["items"]} == expected
    until_when = {item["held_reason"]: item["held_until"] for item in answer.body["items"]}
    assert datetime.fromisoformat(until_when["backing_off"]) == datetime.fromisoformat(until_when["gateway_hold"])
    assert until_when["session_down"] is None
    assert others.body["held_reason"] == "organization_not_enabled"
