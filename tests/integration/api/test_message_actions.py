"""An operator's actions on single messages: each changes the row only as the table of states says."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from services.api.message_states import Action, State, allowed_states, refusal
from services.api.shapes import MessageRow
from tests.harness.databases import Database
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY
from tests.integration.api.rows import Rows
from truesend.store.queries import load_queries

LONG_AGO = datetime.now(UTC) - timedelta(days=3)
HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
PATHS = {
    Action.RETRY: "retry",
    Action.CANCEL: "cancel",
    Action.CHECK: "check",
    Action.MARK_DELIVERED: "mark-delivered",
}
STATES: dict[State, Callable[[], dict[str, Any]]] = {
    State.PENDING: lambda: {"status": "pending", "next_attempt_at": HOUR_AGO},
    State.IN_FLIGHT: lambda: {
        "status": "sending",
        "lease_token": uuid4(),
        "lease_until": datetime.now(UTC) + timedelta(minutes=5),
        "attempt_started_at": HOUR_AGO,
    },
    State.ACCEPTED: lambda: {"status": "sending", "accepted_at": HOUR_AGO, "attempt_started_at": HOUR_AGO},
    State.UNCONFIRMED: lambda: {"status": "sending", "unconfirmed_at": HOUR_AGO, "attempt_started_at": HOUR_AGO},
    State.FOREIGN: lambda: {"status": "sending"},
    State.SENT: lambda: {"status": "sent", "sent_at": HOUR_AGO},
    State.DELIVERED: lambda: {"status": "sent", "sent_at": HOUR_AGO, "delivered_at": HOUR_AGO},
    State.FAILED: lambda: {"status": "failed", "error_message": "Not on WhatsApp", "vps_error": "no", "retry_count": 3},
    State.CANCELLED: lambda: {"status": "cancelled"},
    State.CANCELLED_LATE: lambda: {
        "status": "cancelled",
        "lease_token": uuid4(),
        "lease_until": HOUR_AGO,
        "attempt_started_at": HOUR_AGO,
    },
    State.ERASED: lambda: {"status": "cancelled", "message_content": "[erased]"},
}
EVERY_ACTION = [*((action, False) for action in Action), (Action.RETRY, True)]


async def the_row(rows: Rows, message_id: UUID) -> dict[str, Any]:
    row = await rows.connection.fetchrow("SELECT * FROM scheduled_whatsapp_messages WHERE id = $1", message_id)
    assert row is not None
    return dict(row)


async def the_facts(rows: Rows, message_id: UUID) -> list[dict[str, Any]]:
    found = await rows.connection.fetch(
        "SELECT payload FROM truesend.event_log WHERE aggregateid = $1 ORDER BY seq", message_id
    )
    return [orjson.loads(fact["payload"]) for fact in found]


async def attempt(rows: Rows, message_id: UUID, session_id: UUID | None, number: int = 1, **columns: Any) -> None:
    values = {
        "message_id": message_id,
        "number": number,
        "organization_id": rows.organization_id,
        "session_id": session_id,
        "gateway": "default",
        "recipient": "4915112345678",
        "lease_token": uuid4(),
        "started_at": HOUR_AGO,
        "outcome": "transient",
    } | columns
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    await rows.connection.execute(
        f"INSERT INTO truesend.message_attempts ({', '.join(values)}) VALUES ({places})", *values.values()
    )


@pytest.mark.parametrize(("action", "force"), EVERY_ACTION)
async def test_an_action_changes_a_message_only_from_the_states_that_allow_it(
    api: ApiClient, rows: Rows, action: Action, force: bool
) -> None:
    session_id = await rows.session()

    for state in State:
        message_id = await rows.message(session_id=session_id, **STATES[state]())
        before = await the_row(rows, message_id)
        answer = await api.post(f"/v1/messages/{message_id}/{PATHS[action]}", {"force": True} if force else None)
        after, facts = await the_row(rows, message_id), await the_facts(rows, message_id)

        if state in allowed_states(action, force=force):
            assert answer.status == (202 if action is Action.CHECK else 200), (state, answer.body)
            MessageRow.model_validate(answer.body)
            assert after["version"] == before["version"] + 1
            assert [fact["actor"].startswith("API key ") for fact in facts] == [True]
        else:
            assert (answer.status, answer.headers["Content-Type"]) == (409, "application/problem+json"), state
            assert answer.body["current"]["status"] == before["status"]
            assert answer.body["detail"] == refusal(action, State(answer.body["current"]["state"]))
            assert (after, facts) == (before, []), state


async def test_a_retried_message_is_pending_anew_and_keeps_its_attempts(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id, **STATES[State.FAILED](), gateway_message_id="3EB0")
    await attempt(rows, message_id, session_id)

    answer = await api.post(f"/v1/messages/{message_id}/retry", {"reason": "  the number is right now "})

    assert answer.status == 200
    row = await the_row(rows, message_id)
    assert (row["status"], row["retry_count"]) == ("pending", 0)
    assert row["next_attempt_at"] <= datetime.now(UTC) + timedelta(seconds=5)
    assert {row[name] for name in ("error_message", "vps_error", "gateway_message_id", "attempt_started_at")} == {None}
    assert await rows.one("SELECT count(*) FROM truesend.message_attempts") == 1
    (fact,) = await the_facts(rows, message_id)
    assert (fact["type"], fact["status"], fact["version"]) == ("message.retried", "pending", row["version"])
    assert fact["reason"] == "the number is right now"


async def test_a_forced_retry_ends_the_look_up_and_frees_the_chat(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id, **STATES[State.UNCONFIRMED]())
    await rows.connection.execute(
        "INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway, attempt_started_at)"
        " VALUES ($1, $2, $3, 'x', 'default', now())",
        message_id,
        rows.organization_id,
        session_id,
    )
    await rows.connection.execute(
        "INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at, lease_token,"
        " claimed_at, answered_at) VALUES ($1, $2, $3, 'x', now(), $1, now(), now())",
        message_id,
        rows.organization_id,
        session_id,
    )

    warned = await api.post(f"/v1/messages/{message_id}/retry")
    forced = await api.post(f"/v1/messages/{message_id}/retry", {"force": True})

    assert (warned.status, forced.status) == (409, 200)
    assert "may arrive twice" in warned.body["detail"]
    assert '"force": true' in warned.body["detail"]
    assert await rows.one("SELECT count(*) FROM truesend.lookups") == 0
    assert await rows.one("SELECT count(*) FROM truesend.dispatch_queue") == 0


async def test_what_the_crm_cancelled_while_it_was_sent_is_not_retried_without_force(
    api: ApiClient, rows: Rows
) -> None:
    session_id = await rows.session()
    sent, failed = [await rows.message(session_id=session_id, status="cancelled") for _ in range(2)]
    await attempt(rows, sent, session_id, outcome="sent", applied=False)
    await attempt(rows, failed, session_id, outcome="permanent", applied=False)

    answers = [await api.post(f"/v1/messages/{message_id}/retry") for message_id in (sent, failed)]

    assert [answer.status for answer in answers] == [409, 200]
    assert "may arrive twice" in answers[0].body["detail"]


async def test_a_message_may_be_retried_through_another_session_of_its_organisation(api: ApiClient, rows: Rows) -> None:
    first, second = await rows.session(), await rows.session()
    theirs = await rows.session(organization_id=rows.other_organization_id)
    message_id = await rows.message(session_id=first, status="failed")
    to_nobody = await rows.message(session_id=first, status="failed", recipient=None)

    foreign = await api.post(f"/v1/messages/{message_id}/retry", {"session_id": str(theirs)})
    nobody = await api.post(f"/v1/messages/{to_nobody}/retry", {"session_id": str(second)})
    answer = await api.post(f"/v1/messages/{message_id}/retry", {"session_id": str(second)})

    assert (foreign.status, foreign.body["errors"][0]["field"]) == (422, "session_id")
    assert (nobody.status, "no recipient" in nobody.body["detail"]) == (409, True)
    assert (answer.status, answer.body["session_id"]) == (200, str(second))
    assert (await the_facts(rows, message_id))[0]["session_id"] == str(second)


async def test_a_cancelled_message_that_is_retried_still_waits_for_its_time(api: ApiClient, rows: Rows) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    message_id = await rows.message(session_id=await rows.session(), status="cancelled", scheduled_for=tomorrow)

    answer = await api.post(f"/v1/messages/{message_id}/retry")

    assert datetime.fromisoformat(answer.body["next_attempt_at"]) == tomorrow


async def test_an_old_message_that_is_retried_is_not_expired(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    old = await rows.message(session_id=session_id, status="failed", scheduled_for=LONG_AGO, created_at=LONG_AGO)
    older = await rows.message(session_id=session_id, scheduled_for=LONG_AGO, created_at=LONG_AGO)
    await api.post(f"/v1/messages/{old}/retry")
    sender = load_queries("sender")
    expire = {"message_max_age_s": 86_400.0, "organizations": None, "row_limit": 10, "expired_message": "x"}

    assert await sender["expire_old"].fetchval(rows.connection, **expire) == 1
    assert [(await the_row(rows, message_id))["status"] for message_id in (old, older)] == ["pending", "failed"]

    await rows.connection.execute("UPDATE scheduled_whatsapp_messages SET retried_at = now() - interval '25 hours'")
    assert await sender["expire_old"].fetchval(rows.connection, **expire) == 1


async def test_of_two_operators_who_retry_at_once_one_wins(api: ApiClient, rows: Rows) -> None:
    message_id = await rows.message(session_id=await rows.session(), status="failed")

    answers = await asyncio.gather(*(api.post(f"/v1/messages/{message_id}/retry") for _ in range(6)))

    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert len(await the_facts(rows, message_id)) == 1


async def test_a_message_that_the_sender_takes_while_it_is_being_cancelled_is_not_cancelled(
    api: ApiClient, rows: Rows, database: Database
) -> None:
    message_id = await rows.message(session_id=await rows.session())
    sender: asyncpg.Connection = await database.connect()
    transaction = sender.transaction()
    await transaction.start()
    await sender.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'sending', lease_token = gen_random_uuid(), lease_until = now()"
        " + interval '1 minute', version = version + 1 WHERE id = $1",
        message_id,
    )
    cancelling = asyncio.create_task(api.post(f"/v1/messages/{message_id}/cancel"))

    async def waits() -> bool:
        return bool(await rows.one("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    await until(waits, 5, "the cancellation waits for the row")
    await transaction.commit()
    answer = await cancelling
    await sender.close()

    assert (answer.status, answer.body["current"]) == (409, {"status": "sending", "state": "in_flight"})
    assert (await the_row(rows, message_id))["status"] == "sending"


async def test_a_row_that_is_held_too_long_is_busy_and_nothing_changes(
    api: ApiClient, rows: Rows, database: Database
) -> None:
    message_id = await rows.message(session_id=await rows.session())
    other: asyncpg.Connection = await database.connect()
    async with other.transaction():
        await other.execute("SELECT FROM scheduled_whatsapp_messages WHERE id = $1 FOR UPDATE", message_id)
        answer = await api.post(f"/v1/messages/{message_id}/cancel")
    await other.close()

    assert (answer.status, answer.body["type"]) == (409, "urn:truesend:problem:busy")
    assert (await the_row(rows, message_id))["status"] == "pending"


async def test_a_check_opens_the_look_up_at_the_gateway_of_the_last_attempt(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id, **STATES[State.UNCONFIRMED]())
    await attempt(rows, message_id, session_id, 1, recipient="1", outcome="transient", started_at=LONG_AGO)
    await attempt(rows, message_id, session_id, 2, recipient="2", outcome="unconfirmed")

    answer = await api.post(f"/v1/messages/{message_id}/check")
    await rows.connection.execute("UPDATE truesend.lookups SET next_lookup_at = 'infinity', lookups = 7")
    again = await api.post(f"/v1/messages/{message_id}/check")

    lookup = await rows.connection.fetchrow("SELECT *, next_lookup_at <= now() AS is_due FROM truesend.lookups")
    assert (answer.status, again.status) == (202, 202)
    assert lookup is not None
    assert (lookup["recipient"], lookup["gateway"], lookup["orphan"]) == ("2", "default", False)
    assert (lookup["is_due"], lookup["lookups"]) == (True, 7)
    facts = await the_facts(rows, message_id)
    assert [fact["type"] for fact in facts] == ["message.check_requested"] * 2
    assert facts[0]["version"] < facts[1]["version"]


async def test_a_check_of_what_another_program_left_asks_at_its_route_if_there_is_one(
    api: ApiClient, rows: Rows
) -> None:
    session_id = await rows.session()
    routed = await rows.message(session_id=session_id, **STATES[State.UNCONFIRMED]())
    nowhere = await rows.message(session_id=None, **STATES[State.UNCONFIRMED]())

    answers = [await api.post(f"/v1/messages/{message_id}/check") for message_id in (routed, nowhere)]

    assert [answer.status for answer in answers] == [202, 409]
    assert "Look into the chat" in answers[1].body["detail"]
    assert await rows.one("SELECT orphan FROM truesend.lookups WHERE message_id = $1", routed) is True


async def test_a_message_marked_as_delivered_says_when_and_by_whom(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id, created_at=LONG_AGO, **STATES[State.FAILED]())
    at = "2026-01-01T09:00:00Z"
    too_early = await api.post(f"/v1/messages/{message_id}/mark-delivered", {"at": at})
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    too_late = await api.post(f"/v1/messages/{message_id}/mark-delivered", {"at": future})

    await api.post(
        f"/v1/messages/{message_id}/mark-delivered", {"at": HOUR_AGO.isoformat(), "reason": "seen in the chat"}
    )

    assert [problem.body["errors"][0]["field"] for problem in (too_early, too_late)] == ["at", "at"]
    row = await the_row(rows, message_id)
    assert (row["status"], row["sent_at"], row["delivered_at"]) == ("sent", HOUR_AGO, HOUR_AGO)
    assert (row["error_message"], row["vps_error"]) == (None, None)
    (fact,) = await the_facts(rows, message_id)
    assert (fact["type"], fact["confirmed_by"], fact["correction"]) == ("message.sent", "operator", True)
    assert (fact["reason"], fact["actor"][:8]) == ("seen in the chat", "API key ")


async def test_a_cancelled_message_leaves_the_queue(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id)
    await rows.connection.execute(
        "INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at)"
        " VALUES ($1, $2, $3, 'x', now())",
        message_id,
        rows.organization_id,
        session_id,
    )

    answer = await api.post(f"/v1/messages/{message_id}/cancel")

    assert answer.body["status"] == "cancelled"
    assert await rows.one("SELECT count(*) FROM truesend.dispatch_queue") == 0
    assert [fact["type"] for fact in await the_facts(rows, message_id)] == ["message.cancelled"]


@pytest.mark.parametrize("path", list(PATHS.values()))
async def test_another_organisations_message_is_as_unknown_as_none(api: ApiClient, rows: Rows, path: str) -> None:
    mine = await rows.message(session_id=await rows.session(), status="failed")
    before = await the_row(rows, mine)

    foreign = await api.post(f"/v1/messages/{mine}/{path}", {}, key=OTHER_KEY)
    unknown = await api.post(f"/v1/messages/{uuid4()}/{path}", {}, key=OTHER_KEY)

    assert (foreign.status, foreign.body) == (404, unknown.body)
    assert await the_row(rows, mine) == before


BAD_BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("retry", {"session_id": "x"}, "session_id"),
    ("retry", {"force": "yes"}, "force"),
    ("retry", {"reason": "a\u0000b"}, "reason"),
    ("cancel", {"reason": "x" * 501}, "reason"),
    ("cancel", {"force": True}, "force"),
    ("mark-delivered", {"at": "yesterday"}, "at"),
    ("mark-delivered", {"at": "9999-12-31T23:59:59Z"}, "at"),
    ("mark-delivered", {"at": "0001-01-01T00:00:00Z"}, "at"),
]


async def test_a_field_that_cannot_be_right_is_refused_by_its_name(api: ApiClient, rows: Rows) -> None:
    message_id = await rows.message(session_id=await rows.session(), status="failed")

    for path, body, field in BAD_BODIES:
        answer = await api.post(f"/v1/messages/{message_id}/{path}", body)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, field), body

    assert (await the_row(rows, message_id))["status"] == "failed"
