"""The history of messages over HTTP: the whole story, in order, in pages, and one's own only."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.api.shapes import HistoryList, MessageDetail
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY
from tests.integration.api.rows import Rows


async def test_a_message_tells_what_became_of_it_and_who_changed_it(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    posted = await api.post(
        "/v1/messages", {"session_id": str(session_id), "recipient": "+49 1512 3456789", "message_content": "Hello"}
    )
    message_id = posted.body["id"]
    await rows.connection.execute(
        "INSERT INTO truesend.message_attempts (message_id, number, organization_id, session_id, gateway, lease_token,"
        " claimed_at, started_at, outcome, answer) VALUES ($1, 1, $2, $3, 'default', gen_random_uuid(), now(), now(),"
        " 'permanent', 'not on WhatsApp')",
        message_id,
        rows.organization_id,
        session_id,
    )
    await rows.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'failed'")
    await api.post(f"/v1/messages/{message_id}/retry", {"reason": "it is, by now"})
    await api.post(f"/v1/messages/{message_id}/cancel")
    await rows.connection.execute(
        "INSERT INTO truesend.evidence (session_id, organization_id, told_key, kind, reader, told_at, is_timed, message_id)"
        " SELECT $1, $2, gen_random_uuid(), 'read', n::text, now() + interval '1 minute', true, $3"
        " FROM generate_series(1, 3) AS n",
        session_id,
        rows.organization_id,
        message_id,
    )

    answer = await api.get(f"/v1/messages/{message_id}")

    MessageDetail.model_validate(answer.body)
    history = answer.body["history"]
    assert [entry["type"] for entry in history] == [
        "message.created",
        "attempt.claimed",
        "attempt.started",
        "attempt.answered",
        "message.retried",
        "message.cancelled",
        "gateway.read",
    ]
    assert (history[3]["outcome"], history[3]["answer"]) == ("permanent", "not on WhatsApp")
    assert (history[4]["reason"], history[4]["actor"][:8]) == ("it is, by now", "API key ")
    assert history[6]["readers"] == 3
    assert answer.body["history_next_cursor"] is None
    assert "lease_token" not in str(answer.body)


async def test_history_is_paged_without_a_gap_or_a_repetition(api: ApiClient, rows: Rows) -> None:
    message_id = await rows.message(status="failed", created_at=datetime.now(UTC) - timedelta(hours=1))
    for number in range(7):
        await rows.fact(number + 1, kind="message", aggregate_id=message_id, status="failed")
    whole = (await api.get(f"/v1/messages/{message_id}/history")).body["items"]

    pages: list[Any] = []
    cursor = ""
    while True:
        answer = await api.get(f"/v1/messages/{message_id}/history?limit=3{cursor}")
        HistoryList.model_validate(answer.body)
        pages.append(answer.body["items"])
        if answer.body["next_cursor"] is None:
            break
        cursor = f"&cursor={answer.body['next_cursor']}"

    assert [len(page) for page in pages] == [3, 3, 2]
    assert [entry for page in pages for entry in page] == whole
    assert whole[0]["type"] == "message.created"


async def test_a_long_history_is_cut_and_says_where_it_goes_on(api: ApiClient, rows: Rows) -> None:
    message_id = await rows.message(status="failed")
    await rows.connection.execute(
        "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
        " SELECT 'message', $1, 'message.unconfirmed', jsonb_build_object('id', $1::uuid, 'status', 'sending',"
        " 'occurred_at', now() + make_interval(secs => n)), $2 FROM generate_series(1, 620) AS n",
        message_id,
        rows.organization_id,
    )

    detail = (await api.get(f"/v1/messages/{message_id}")).body
    rest = (await api.get(f"/v1/messages/{message_id}/history?limit=200&cursor={detail['history_next_cursor']}")).body

    assert (len(detail["history"]), len(rest["items"]), rest["next_cursor"]) == (500, 121, None)


async def test_the_history_of_another_organisations_message_is_unknown(api: ApiClient, rows: Rows) -> None:
    mine = await rows.message()

    foreign = await api.get(f"/v1/messages/{mine}/history", headers={"X-API-Key": OTHER_KEY})
    unknown = await api.get(f"/v1/messages/{uuid4()}/history", headers={"X-API-Key": OTHER_KEY})

    assert (foreign.status, foreign.body) == (404, unknown.body)


async def test_a_cursor_of_something_else_is_refused_by_name(api: ApiClient, rows: Rows) -> None:
    message_id = await rows.message()

    for cursor in ("bm9uc2Vuc2U", "WzFd", "WyIyMDI2LTAxLTAxIiwgMSwgMV0", "ü"):
        answer = await api.get(f"/v1/messages/{message_id}/history?cursor={cursor}")
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "cursor"), cursor
