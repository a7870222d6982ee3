"""Retrying many messages by filter: counted first, in short transactions, and each refused one told by its reason."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.api import bulk_retry
from services.api.bulk_retry import BulkRetries, BulkRetry, Place, Tally
from services.api.database import Database as ApiDatabase
from services.api.message_actions import Operator
from services.api.messages_read import MessageFilter
from services.api.shapes import BulkRetryAnswer
from tests.harness.databases import Database
from tests.harness.waiting import until
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import OTHER_KEY
from tests.integration.api.rows import Rows
from truesend.observability.heartbeats import Heartbeats
from truesend.store.queries import load_queries

STATES = "SELECT status, count(*) AS n FROM scheduled_whatsapp_messages GROUP BY status"


async def statuses(rows: Rows) -> dict[str, int]:
    return {row["status"]: row["n"] for row in await rows.connection.fetch(STATES)}


async def many(rows: Rows, count: int, session_id: UUID, **columns: Any) -> None:
    """Failed messages a second apart, the first the oldest."""
    await rows.connection.execute(
        "INSERT INTO scheduled_whatsapp_messages (organization_id, session_id, recipient, message_content, status,"
        " scheduled_for, created_at) SELECT $1, $2, '4915112345678', 'Hello', 'failed',"
        " now() - make_interval(secs => $3 - n), now() - make_interval(secs => $3 - n) FROM generate_series(1, $3) AS n",
        columns.get("organization_id", rows.organization_id),
        session_id,
        count,
    )


async def test_a_dry_run_counts_what_a_retry_then_does(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    await many(rows, 30, session_id)
    await rows.message(session_id=session_id, status="sent")
    body: dict[str, Any] = {"filter": {}}

    dry = await api.post("/v1/messages/retry", {**body, "dry_run": True})
    unchanged = await statuses(rows)
    facts = await rows.one("SELECT count(*) FROM truesend.event_log")
    real = await api.post("/v1/messages/retry", body)
    again = await api.post("/v1/messages/retry", body)

    for answer in (dry, real, again):
        BulkRetryAnswer.model_validate(answer.body)
    assert (dry.body["matched"], dry.body["retried"], dry.body["refused"], dry.body["dry_run"]) == (30, 0, 0, True)
    assert (unchanged, facts) == ({"failed": 30, "sent": 1}, 0)
    assert (real.body["matched"], real.body["retried"], real.body["more"]) == (30, 30, False)
    assert await statuses(rows) == {"pending": 30, "sent": 1}
    assert again.body["matched"] == 0
    assert await rows.one("SELECT count(*) FROM truesend.event_log WHERE type = 'message.retried'") == 30


async def test_messages_that_are_retried_together_go_in_the_order_in_which_they_were_scheduled(
    api: ApiClient, rows: Rows
) -> None:
    await many(rows, 50, await rows.session())

    await api.post("/v1/messages/retry", {"filter": {"status": "failed"}})

    found = await rows.connection.fetch(
        "SELECT scheduled_for, next_attempt_at FROM scheduled_whatsapp_messages ORDER BY next_attempt_at, id"
    )
    assert [row["scheduled_for"] for row in found] == sorted(row["scheduled_for"] for row in found)


async def test_what_is_refused_is_counted_by_its_reason(api: ApiClient, rows: Rows) -> None:
    session_id, other = await rows.session(), await rows.session()
    now = datetime.now(UTC)
    ids = [
        await rows.message(session_id=session_id, status="failed"),
        await rows.message(session_id=session_id, status="failed", recipient=None),
        await rows.message(session_id=session_id, status="sending", unconfirmed_at=now),
        await rows.message(session_id=session_id, status="sent"),
        await rows.message(session_id=session_id),
        await rows.message(session_id=session_id, organization_id=rows.other_organization_id, status="failed"),
        uuid4(),
    ]
    body = {"filter": {"ids": [str(identifier) for identifier in ids]}, "session_id": str(other)}

    dry = await api.post("/v1/messages/retry", body | {"dry_run": True})
    real = await api.post("/v1/messages/retry", body)
    forced = await api.post("/v1/messages/retry", body | {"force": True, "dry_run": True})

    reasons = {"no_recipient": 1, "pending": 1, "sent": 1, "unconfirmed": 1}
    assert (dry.body["matched"], dry.body["refused"], dry.body["refused_by"]) == (5, 4, reasons)
    assert (real.body["retried"], real.body["refused_by"]) == (1, reasons)
    assert forced.body["refused_by"] == {"no_recipient": 1, "pending": 2, "sent": 1}
    moved = await rows.one("SELECT session_id FROM scheduled_whatsapp_messages WHERE id = $1", ids[0])
    assert moved == other


async def test_each_filter_narrows(api: ApiClient, rows: Rows) -> None:
    first, second = await rows.session(), await rows.session()
    old = datetime.now(UTC) - timedelta(days=2)
    await rows.message(session_id=first, status="failed", recipient="4915112345678", created_at=old, scheduled_for=old)
    await rows.message(session_id=second, status="failed", recipient="4915100000000")
    batch_id = uuid4()
    await rows.message(session_id=second, status="cancelled", recipient="4915100000000", batch_id=batch_id)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    cases: list[tuple[dict[str, Any], int]] = [
        ({}, 2),
        ({"status": "cancelled"}, 1),
        ({"status": "cancelled", "batch_id": str(batch_id)}, 1),
        ({"batch_id": str(uuid4())}, 0),
        ({"session_id": str(first)}, 1),
        ({"session_id": str(second)}, 1),
        ({"session_id": str(second), "recipient": "+49 1511 2345678"}, 0),
        ({"recipient": "+49 1511 2345678"}, 1),
        ({"created_from": yesterday}, 1),
        ({"created_to": yesterday}, 1),
        ({"scheduled_from": yesterday}, 1),
        ({"scheduled_to": yesterday, "session_id": str(second)}, 0),
    ]

    for wanted, count in cases:
        answer = await api.post("/v1/messages/retry", {"filter": wanted, "dry_run": True})
        assert answer.body["matched"] == count, (wanted, answer.body)


async def test_another_organisations_messages_match_nothing(api: ApiClient, rows: Rows) -> None:
    mine = await rows.session()
    await many(rows, 3, mine)

    theirs = await api.post("/v1/messages/retry", {"filter": {}}, key=OTHER_KEY)
    named = await api.post("/v1/messages/retry", {"filter": {"session_id": str(mine)}}, key=OTHER_KEY)
    through_mine = await api.post("/v1/messages/retry", {"filter": {}, "session_id": str(mine)}, key=OTHER_KEY)

    assert (theirs.body["matched"], named.body["matched"]) == (0, 0)
    assert (through_mine.status, through_mine.body["errors"][0]["field"]) == (422, "session_id")
    assert await statuses(rows) == {"failed": 3}


BAD_BODIES: list[tuple[Any, str]] = [
    (None, "body"),
    ({}, "filter"),
    ({"filter": {"status": "lost"}}, "filter.status"),
    ({"filter": {"state": "failed"}}, "filter.state"),
    ({"filter": {"ids": ["x"]}}, "filter.ids.0"),
    ({"filter": {"recipient": "nobody"}}, "filter.recipient"),
    ({"filter": {}, "dry_run": "no"}, "dry_run"),
    ({"filter": {}, "cursor": "nonsense"}, "cursor"),
]


async def test_a_bulk_that_cannot_be_right_is_refused_by_its_field(api: ApiClient, rows: Rows) -> None:
    await many(rows, 1, await rows.session())

    for body, field in BAD_BODIES:
        answer = await api.post("/v1/messages/retry", body)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, field), body

    assert await statuses(rows) == {"failed": 1}


async def test_a_message_that_somebody_else_is_changing_is_left_and_counted_as_busy(
    api: ApiClient, rows: Rows, database: Database
) -> None:
    session_id = await rows.session()
    await many(rows, 5, session_id)
    held = await rows.message(session_id=session_id, status="failed")
    other: asyncpg.Connection = await database.connect()
    async with other.transaction():
        await other.execute("SELECT FROM scheduled_whatsapp_messages WHERE id = $1 FOR UPDATE", held)
        answer = await asyncio.wait_for(api.post("/v1/messages/retry", {"filter": {}}), 5)
    await other.close()

    assert (answer.body["retried"], answer.body["refused_by"]) == (5, {"busy": 1})


async def test_two_bulk_retries_at_once_retry_each_message_once(api: ApiClient, rows: Rows) -> None:
    await many(rows, 3_000, await rows.session())

    answers = await asyncio.gather(*(api.post("/v1/messages/retry", {"filter": {}}) for _ in range(2)))

    assert sum(answer.body["retried"] for answer in answers) == 3_000
    assert await statuses(rows) == {"pending": 3_000}
    assert await rows.one("SELECT count(*) FROM truesend.event_log") == 3_000


async def test_a_bulk_beyond_its_time_says_where_it_stopped_and_goes_on_from_there(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_retry, "SLICE_ROWS", 100)
    session_id = await rows.session()
    await many(rows, 250, session_id)
    await rows.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE random() < 0.5")
    opened = ApiDatabase(database.url, pool_size=2, heartbeats=Heartbeats())
    opened.start()

    async def is_open() -> bool:
        return await opened.problem() is None

    await until(is_open, 10, "the database is open")
    ticks = iter(range(0, 1_000, 20))
    retries = BulkRetries(opened, load_queries("api"), clock=lambda: float(next(ticks)))
    operator = Operator(rows.organization_id, "somebody", "00-0-0-00")
    ids = [row["id"] for row in await rows.connection.fetch("SELECT id FROM scheduled_whatsapp_messages")]
    wanted, tallies = MessageFilter(ids=ids), list[Tally]()
    after: Place = (None, None)
    while not tallies or tallies[-1].stopped_at:
        tallies.append(await retries.run(operator, BulkRetry(wanted, after=after)))
        after = tallies[-1].stopped_at or after
    await opened.stop()

    assert [tally.matched for tally in tallies] == [100, 100, 50]
    assert sum(tally.retried for tally in tallies) == (await statuses(rows))["pending"]
    assert sum(tally.refused["sent"] for tally in tallies) == (await statuses(rows))["sent"]


async def test_twenty_thousand_are_retried_in_slices_that_hold_nobody_up(
    api: ApiClient, rows: Rows, database: Database
) -> None:
    session_id = await rows.session()
    await many(rows, 20_000, session_id)
    bystander = await rows.message(session_id=session_id, status="failed")
    waited: list[float] = []
    retrying = asyncio.create_task(api.post("/v1/messages/retry", {"filter": {}}))
    other: asyncpg.Connection = await database.connect()

    while not retrying.done():
        asked = asyncio.get_running_loop().time()
        await other.execute("UPDATE scheduled_whatsapp_messages SET message_type = 'x' WHERE id = $1", bystander)
        waited.append(asyncio.get_running_loop().time() - asked)
    answer = await retrying
    await other.close()

    assert answer.body["matched"] >= 1_000
    # the bystander may have been changed in just that moment, and is refused then
    assert answer.body["more"] or answer.body["retried"] + answer.body["refused"] == 20_001
    assert max(waited) < 2, max(waited)
