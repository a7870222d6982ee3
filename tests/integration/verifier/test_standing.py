"""The figures that only the database knows: true whatever the processes have gone through."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from services.api.badge_cases import cases
from services.verifier import standing
from services.verifier.standing import (
    DOUBTS,
    DUE,
    DUE_OLDEST,
    HELD,
    HELD_OLDEST,
    MOST,
    OF_SESSIONS,
    OF_WORK,
    RELAY_LAG,
    SESSIONS,
    UNPUBLISHED,
    UNVERIFIED,
    Standing,
)
from tests.harness.databases import Database
from tests.harness.roles import url_of
from tests.harness.rows import insert_message, insert_session
from truesend.broker import consumer_lag
from truesend.observability.heartbeats import STALE_AFTER_S
from truesend.store.pool import BY_INDEX, open_pool
from truesend.store.queries import load_queries

RULE = "INSERT INTO truesend.session_rules (session_id, organization_id, {column}) VALUES ($1, $2, {value})"
PACE = "INSERT INTO truesend.session_pace (session_id, next_send_at, held_until, hold_reason) VALUES ($1, {values})"
ENDLESS_VIEW = """
CREATE OR REPLACE VIEW truesend.message_routes WITH (security_invoker = true) AS
SELECT m.id AS message_id, m.session_id, m.recipient
FROM scheduled_whatsapp_messages AS m
WHERE pg_sleep(3600)::text IS NOT NULL
"""
QUEUE = (
    "INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at)"
    " SELECT id, organization_id, session_id, recipient, scheduled_for FROM scheduled_whatsapp_messages"
)


@dataclass
class Scene:
    """A database and what looks at it, as a verifier does."""

    connection: asyncpg.Connection
    pool: asyncpg.Pool
    organization_id: UUID = field(default_factory=uuid4)

    async def look(self, *gateways: str, organizations: list[UUID] | None = None) -> None:
        """Have the figures looked up."""
        await Standing(self.pool, gateways=gateways or ("default",), organizations=organizations).one_pass()

    async def session(self, **values: Any) -> UUID:
        """A session, as it is where nothing is wrong unless ``values`` say so."""
        session_id = await insert_session(self.connection, organization_id=self.organization_id)
        values = {"last_verified_at": datetime.now().astimezone()} | values
        for column, value in values.items():
            await self.connection.execute(
                f"UPDATE whatsapp_sessions SET {column} = $2 WHERE id = $1", session_id, value
            )
        return session_id

    async def message(self, session_id: UUID | None, **values: Any) -> UUID:
        """A message that has been due for five seconds."""
        values = {"due_in_s": -5.0} | values
        return await insert_message(
            self.connection, organization_id=self.organization_id, session_id=session_id, **values
        )


def figure(name: str, **labels: str) -> float | None:
    """What a scrape would say; None where it says nothing."""
    return REGISTRY.get_sample_value(name, labels)


def held() -> dict[str, float]:
    """What is held, by what holds it."""
    (family,) = (each for each in OF_WORK.collect() if each.name == HELD)
    return {sample.labels["reason"]: sample.value for sample in family.samples if sample.value}


@pytest_asyncio.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    connection = await database.connect()
    pool = await open_pool(url_of(database.url, "verifier"), application="test", planner=BY_INDEX)
    yield Scene(connection, pool)
    await pool.close()
    await connection.close()


async def test_an_empty_database_is_told_as_nothing_of_each(scene: Scene) -> None:
    await scene.look("default", "another")

    assert figure(SESSIONS, gateway="another", status="connected", badge="connected") == 0
    assert figure(UNVERIFIED, gateway="default") == 0
    assert figure(DUE) == figure(DUE_OLDEST) == figure(UNPUBLISHED) == figure(RELAY_LAG) == 0
    assert figure(DOUBTS, gateway="default", waits_for="operator") == 0
    assert figure(HELD, reason="session_down") == 0


async def test_sessions_are_counted_with_the_badges_that_the_page_shows(scene: Scene) -> None:
    for case in cases():
        shown = {**case["session"]}
        if shown.pop("superseded_by") or shown["status"] not in {
            "connected",
            "disconnected",
            "connecting",
            "qr_pending",
        }:
            continue
        silent = shown.pop("silent_since")
        values = {
            name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
            for name, value in shown.items()
        }
        await scene.connection.execute("TRUNCATE whatsapp_sessions, truesend.session_silence")
        session_id = await scene.session(**values)
        if silent:
            await scene.connection.execute(
                "INSERT INTO truesend.session_silence (session_id, organization_id, since, unacknowledged)"
                " VALUES ($1, $2, now(), 5)",
                session_id,
                scene.organization_id,
            )

        await scene.look()

        assert figure(SESSIONS, gateway="default", status=shown["status"], badge=case["badge"]) == 1, case


async def test_a_gateway_that_no_setting_names_and_a_word_that_nobody_knows_make_no_lines_of_their_own(
    scene: Scene,
) -> None:
    await scene.connection.execute("ALTER TABLE whatsapp_sessions DROP CONSTRAINT whatsapp_sessions_status_check")
    await scene.session(gateway="of last year")
    await scene.session(gateway="of the year before")
    await scene.session(status="a word of tomorrow")

    await scene.look()

    assert figure(SESSIONS, gateway="not_configured", status="connected", badge="connected") == 2
    assert figure(SESSIONS, gateway="default", status="other", badge="cannot_verify") == 1


async def test_a_session_that_says_connected_and_was_not_verified_is_told_by_its_age(scene: Scene) -> None:
    await scene.session()
    lying = await scene.session()
    await scene.connection.execute(
        "UPDATE whatsapp_sessions SET last_verified_at = now() - interval '1 hour' WHERE id = $1", lying
    )
    await scene.session(status="disconnected", last_verified_at=datetime(2026, 1, 1).astimezone())

    await scene.look()

    assert figure(UNVERIFIED, gateway="default") == pytest.approx(3600, abs=30)


async def test_a_session_whose_number_another_one_took_over_is_not_counted(scene: Scene) -> None:
    session_id = await scene.session(status="disconnected")
    await scene.connection.execute(
        "INSERT INTO truesend.session_checks (session_id, superseded_by) VALUES ($1, gen_random_uuid())", session_id
    )

    await scene.look()

    assert figure(SESSIONS, gateway="default", status="disconnected", badge="disconnected") == 0


async def test_what_may_go_is_due_and_what_may_not_is_held_with_the_reason_that_the_api_gives(scene: Scene) -> None:
    up, down = await scene.session(), await scene.session(status="disconnected")
    await scene.message(up, due_in_s=-60.0)
    await scene.message(up, due_in_s=3600.0)
    wanted = [
        await scene.message(down),
        await scene.message(None),
        await scene.message(up, recipient=None),
        *[await scene.message(await _ruled(scene, *rule)) for rule in (("paused_at", "now()"), ("hourly_cap", "0"))],
        *[await scene.message(await _paced(scene, *pace)) for pace in _PACES],
    ]

    await scene.look()

    told = await load_queries("api")["holds"].fetch(
        scene.connection, message_ids=wanted, organization_id=scene.organization_id, organizations=None
    )
    assert held() == {reason: 1.0 for row in told if (reason := row["held_reason"])}
    assert len(held()) == len(wanted)
    assert figure(DUE) == 1
    assert figure(DUE_OLDEST) == pytest.approx(60, abs=20)
    assert figure(HELD_OLDEST, reason="session_down") == pytest.approx(5, abs=20)


_PACES = (
    ("now() + interval '1 minute'", "NULL", "NULL"),
    ("NULL", "now() + interval '1 minute'", "'restricted'"),
    ("NULL", "now() + interval '1 minute'", "'silent'"),
    ("NULL", "now() + interval '1 minute'", "'session_down'"),
)


async def _ruled(scene: Scene, column: str, value: str) -> UUID:
    session_id = await scene.session()
    await scene.connection.execute(RULE.format(column=column, value=value), session_id, scene.organization_id)
    if column == "hourly_cap":
        await scene.connection.execute(
            "UPDATE truesend.session_rules SET hour_began_at = date_trunc('hour', now(), 'UTC') WHERE session_id = $1",
            session_id,
        )
    return session_id


async def _paced(scene: Scene, *values: str) -> UUID:
    session_id = await scene.session()
    await scene.connection.execute(PACE.format(values=", ".join(values)), session_id)
    return session_id


async def test_what_nobody_sends_for_and_what_the_adoption_found_is_held_and_not_due(scene: Scene) -> None:
    session_id = await scene.session()
    await scene.message(session_id)

    await scene.look(organizations=[uuid4()])
    assert (figure(DUE), held()) == (0, {"organization_not_enabled": 1})

    await scene.connection.execute("UPDATE truesend.adoption SET overdue_before = now() + interval '1 minute'")
    await scene.look()
    assert (figure(DUE), held()) == (0, {"before_adoption": 1})


async def test_messages_that_may_go_are_seen_behind_more_held_ones_than_are_looked_at(scene: Scene) -> None:
    down, up = await scene.session(status="disconnected"), await scene.session()
    await scene.connection.execute(
        "INSERT INTO scheduled_whatsapp_messages (organization_id, session_id, recipient, message_content, scheduled_for)"
        " SELECT $1, $2, '919812345678', 'x', now() - interval '1 hour' FROM generate_series(1, $3::integer)",
        scene.organization_id,
        down,
        MOST + 50,
    )
    await scene.message(up)
    await scene.connection.execute(QUEUE)

    await scene.look()

    assert held() == {"session_down": MOST}
    assert figure(DUE) == 1
    assert figure(DUE_OLDEST) == pytest.approx(5, abs=20)


async def test_doubts_are_told_by_what_they_wait_for_and_a_look_up_of_a_settled_message_is_none(scene: Scene) -> None:
    session_id = await scene.session()
    for status, next_lookup_at in (("sending", "now()"), ("sending", "'infinity'"), ("sent", "now()")):
        message_id = await scene.message(session_id)
        await scene.connection.execute(
            "UPDATE scheduled_whatsapp_messages SET status = $2, unconfirmed_at = now() WHERE id = $1",
            message_id,
            status,
        )
        await scene.connection.execute(
            "INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway,"
            f" attempt_started_at, next_lookup_at) VALUES ($1, $2, $3, '1', 'default', now(), {next_lookup_at})",
            message_id,
            scene.organization_id,
            session_id,
        )

    await scene.look()

    assert figure(DOUBTS, gateway="default", waits_for="lookup") == 1
    assert figure(DOUBTS, gateway="default", waits_for="operator") == 1


async def test_the_relays_lag_is_the_age_of_the_oldest_fact_that_is_not_known_to_be_on_kafka(scene: Scene) -> None:
    fact = (
        "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, created_at, position,"
        " section) VALUES ('message', gen_random_uuid(), 'message.sent', '{}', gen_random_uuid(), now() - interval '%s', %s)"
    )
    await scene.connection.execute(fact % ("1 minute", "NULL, NULL"))
    await scene.look()
    assert figure(UNPUBLISHED) == 1
    assert figure(RELAY_LAG) == pytest.approx(60, abs=20)

    await scene.connection.execute(fact % ("10 minutes", "7, 0"))
    await scene.connection.execute("UPDATE truesend.relay_state SET published_position = 6, last_position = 7")
    await scene.look()
    assert figure(UNPUBLISHED) == 2
    assert figure(RELAY_LAG) == pytest.approx(600, abs=20)


async def test_nothing_is_told_while_the_database_cannot_be_asked(scene: Scene) -> None:
    await scene.look()
    await scene.pool.close()

    with pytest.raises(asyncpg.InterfaceError):
        await scene.look()

    assert list(OF_SESSIONS.collect()) == list(OF_WORK.collect()) == []


async def test_a_crms_own_view_that_never_ends_costs_the_figures_and_no_more(scene: Scene) -> None:
    await scene.message(await scene.session())
    await scene.look()
    assert figure(DUE) == 1
    await scene.connection.execute(ENDLESS_VIEW)

    with pytest.raises(TimeoutError):
        await Standing(scene.pool, gateways=("default",), organizations=None, longest_s=0.3).one_pass()

    assert figure(DUE) is None
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    assert await scene.pool.fetchval(asleep) == 0


def test_no_look_and_its_rest_take_as_long_as_a_loop_may_stand_still() -> None:
    assert standing.EVERY_S + standing.LONGEST_S < STALE_AFTER_S
    assert consumer_lag.EVERY_S + consumer_lag.LONGEST_S < STALE_AFTER_S
