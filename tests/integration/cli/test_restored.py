"""`truesend restored`: what a database that was restored from a backup is made safe from."""

from itertools import count
from uuid import UUID, uuid4

import asyncpg

from tests.harness.commands import Ended, truesend
from tests.harness.databases import Database
from tests.harness.rows import facts_of, insert_message, insert_session, message_row
from truesend.store.restoring import HELD_MESSAGE, POSITION_LEAP, VERSION_LEAP, settle_after_restore

TAKE = "SELECT f.position, f.aggregateid FROM truesend.take_facts($1, 60, $2, $3, 100) AS f"
RETRY = (
    "UPDATE scheduled_whatsapp_messages SET retry_count = 1, next_attempt_at = now() + make_interval(secs => $2)"
    " WHERE id = $1"
)
CLAIM = (
    "WITH claimed AS (UPDATE scheduled_whatsapp_messages SET status = 'sending', lease_token = gen_random_uuid(),"
    " lease_until = now() + interval '1 minute', attempt_started_at = CASE WHEN $2 THEN now() END WHERE id = $1"
    " RETURNING id, organization_id, session_id, recipient, scheduled_for, lease_token)"
    " INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at, gateway, claimed_at,"
    " lease_token) SELECT id, organization_id, session_id, recipient, scheduled_for, 'default', now(), lease_token"
    " FROM claimed"
)
APPEND = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " VALUES ('message', $1, 'message.sent', '{}', gen_random_uuid())"
)


def restored(database: Database) -> Ended:
    return truesend("restored", "--yes", DATABASE_URL=database.url)


async def test_what_may_have_been_sent_since_the_backup_is_held_and_nothing_else(database: Database) -> None:
    connection = await database.connect()
    organization_id = uuid4()
    session_id = await insert_session(connection, organization_id=organization_id)
    numbers = count()

    async def message(due_in_s: float) -> UUID:
        return await insert_message(
            connection,
            organization_id=organization_id,
            session_id=session_id,
            recipient=f"9198{next(numbers):08}",
            due_in_s=due_in_s,
        )

    due, tried, claimed = [await message(-60.0) for _ in range(3)]
    started, tried_later = await message(-60.0), await message(-60.0)
    future = await message(3600.0)
    await connection.execute(RETRY, tried, -1.0)
    await connection.execute(RETRY, tried_later, 3600.0)
    for message_id, is_started in ((claimed, False), (started, True)):
        await connection.execute(CLAIM, message_id, is_started)

    done = restored(database)
    rows = {message_id: await message_row(connection, message_id) for message_id in (due, tried, claimed)}
    queued = await connection.fetch("SELECT message_id FROM truesend.dispatch_queue")

    assert (done.code, done.output.splitlines()[:2]) == (
        0,
        [
            "3 messages were due and may have been sent since the backup: they are held.",
            "1 were being sent when it was taken: a sender looks them up.",
        ],
    )
    for row in rows.values():
        assert (row["status"], row["next_attempt_at"], row["lease_token"]) == ("pending", None, None)
        assert row["error_message"] == HELD_MESSAGE
        assert row["version"] >= VERSION_LEAP
        assert await facts_of(connection, row["id"]) == ["message.held"]
    assert truesend("adopt", DATABASE_URL=database.url).output.startswith(f"organisation {organization_id}: 3 messages")
    assert [row["message_id"] for row in queued] == [started]
    assert (await message_row(connection, started))["version"] >= VERSION_LEAP
    for message_id in (future, tried_later):
        row = await message_row(connection, message_id)
        assert (row["error_message"], row["version"]) == (None, 0)
    assert (await message_row(connection, tried_later))["next_attempt_at"] is not None
    assert await connection.fetchval("SELECT version FROM whatsapp_sessions") >= VERSION_LEAP
    await connection.close()


async def test_it_may_be_run_again_and_holds_in_slices(database: Database) -> None:
    connection = await database.connect()
    organization_id = uuid4()
    session_id = await insert_session(connection, organization_id=organization_id)
    for _ in range(7):
        await insert_message(connection, organization_id=organization_id, session_id=session_id, due_in_s=-1.0)

    first = await settle_after_restore(connection, batch_rows=3)
    second = await settle_after_restore(connection, batch_rows=3)

    assert (first.held, second.held) == (7, 7)
    await connection.close()


async def test_facts_that_kafka_may_not_have_are_published_under_ids_that_nobody_has_seen(database: Database) -> None:
    connection = await database.connect()
    published, unpublished, new, later = (uuid4() for _ in range(4))
    await connection.execute(APPEND, published)
    [confirmed] = await _taken(connection, (0, 0))
    await connection.execute(APPEND, unpublished)
    [seen] = await _taken(connection, (confirmed[0] - 1, confirmed[0]))
    await connection.execute(APPEND, new)
    await connection.execute("UPDATE truesend.relay_state SET leader_until = now() - interval '1 second'")

    assert restored(database).code == 0
    taken = await _taken(connection, (0, 0))
    await connection.execute(APPEND, later)
    last = await _taken(connection, (taken[0][0] - 1, taken[-1][0]))

    assert (seen[1], [fact for _, fact in taken], [fact for _, fact in last]) == (
        unpublished,
        [unpublished, new],
        [later],
    )
    positions = [position for position, _ in taken + last]
    assert positions == list(range(confirmed[0] + 1 + POSITION_LEAP + 1, positions[-1] + 1))
    assert await _taken(connection, (last[0][0] - 1, last[-1][0])) == []
    await connection.close()


async def test_it_refuses_where_a_sender_is_at_work(database: Database) -> None:
    connection = await database.connect()
    await connection.execute(
        "UPDATE truesend.relay_state SET leader = $1, leader_until = now() + interval '1 minute'", uuid4()
    )

    refused = restored(database)

    assert refused.code == 1
    assert refused.errors.startswith("truesend: restored: a verifier or a sender is at work on this database")
    await connection.close()


async def test_it_asks_before_it_holds_anything(database: Database) -> None:
    assert truesend("restored", DATABASE_URL=database.url).code == 2


async def test_a_database_that_is_not_migrated_is_told(empty_database: Database) -> None:
    ended = restored(empty_database)

    assert ended == Ended(1, "", "truesend: restored: the database is not migrated; run truesend migrate\n")


async def _taken(connection: asyncpg.Connection, confirmed: tuple[int, int]) -> list[tuple[int, UUID]]:
    rows = await connection.fetch(TAKE, UUID(int=1), *confirmed)
    return [(row["position"], row["aggregateid"]) for row in rows]
