"""Old facts go with the whole section that they lie in."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg

from tests.harness.databases import Database
from tests.integration.relay.conftest import Office, publish_all

HOUR_S = 3600.0
RETENTION_S = 8 * HOUR_S


async def go_by(office: Office, hours: float) -> None:
    """As if so much time had gone by since all that was written."""
    by = timedelta(hours=hours)
    await office.pool.execute(
        "UPDATE truesend.event_sections SET began_at = began_at - $1::interval, ended_at = ended_at - $1::interval", by
    )
    await office.pool.execute("UPDATE truesend.event_log SET created_at = created_at - $1::interval", by)


async def filled(office: Office) -> list[int]:
    """The sections that hold facts."""
    rows = await office.pool.fetch(
        "SELECT DISTINCT section FROM truesend.event_log WHERE section IS NOT NULL ORDER BY section"
    )
    return [row["section"] for row in rows]


async def test_an_eighth_of_the_retention_later_facts_go_to_the_next_section(office: Office) -> None:
    relay = office.relay(retention_s=RETENTION_S)
    for number in range(3):
        await office.append(uuid4(), number)
        await publish_all(relay)
        await go_by(office, 1.01)
        await relay.prune()

    assert await filled(office) == [0, 1, 2]
    assert await office.positions() == [1, 2, 3]


async def test_facts_are_kept_for_their_retention_and_at_most_an_eighth_longer(office: Office) -> None:
    relay = office.relay(retention_s=RETENTION_S)
    ages: list[float] = []
    for number in range(40):
        await office.append(uuid4(), number)
        await publish_all(relay)
        await go_by(office, 0.5)
        await relay.prune()
        oldest = await office.pool.fetchval(
            "SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8 FROM truesend.event_log"
        )
        ages.append(oldest / HOUR_S)

    assert max(ages) < 8 + 1 + 0.6  # it turns when it is looked at, each half hour here
    assert min(ages[20:]) >= 8 - 0.5
    assert len(await filled(office)) <= 10


async def test_what_is_not_published_is_kept_whatever_its_age(office: Office) -> None:
    relay = office.relay(retention_s=RETENTION_S)
    await office.append(uuid4(), 1)
    await publish_all(relay)
    await office.pool.execute("UPDATE truesend.relay_state SET published_position = 0")
    await go_by(office, 2)
    await relay.prune()
    await office.append(uuid4(), 2)
    await go_by(office, 100)

    await relay.prune()
    assert await office.numbers() == [1, 2]

    await publish_all(relay)
    await relay.prune()
    assert await office.numbers() == [2]


async def test_a_retention_that_is_raised_keeps_what_is_there_for_as_long(office: Office) -> None:
    before, after = office.relay(retention_s=RETENTION_S), office.relay(retention_s=3 * RETENTION_S)
    for number in range(10 + 24):
        await office.append(uuid4(), number)
        await publish_all(before)
        await go_by(office, 1.01)
        await (before if number < 10 else after).prune()

    assert (await office.numbers())[0] in range(2, 11)
    assert await office.positions() == [number + 1 for number in await office.numbers()]


async def test_a_section_that_is_being_read_is_left_and_nobody_waits_for_it(office: Office, database: Database) -> None:
    relay = office.relay(retention_s=RETENTION_S)
    await office.append(uuid4(), 1)
    await publish_all(relay)
    await go_by(office, 2)
    await relay.prune()
    await go_by(office, 100)
    reader: asyncpg.Connection = await database.connect()
    reading = reader.transaction()
    await reading.start()
    await reader.fetch("SELECT * FROM truesend.event_log")

    await asyncio.wait_for(relay.prune(), 5)
    assert await office.numbers() == [1]

    await reading.rollback()
    await reader.close()
    await relay.prune()
    assert await office.numbers() == []


async def test_two_that_turn_sections_at_once_begin_one(office: Office) -> None:
    relays = [office.relay(retention_s=RETENTION_S) for _ in range(4)]
    await go_by(office, 2)

    await asyncio.gather(*(relay.prune() for relay in relays))

    begun = await office.pool.fetch("SELECT section FROM truesend.event_sections WHERE began_at IS NOT NULL ORDER BY 1")
    assert [row["section"] for row in begun] == [0, 1]


async def test_facts_of_before_the_sections_go_one_by_one_as_they_come_of_age(office: Office) -> None:
    await office.pool.execute(
        "INSERT INTO truesend.event_log"
        " (aggregatetype, aggregateid, type, payload, organization_id, created_at, position, section)"
        " SELECT 'message', gen_random_uuid(), 'message.happened', jsonb_build_object('number', n), gen_random_uuid(),"
        "        now() - make_interval(hours => 10 - n), n, -1 FROM generate_series(1, 9) AS n"
    )
    await office.pool.execute("UPDATE truesend.relay_state SET last_position = 9, published_position = 8")

    await office.relay(retention_s=HOUR_S * 4.5).prune()

    assert await office.numbers() == [6, 7, 8, 9]
