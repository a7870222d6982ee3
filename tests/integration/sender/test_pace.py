"""A session's own rules: its pace, its caps, its quiet hours, and the operator's pause."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.databases import Database
from tests.harness.waiting import until
from tests.integration.sender.conftest import Stage
from truesend.store.queries import load_queries

ZONE = "Europe/Berlin"


async def rules(stage: Stage, session_id: UUID, **columns: Any) -> None:
    """The session's rules, as an operator has said them."""
    values = {"session_id": session_id, "organization_id": stage.organization_id} | columns
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await stage.connection.execute("DELETE FROM truesend.session_rules WHERE session_id = $1", session_id)
    await stage.connection.execute(f"INSERT INTO truesend.session_rules ({names}) VALUES ({places})", *values.values())
    await stage.connection.execute("NOTIFY truesend_dispatch")


async def messages(stage: Stage, session_id: UUID, count: int) -> list[UUID]:
    return [
        await stage.message(session_id, recipient=f"91980000{number:04}", due_in_s=-100 + number)
        for number in range(count)
    ]


async def sent(stage: Stage) -> int:
    count: int = await stage.connection.fetchval(
        "SELECT count(*) FROM scheduled_whatsapp_messages WHERE status = 'sent'"
    )
    return count


async def test_a_paused_sessions_messages_wait_and_leave_when_it_is_resumed(stage: Stage) -> None:
    session_id, other = await stage.session("wa_1"), await stage.session("wa_2")
    await rules(stage, session_id, paused_at=datetime.now(UTC))
    (waiting,) = await messages(stage, session_id, 1)
    await stage.start_sender()
    await stage.becomes(await stage.message(other), status="sent", within_s=15)
    assert (await stage.row(waiting))["status"] == "pending"

    await rules(stage, session_id)

    await stage.becomes(waiting, status="sent")


async def test_what_is_at_the_gateway_when_its_session_is_paused_comes_to_its_end_and_nothing_follows(
    stage: Stage,
) -> None:
    session_id, other = await stage.session("wa_1", latency_ms=600), await stage.session("wa_2")
    first, second = await messages(stage, session_id, 2)
    await stage.start_sender()
    await stage.becomes(first, started=True, within_s=15)

    await rules(stage, session_id, paused_at=datetime.now(UTC))

    await stage.becomes(first, status="sent")
    await stage.becomes(await stage.message(other), status="sent")
    assert (await stage.row(second))["status"] == "pending"


@pytest.mark.parametrize("cap", ["hourly_cap", "daily_cap"])
async def test_two_senders_together_never_start_more_than_a_sessions_cap(stage: Stage, cap: str) -> None:
    session_id, other = await stage.session("wa_1"), await stage.session("wa_2")
    await rules(stage, session_id, **{cap: 3}, time_zone=zone_whose_hour_is_young())
    await messages(stage, session_id, 6)
    await stage.start_sender()
    await stage.start_sender()

    async def three() -> bool:
        return await sent(stage) == 3

    await until(three, 15, "three are sent")
    await stage.becomes(await stage.message(other), status="sent")
    assert await sent(stage) == 4
    assert len(stage.gateway.ledger.posts) == 4


