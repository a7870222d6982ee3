"""The overview over HTTP: one answer with all that an organisation sees at a glance."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services.api import overview
from services.api.shapes import Overview
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY, StartApi
from tests.integration.api.rows import Rows

NOW = datetime.now(UTC)


async def found(rows: Rows, session_id: UUID, status: str, *, hours_ago: float, **payload: Any) -> None:
    """What the verifier writes of a session, so long ago."""
    at = NOW - timedelta(hours=hours_ago)
    body = {"status": status, "paired": True, "phone_number": "4915112345678", "last_verified_at": at.isoformat()}
    await fact(rows, "session", session_id, f"session.{payload.pop('type', status)}", at, body | payload)


async def became(rows: Rows, message_id: UUID, what: str, at: datetime, **payload: Any) -> None:
    """What the sender writes of a message."""
    await fact(rows, "message", message_id, f"message.{what}", at, payload)


async def fact(rows: Rows, kind: str, of: UUID, fact_type: str, at: datetime, payload: dict[str, Any]) -> None:
    await rows.connection.execute(
        "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        kind,
        of,
        fact_type,
        orjson.dumps(payload).decode(),
        rows.organization_id,
        at,
    )


async def waits(rows: Rows, session_id: UUID, *, seconds: float) -> None:
    """A message of this session that is due, as the sender queues it."""
    await rows.connection.execute(
        "INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at)"
        " VALUES ($1, $2, $3, '4915112345678', now() - make_interval(secs => $4))",
        uuid4(),
        rows.organization_id,
        session_id,
        seconds,
    )


async def the_overview(api: ApiClient, query: str = "", **options: Any) -> dict[str, Any]:
    answer = await api.get(f"/v1/overview{query}", **options)
    assert answer.status == 200, answer.body
    Overview.model_validate(answer.body)
    body: dict[str, Any] = answer.body
    return body


async def test_an_organization_without_anything_has_an_overview_of_nothing(api: ApiClient) -> None:
    seen = await the_overview(api)

    assert set(seen["sessions"].values()) == {0}
    assert set(seen["messages"].values()) == {0}
    assert len(seen["outcomes"]) == len(seen["time_to_confirm"]) == 25
    assert [seen[name] for name in ("queues", "uptime", "alerts", "webhooks")] == [[], [], [], []]


async def test_sessions_are_counted_by_the_badge_that_they_show(api: ApiClient, rows: Rows) -> None:
    await rows.session(last_verified_at=NOW)
    await rows.session(last_verified_at=NOW, last_error="timed out", last_error_at=NOW)
    await rows.session(status="disconnected", connected_at=NOW)
    await rows.session(status="disconnected")
    await rows.session(organization_id=rows.other_organization_id, last_verified_at=NOW)

    seen = (await the_overview(api))["sessions"]

    assert {name: count for name, count in seen.items() if count} == {
        "connected": 1,
        "cannot_verify": 1,
        "disconnected": 1,
        "never_paired": 1,
    }


async def test_the_strip_shows_what_was_found_and_what_was_so_before_the_window(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session(last_verified_at=datetime.now(UTC))
    await found(rows, session_id, "disconnected", hours_ago=300)
    await found(rows, session_id, "connected", hours_ago=200)
    await found(rows, session_id, "disconnected", hours_ago=6, last_error="Logged out")
    await found(rows, session_id, "connected", hours_ago=5)
    error = {"last_error": "timed out", "last_error_at": NOW.isoformat()}
    await found(rows, session_id, "connected", hours_ago=3, type="cannot_verify", **error)
    await found(rows, session_id, "connected", hours_ago=2)

    seen = await the_overview(api)

    (strip,) = seen["uptime"]
    assert strip["session_id"] == str(session_id)
    assert [segment["state"] for segment in strip["segments"]] == ["up", "down", "up", "unknown", "up"]
    assert strip["segments"][0]["from"] == seen["since"]
    assert strip["segments"][-1]["to"] == seen["as_of"]
    assert datetime.fromisoformat(strip["segments"][1]["from"]) == NOW - timedelta(hours=6)


async def test_a_session_that_was_verified_and_never_changed_is_up_since_it_is_watched(
    api: ApiClient, rows: Rows
) -> None:
    await rows.session(last_verified_at=datetime.now(UTC), phone_number="4915112345678", created_at=NOW)

    (strip,) = (await the_overview(api))["uptime"]

    assert [segment["state"] for segment in strip["segments"]] == ["unknown", "up"]


async def test_a_session_that_nobody_verifies_any_more_is_not_drawn_as_up(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session(last_verified_at=NOW - timedelta(hours=1))
    await found(rows, session_id, "connected", hours_ago=200)

    (strip,) = (await the_overview(api))["uptime"]

    assert [segment["state"] for segment in strip["segments"]] == ["up", "unknown"]


async def test_a_session_with_more_facts_than_are_read_is_unknown_before_them(
    api: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "FACTS_PER_SESSION", 4)
    session_id = await rows.session(last_verified_at=datetime.now(UTC))
    await found(rows, session_id, "connected", hours_ago=200)
    for number in range(8):
        await found(rows, session_id, ("disconnected", "connected")[number % 2], hours_ago=8 - number)

    (strip,) = (await the_overview(api))["uptime"]

    states = [segment["state"] for segment in strip["segments"]]
    assert states == ["unknown", "down", "up", "down", "up"]


async def test_messages_on_their_way_are_counted_as_they_are_now(api: ApiClient, rows: Rows) -> None:
    await rows.message()
    await rows.message(scheduled_for=NOW + timedelta(days=3))
    await rows.message(status="sending")
    await rows.message(status="sending", unconfirmed_at=NOW)
    await rows.message(organization_id=rows.other_organization_id)

    seen = (await the_overview(api))["messages"]

    assert (seen["pending"], seen["sending"], seen["unconfirmed"]) == (2, 1, 1)


async def test_a_message_counts_once_by_the_last_word_on_it(api: ApiClient, rows: Rows) -> None:
    this_hour = NOW.replace(minute=0, second=0, microsecond=0)
    before = this_hour - timedelta(minutes=30)
    corrected, failed, retried, doubted = [uuid4() for _ in range(4)]
    await became(rows, corrected, "failed", before)
    await became(rows, corrected, "sent", this_hour)
    await became(rows, failed, "failed", before)
    await became(rows, retried, "failed", before)
    await became(rows, retried, "retried", this_hour)
    await became(rows, doubted, "unconfirmed", before)
    await became(rows, uuid4(), "sent", NOW - timedelta(hours=30))

    seen = await the_overview(api)

    by_hour = {datetime.fromisoformat(hour.pop("hour")): hour for hour in seen["outcomes"]}
    assert by_hour[this_hour] == {"sent": 1, "failed": 0, "cancelled": 0, "unconfirmed": 0}
    assert by_hour[this_hour - timedelta(hours=1)] == {"sent": 0, "failed": 1, "cancelled": 0, "unconfirmed": 1}
    assert [seen["messages"][name] for name in ("sent", "failed", "cancelled")] == [1, 1, 0]


async def test_the_time_to_confirm_counts_from_the_attempt_and_without_what_a_person_marked(
    api: ApiClient, rows: Rows
) -> None:
    at = NOW - timedelta(hours=2)
    for seconds in (1, 2, 30):
        started = at - timedelta(seconds=seconds)
        message_id = await rows.message(status="sent", attempt_started_at=started)
        await became(rows, message_id, "sent", at, confirmed_by="http")
    marked = await rows.message(status="sent", attempt_started_at=at - timedelta(hours=1))
    await became(rows, marked, "sent", at, confirmed_by="operator")

    hours = (await the_overview(api))["time_to_confirm"]

    (measured,) = [hour for hour in hours if hour["confirmed"]]
    assert measured["confirmed"] == 4
    assert measured["median_s"] == 2
    assert 20 < measured["p95_s"] < 30


async def test_a_queue_says_how_many_wait_since_when_and_why(api: ApiClient, rows: Rows) -> None:
    down = await rows.session(status="disconnected", connected_at=NOW)
    busy = await rows.session()
    await rows.session()
    for seconds in (600, 30, 20):
        await waits(rows, down, seconds=seconds)
    await waits(rows, busy, seconds=10)
    await waits(rows, busy, seconds=-600)

    queues = (await the_overview(api))["queues"]

    assert [(queue["session_id"], queue["waiting"], queue["held_reason"]) for queue in queues] == [
        (str(down), 3, "session_down"),
        (str(busy), 1, None),
    ]
    waited = datetime.now(UTC) - datetime.fromisoformat(queues[0]["oldest_due_at"])
    assert waited > timedelta(seconds=590)


async def test_alerts_are_the_open_ones_and_those_that_ended_within_the_window(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()

    async def alert(kind: str, *, resolved_hours_ago: float | None) -> str:
        alert_id = uuid4()
        resolved_at = None if resolved_hours_ago is None else NOW - timedelta(hours=resolved_hours_ago)
        await rows.connection.execute(
            "INSERT INTO truesend.alerts (id, organization_id, kind, session_id, since, raised_at, resolved_at)"
            " VALUES ($1, $2, $3, $4, $5, $5, $6)",
            alert_id,
            rows.organization_id,
            kind,
            session_id,
            NOW - timedelta(hours=100),
            resolved_at,
        )
        return str(alert_id)

    over = await alert("session_down", resolved_hours_ago=2)
    still = await alert("session_down", resolved_hours_ago=None)
    await alert("messages_waiting", resolved_hours_ago=50)

    assert [item["id"] for item in (await the_overview(api))["alerts"]] == [still, over]


async def test_webhooks_are_told_of_the_gateways_that_the_organizations_sessions_are_on(
    start_api: StartApi, rows: Rows
) -> None:
    api = await start_api(webhook_secret="the secret of the webhooks")
    await rows.session()
    await rows.session(gateway="not configured here")
    await rows.connection.execute(
        "INSERT INTO truesend.webhook_gateways (gateway, accepted, last_accepted_at) VALUES ('default', 12, $1)", NOW
    )

    (webhooks,) = (await the_overview(api))["webhooks"]

    assert (webhooks["gateway"], webhooks["accepted"], webhooks["refused"]) == ("default", 12, 0)
    assert webhooks["says"].startswith("Webhooks arrive")


async def test_another_organization_sees_nothing_of_it(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session(last_verified_at=NOW)
    await found(rows, session_id, "connected", hours_ago=3)
    await became(rows, await rows.message(), "sent", NOW)
    await waits(rows, session_id, seconds=60)

    seen = await the_overview(api, headers={"X-API-Key": OTHER_KEY})

    assert set(seen["sessions"].values()) | set(seen["messages"].values()) == {0}
    assert not any(hour["sent"] for hour in seen["outcomes"])
    assert [seen[name] for name in ("queues", "uptime", "alerts", "webhooks")] == [[], [], [], []]


async def test_the_window_is_as_long_as_asked_for_within_a_week(api: ApiClient) -> None:
    assert len((await the_overview(api, "?hours=168"))["outcomes"]) == 169
    assert len((await the_overview(api, "?hours=1"))["outcomes"]) == 2
    for wrong in ("0", "169", "x"):
        assert (await api.get(f"/v1/overview?hours={wrong}")).status == 422
