"""How a session may send: said, shown, and why its messages are held."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY
from tests.integration.api.rows import Rows


async def held(api: ApiClient, message_id: UUID) -> dict[str, Any]:
    answer = await api.get(f"/v1/messages/{message_id}")
    assert answer.status == 200
    return {name: answer.body[name] for name in ("held_reason", "held_until", "next_attempt_at")}


async def put(api: ApiClient, session_id: UUID, body: object) -> Any:
    return await api.call("PUT", f"/v1/sessions/{session_id}/pace", json=body)


async def test_a_pause_says_who_and_why_and_holds_what_waits_until_it_is_ended(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id)

    paused = await api.post(f"/v1/sessions/{session_id}/pause", {"reason": "the number rests"})

    assert (paused.status, paused.body["paused"], paused.body["pause_reason"]) == (200, True, "the number rests")
    assert paused.body["paused_by"].startswith("API key ")
    assert await held(api, message_id) == {"held_reason": "paused", "held_until": None, "next_attempt_at": None}
    resumed = await api.post(f"/v1/sessions/{session_id}/resume")
    assert (resumed.status, resumed.body["paused"]) == (200, False)
    assert (await held(api, message_id))["held_reason"] is None
    history = (await api.get(f"/v1/sessions/{session_id}/history")).body["items"]
    assert [item["type"] for item in history] == ["session.resumed", "session.paused"]
    assert (history[1]["reason"], history[1]["actor"]) == ("the number rests", paused.body["paused_by"])


async def test_a_second_pause_changes_nothing_and_makes_no_history(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    await api.post(f"/v1/sessions/{session_id}/pause", {"reason": "first"})

    again = await api.post(f"/v1/sessions/{session_id}/pause", {"reason": "second"})

    assert (again.status, again.body["pause_reason"]) == (200, "first")
    assert len((await api.get(f"/v1/sessions/{session_id}/history")).body["items"]) == 1


async def test_what_is_said_of_a_pace_is_all_there_is(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    quiet = {"from": "22:00", "to": "08:00", "time_zone": "Europe/Berlin"}
    whole = {"min_interval_ms": 30_000, "jitter_ms": 10_000, "hourly_cap": 50, "daily_cap": 300, "quiet_hours": quiet}

    assert (await put(api, session_id, whole)).status == 200
    told = (await api.get(f"/v1/sessions/{session_id}/pace")).body
    assert {name: told[name] for name in whole} == whole
    assert told["time_zone"] == "Europe/Berlin"

    assert (await put(api, session_id, {"daily_cap": 5})).status == 200
    told = (await api.get(f"/v1/sessions/{session_id}/pace")).body
    assert (told["daily_cap"], told["hourly_cap"], told["quiet_hours"], told["min_interval_ms"]) == (
        5,
        None,
        None,
        None,
    )


async def test_a_pause_outlives_a_new_pace(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    await api.post(f"/v1/sessions/{session_id}/pause")

    assert (await put(api, session_id, {})).body["paused"] is True


async def test_quiet_hours_say_when_a_message_will_go(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id)
    end = (datetime.now(UTC) + timedelta(hours=2)).replace(second=0, microsecond=0)
    begin = datetime.now(UTC) - timedelta(hours=2)
    quiet = {"from": f"{begin:%H:%M}", "to": f"{end:%H:%M}", "time_zone": "UTC"}

    queue = (await put(api, session_id, {"quiet_hours": quiet})).body

    assert queue["held_reason"] == "quiet_hours"
    found = await held(api, message_id)
    assert found["held_reason"] == "quiet_hours"
    assert datetime.fromisoformat(found["held_until"]) == datetime.fromisoformat(found["next_attempt_at"]) == end


async def test_a_cap_counts_what_was_sent_before_it_was_said_and_says_until_when_it_holds(
    api: ApiClient, rows: Rows
) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id)
    await rows.connection.execute(
        "INSERT INTO truesend.message_attempts"
        " (message_id, number, organization_id, session_id, recipient, lease_token, started_at, outcome)"
        " SELECT gen_random_uuid(), 1, $1, $2, '1', gen_random_uuid(), now(), 'sent' FROM generate_series(1, 3)",
        rows.organization_id,
        session_id,
    )

    queue = (await put(api, session_id, {"daily_cap": 3})).body

    midnight = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert (queue["started_on_day"], queue["held_reason"]) == (3, "cap_reached")
    found = await held(api, message_id)
    assert found["held_reason"] == "cap_reached"
    assert datetime.fromisoformat(found["held_until"]) == midnight
    assert (await put(api, session_id, {"daily_cap": 4})).body["held_reason"] is None


async def test_a_cap_that_ends_inside_quiet_hours_holds_until_those_end(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id)
    hour_ends = (datetime.now(UTC) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    quiet_ends = hour_ends + timedelta(hours=3)
    quiet = {"from": f"{hour_ends - timedelta(seconds=1):%H:%M}", "to": f"{quiet_ends:%H:%M}", "time_zone": "UTC"}
    await put(api, session_id, {"hourly_cap": 1, "quiet_hours": quiet})
    await rows.connection.execute(
        "UPDATE truesend.session_rules SET started_in_hour = 1, hour_began_at = date_trunc('hour', now(), 'UTC')"
    )

    assert datetime.fromisoformat((await held(api, message_id))["held_until"]) == quiet_ends


async def test_what_is_held_for_several_reasons_goes_when_the_last_of_them_is_over(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    message_id = await rows.message(session_id=session_id)
    await rows.connection.execute(
        "INSERT INTO truesend.session_pace (session_id, held_until, hold_reason)"
        " VALUES ($1, now() + interval '3 hours', 'restricted')",
        session_id,
    )
    end = (datetime.now(UTC) + timedelta(hours=2)).replace(second=0, microsecond=0)
    begin = datetime.now(UTC) - timedelta(hours=2)
    await put(api, session_id, {"quiet_hours": {"from": f"{begin:%H:%M}", "to": f"{end:%H:%M}", "time_zone": "UTC"}})

    found = await held(api, message_id)

    assert found["held_reason"] == "quiet_hours"
    assert datetime.fromisoformat(found["held_until"]) > end


@pytest.mark.parametrize(("pause", "longest_s"), [({"min_interval_ms": 2_000, "jitter_ms": 1_000}, 3), ({}, 0)])
async def test_a_new_pace_shortens_a_pause_that_is_longer_than_its_own_and_never_drops_it(
    api: ApiClient, rows: Rows, pause: dict[str, int], longest_s: int
) -> None:
    session_id = await rows.session()
    await rows.connection.execute(
        "INSERT INTO truesend.session_pace (session_id, next_send_at) VALUES ($1, now() + interval '1 hour')",
        session_id,
    )

    await put(api, session_id, pause)

    left = await rows.one("SELECT extract(epoch FROM next_send_at - now())::float8 FROM truesend.session_pace")
    assert longest_s - 2 < left <= longest_s


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"min_interval_ms": -1}, "min_interval_ms"),
        ({"min_interval_ms": 1.5}, "min_interval_ms"),
        ({"min_interval_ms": 86_400_001}, "min_interval_ms"),
        ({"jitter_ms": "100"}, "jitter_ms"),
        ({"hourly_cap": 0}, "hourly_cap"),
        ({"daily_cap": True}, "daily_cap"),
        ({"quiet_hours": {"from": "22:00", "to": "08:00"}}, "quiet_hours.time_zone"),
        ({"quiet_hours": {"from": "22:00", "to": "08:00", "time_zone": "Mars/Olympus"}}, "quiet_hours.time_zone"),
        ({"quiet_hours": {"from": "25:00", "to": "08:00", "time_zone": "UTC"}}, "quiet_hours.from"),
        ({"quiet_hours": {"from": "08:00", "to": "08:00", "time_zone": "UTC"}}, "quiet_hours"),
        ({"quiet_hours": {"from": "08:00+01:00", "to": "09:00", "time_zone": "UTC"}}, "quiet_hours.from"),
        ({"quiet_hours": "at night"}, "quiet_hours"),
        ({"time_zone": "\x00"}, "time_zone"),
        ({"speed": 1}, "speed"),
        ([], "body"),
    ],
)
async def test_a_pace_that_cannot_be_kept_is_refused_by_the_name_of_its_field(
    api: ApiClient, rows: Rows, body: object, field: str
) -> None:
    session_id = await rows.session()

    answer = await put(api, session_id, body)

    assert answer.status == 422
    assert field in [error["field"] for error in answer.body["errors"]]
    assert await rows.one("SELECT count(*) FROM truesend.session_rules") == 0


async def test_nobody_paces_or_pauses_another_organizations_session(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()

    for path in (f"/v1/sessions/{session_id}", f"/v1/sessions/{uuid4()}"):
        assert (await api.post(f"{path}/pause", key=OTHER_KEY)).status == 404
        assert (await api.post(f"{path}/resume", key=OTHER_KEY)).status == 404
        for method in ("GET", "PUT"):
            answer = await api.call(method, f"{path}/pace", headers={"X-API-Key": OTHER_KEY}, json={"daily_cap": 1})
            assert answer.status == 404
    assert await rows.one("SELECT count(*) FROM truesend.session_rules") == 0
