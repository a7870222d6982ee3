"""What the pulse sees, and whom it wakes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.sender.pulse import LONGEST_S, Pulse
from tests.harness.databases import Database
from tests.harness.roles import url_of
from truesend.settings import Settings
from truesend.store.pool import open_pool

LOOPS = ("dispatch", "facts", "leases", "lookups", "evidence", "rest")
MESSAGE = (
    "INSERT INTO scheduled_whatsapp_messages (id, organization_id, recipient, message_type, message_content, scheduled_for,"
    " status, lease_token, lease_until, accepted_at)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), '919812345678', 'custom', 'Namaste', "
)
LOOKUP = (
    "INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway, attempt_started_at)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '919812345678', 'default', now())"
)
EVIDENCE = (
    "INSERT INTO truesend.evidence (session_id, organization_id, told_key, kind, gateway_message_id, told_at, is_timed,"
    " message_id, match_again_at)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'sent', '3EB0', now(), true, "
)
FACT = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " VALUES ('message', gen_random_uuid(), 'message.sent', '{}', gen_random_uuid())"
)


@dataclass
class Scene:
    """A database, a pulse on it, the loops that it has woken, and its clock."""

    connection: asyncpg.Connection
    woken: list[str] = field(default_factory=list)
    now: float = 0.0
    pulse: Pulse = field(init=False)

    async def look(self) -> tuple[list[str], float]:
        """Whom one look wakes, and how long the rest is."""
        self.woken.clear()
        rest_s = await self.pulse.one_pass()
        return self.woken, rest_s


@pytest_asyncio.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    connection = await database.connect()
    pool = await open_pool(url_of(database.url, "sender"), application="test")
    settings = Settings(
        database_url=SecretStr(database.url), kafka_bootstrap_servers="127.0.0.1:9", gateway_url="http://127.0.0.1:9"
    )
    scene = Scene(connection)
    scene.pulse = Pulse(
        pool,
        settings,
        {name: lambda name=name: scene.woken.append(name) for name in LOOPS},  # type: ignore[misc]
        clock=lambda: scene.now,
    )
    yield scene
    await pool.close()
    await connection.close()


async def test_nobody_is_woken_where_nothing_is_to_be_done(scene: Scene) -> None:
    assert await scene.look() == ([], LONGEST_S)


@pytest.mark.parametrize(
    ("situation", "woken"),
    [
        pytest.param(f"{MESSAGE} now(), 'pending', NULL, NULL, NULL)", "dispatch", id="a message is due"),
        pytest.param(
            f"{MESSAGE} now(), 'sending', gen_random_uuid(), now() - interval '1 s', NULL)",
            "leases",
            id="a lease ran out",
        ),
        pytest.param(
            f"{MESSAGE} now(), 'sending', NULL, NULL, now() - interval '1 day')", "rest", id="an accept waited too long"
        ),
        pytest.param(
            f"{MESSAGE} now() - interval '3 days', 'sending', NULL, NULL, NULL)", "rest", id="another program left it"
        ),
        pytest.param(LOOKUP, "lookups", id="a look-up is due"),
        pytest.param(f"{EVIDENCE} NULL, now())", "evidence", id="evidence may be matched"),
        pytest.param(f"{EVIDENCE} gen_random_uuid(), now())", "evidence", id="evidence is not weighed"),
        pytest.param(FACT, "facts", id="a fact has no position"),
        pytest.param("UPDATE truesend.relay_state SET last_position = 1", "facts", id="a position is not on Kafka"),
    ],
)
async def test_a_loop_is_woken_when_its_work_is_there(scene: Scene, situation: str, woken: str) -> None:
    await scene.connection.execute(situation)

    assert await scene.look() == ([woken], LONGEST_S)


async def test_what_is_not_due_yet_is_waited_for_and_not_longer(scene: Scene) -> None:
    await scene.connection.execute(f"{MESSAGE} now() + interval '0.3 s', 'pending', NULL, NULL, NULL)")

    woken, rest_s = await scene.look()

    assert woken == []
    assert 0 < rest_s <= 0.3


async def test_what_cannot_be_done_yet_wakes_its_loop_now_and_then(scene: Scene) -> None:
    await scene.connection.execute(f"{MESSAGE} now(), 'sending', NULL, NULL, now() - interval '1 day')")

    looks = []
    for scene.now in (0.0, 0.5, 1.9, 2.0, 2.5):
        looks.append(list((await scene.look())[0]))

    assert looks == [["rest"], [], [], ["rest"], []]