async def test_a_cap_of_an_hour_that_is_over_no_longer_counts(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    earlier = datetime.now(UTC) - timedelta(hours=2)
    await rules(stage, session_id, hourly_cap=2, started_in_hour=2, hour_began_at=earlier)
    first, second = await messages(stage, session_id, 2)
    await stage.start_sender()

    await stage.becomes(first, status="sent", within_s=15)
    await stage.becomes(second, status="sent")


async def test_nothing_leaves_in_a_sessions_quiet_hours(stage: Stage) -> None:
    session_id, other = await stage.session("wa_1"), await stage.session("wa_2")
    now = datetime.now(UTC)
    quiet = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_to": (now + timedelta(hours=1)).time()}
    await rules(stage, session_id, **quiet)
    (waiting,) = await messages(stage, session_id, 1)
    await stage.start_sender()
    await stage.becomes(await stage.message(other), status="sent", within_s=15)
    assert (await stage.row(waiting))["status"] == "pending"

    await rules(stage, session_id, quiet_from=quiet["quiet_to"], quiet_to=quiet["quiet_from"])

    await stage.becomes(waiting, status="sent")


async def test_the_sender_looks_again_when_a_sessions_quiet_hours_end(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    now = datetime.now(UTC)
    ends = (now + timedelta(hours=1)).replace(microsecond=0)
    await rules(stage, session_id, quiet_from=(now - timedelta(hours=1)).time(), quiet_to=ends.time())
    next_due = load_queries("sender")["next_due"]
    assert await next_due.fetchval(stage.connection) is None

    await stage.connection.execute(
        "INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at)"
        " VALUES (gen_random_uuid(), $1, $2, '919800000001', now())",
        stage.organization_id,
        session_id,
    )

    due_in_s = await next_due.fetchval(stage.connection)
    assert due_in_s == pytest.approx((ends - datetime.now(UTC)).total_seconds(), abs=5)


async def test_a_session_keeps_its_own_interval_and_jitter(stage: Stage) -> None:
    session_id = await stage.session("wa_1")
    await rules(stage, session_id, min_interval_ms=300, jitter_ms=200)
    ids = await messages(stage, session_id, 4)
    await stage.start_sender()

    await stage.becomes(ids[-1], status="sent", within_s=20)

    times = [post.at for post in stage.gateway.ledger.posts]
    assert all(later - earlier >= 0.25 for earlier, later in pairwise(times))


def zone_whose_hour_is_young() -> str:
    """A zone in which neither the hour nor the day ends within the next minutes, whatever the clock shows."""
    now = datetime.now(UTC)
    zones = ["UTC", "Asia/Kolkata", "Asia/Kathmandu"]
    return max(zones, key=lambda zone: -now.astimezone(ZoneInfo(zone)).minute)


@pytest_asyncio.fixture
async def connection(database: Database) -> asyncpg.Connection:
    return await database.connect()


clock_times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001 - the zone comes with `timezones`


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(moments, clock_times, clock_times), min_size=20, max_size=60))
def test_quiet_hours_are_those_of_the_zones_clocks_and_end_when_they_end(
    database: Database, asked: list[tuple[datetime, time, time]]
) -> None:
    rows = asyncio.run(answers(database, asked))

    for (moment, quiet_from, quiet_to), until_then in zip(asked, rows, strict=True):
        at = moment.replace(tzinfo=UTC)
        local = at.astimezone(ZoneInfo(ZONE)).time()
        if quiet_from < quiet_to:
            is_quiet = quiet_from <= local < quiet_to
        else:
            is_quiet = quiet_from != quiet_to and (local >= quiet_from or local < quiet_to)
        assert (until_then is not None) == is_quiet
        if until_then is not None:
            assert at < until_then <= at + timedelta(hours=25)


async def answers(database: Database, asked: list[tuple[datetime, time, time]]) -> list[datetime | None]:
    connection = await database.connect()
    rows = await connection.fetch(
        "SELECT truesend.quiet_until(a.at AT TIME ZONE 'UTC', a.quiet_from, a.quiet_to, $4) AS until"
        " FROM unnest($1::timestamp[], $2::time[], $3::time[]) WITH ORDINALITY AS a (at, quiet_from, quiet_to, n)"
        " ORDER BY a.n",
        *zip(*asked, strict=True),
        ZONE,
    )
    await connection.close()
    return [row["until"] for row in rows]


@pytest.mark.parametrize(
    ("at", "until_then"),
    [
        ("2026-03-28T22:30:00Z", "2026-03-29T06:00:00Z"),  # clocks go forward that night: 08:00 is 06:00 UTC
        ("2026-03-27T22:30:00Z", "2026-03-28T07:00:00Z"),
        ("2026-10-24T21:30:00Z", "2026-10-25T07:00:00Z"),  # and back again
        ("2026-10-25T00:30:00Z", "2026-10-25T07:00:00Z"),
        ("2026-10-25T01:30:00Z", "2026-10-25T07:00:00Z"),
        ("2026-06-01T12:00:00Z", None),
    ],
)
async def test_quiet_hours_past_midnight_end_by_the_clock_on_the_days_when_it_changes(
    connection: asyncpg.Connection, at: str, until_then: str | None
) -> None:
    answer = await connection.fetchval(
        "SELECT truesend.quiet_until($1, '22:00', '08:00', $2)", datetime.fromisoformat(at), ZONE
    )

    assert answer == (datetime.fromisoformat(until_then) if until_then else None)
    await connection.close()
