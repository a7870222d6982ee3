"""What fails for good is told to the CRM's own table of dead letters, once, and that table never stands in our way."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from services.sender.dead_letter_table import SETTLE_EVERY_S, DeadLetterTable
from services.sender.evidence import Evidence
from services.sender.fence import StartFence
from services.sender.finaliser import Finaliser
from services.sender.reaper import Reaper
from services.sender.settler import Settler
from simulator.world import ScriptedAnswer
from tests.harness.databases import Database
from tests.harness.roles import url_of
from tests.integration.sender.conftest import Stage
from tests.integration.sender.scene import HOLD, POLICY, Scene, gateways
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.cli.doctor.database import check_dead_letter_table
from truesend.cli.doctor.finding import State
from truesend.gateways.protocol import OutcomeKind
from truesend.settings import Settings
from truesend.store.crm_dead_letters import forget_the_erased, problem_with
from truesend.store.files import database_folder
from truesend.store.pool import open_pool
from truesend.store.privacy import Person, erase, find

TABLE = "dead_letter_queue"
# As the CRM has it, row security and all.
DEAD_LETTERS = """
CREATE TABLE organizations (id uuid PRIMARY KEY);
CREATE TABLE dead_letter_queue (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    source_table text NOT NULL, source_id uuid NOT NULL, payload jsonb NOT NULL, retry_payload jsonb, error_message text,
    retry_count integer NOT NULL DEFAULT 0, status text NOT NULL DEFAULT 'pending_review', reviewed_by uuid,
    reviewed_at timestamptz, notes text, created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE dead_letter_queue ENABLE ROW LEVEL SECURITY;
"""
ENDLESS = """
CREATE FUNCTION tell_somebody() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3600); RETURN NEW; END';
CREATE TRIGGER telling BEFORE INSERT OR UPDATE ON dead_letter_queue FOR EACH ROW EXECUTE FUNCTION tell_somebody();
"""
REFUSES_AT_THE_END = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not like this''; END';
CREATE CONSTRAINT TRIGGER refusing AFTER INSERT ON dead_letter_queue DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@dataclass
class Buried:
    """A scene whose CRM has a table of dead letters."""

    scene: Scene
    owner: asyncpg.Connection
    pool: asyncpg.Pool
    table: DeadLetterTable
    url: str

    async def entries(self) -> list[Mapping[str, Any]]:
        """What is in the CRM's table, oldest first."""
        rows = await self.owner.fetch("SELECT * FROM dead_letter_queue ORDER BY created_at, id")
        return [{**row, "payload": orjson.loads(row["payload"])} for row in rows]

    async def fail(self, message_id: UUID) -> None:
        """The gateway refuses it for good."""
        await self.scene.answer(await self.scene.start(message_id), OutcomeKind.PERMANENT)

    async def statuses(self) -> list[tuple[str, str | None]]:
        """How the entries stand, once those that can be closed are."""
        await self.table.settle(self.pool)
        return [(entry["status"], entry["notes"]) for entry in await self.entries()]


@pytest_asyncio.fixture
async def buried(database: Database) -> AsyncIterator[Buried]:
    """The sender runs as its own role, which was given the table as docs/adopting says."""
    owner = await database.connect()
    await owner.execute(DEAD_LETTERS)
    await _give(owner)
    table = DeadLetterTable(TABLE)
    async with (
        await open_pool(database.url, application="test") as crm,
        await open_pool(url_of(database.url, "sender"), application="sender") as pool,
    ):
        scene = _as_the_sender(await Scene.on(crm, database.url), pool, table)
        await owner.execute("INSERT INTO organizations VALUES ($1)", scene.organization_id)
        yield Buried(scene, owner, pool, table, database.url)
    await owner.close()


async def test_a_message_that_fails_for_good_has_an_entry_with_what_the_page_shows(buried: Buried) -> None:
    message_id = await buried.scene.message()

    await buried.fail(message_id)

    [entry] = await buried.entries()
    row = await buried.scene.row(message_id)
    assert (entry["source_table"], entry["source_id"]) == ("scheduled_whatsapp_messages", message_id)
    assert (entry["organization_id"], entry["status"]) == (buried.scene.organization_id, "pending_review")
    assert (entry["error_message"], entry["retry_count"]) == (row["error_message"], 1)
    assert entry["payload"]["session_id"] == str(buried.scene.session_id)
    assert entry["payload"]["vps_error"] == row["vps_error"] == "the answer's words"
    assert row["message_content"] not in str(entry)
    assert row["recipient"] not in str(entry)


async def test_a_failure_is_told_once_and_the_next_one_after_a_retry_again(buried: Buried) -> None:
    message_id = await buried.scene.message()
    await buried.fail(message_id)
    async with buried.pool.acquire() as connection:
        await buried.table.bury(connection, [message_id])
    assert len(await buried.entries()) == 1

    await _retry(buried, message_id)
    assert await buried.statuses() == [("retried", "Truesend: it was tried again.")]
    await buried.fail(message_id)

    assert await buried.statuses() == [("retried", "Truesend: it was tried again."), ("pending_review", None)]


async def test_an_entry_is_discarded_when_it_turns_out_that_the_message_was_sent(buried: Buried) -> None:
    message_id = await buried.scene.message()
    attempt = await buried.scene.start(message_id)
    await buried.scene.answer(attempt, OutcomeKind.PERMANENT)

    await buried.scene.find(attempt, "late-evidence")

    assert (await buried.scene.row(message_id))["status"] == "sent"
    assert await buried.statuses() == [("discarded", "Truesend: it was sent after all.")]


async def test_what_a_person_has_closed_stays_as_it_is(buried: Buried) -> None:
    message_id = await buried.scene.message()
    await buried.fail(message_id)
    await buried.owner.execute("UPDATE dead_letter_queue SET status = 'discarded', notes = 'called them'")

    await buried.owner.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE id = $1", message_id)

    assert await buried.statuses() == [("discarded", "called them")]


async def test_entries_of_the_crms_own_are_never_touched(buried: Buried) -> None:
    message_id = await buried.scene.message()
    await buried.owner.execute(
        "INSERT INTO dead_letter_queue (organization_id, source_table, source_id, payload, error_message)"
        " VALUES ($1, 'scheduled_whatsapp_messages', $2, '{\"message\": \"x\"}', 'HTTP 500')",
        buried.scene.organization_id,
        message_id,
    )

    await buried.owner.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE id = $1", message_id)

    assert await buried.statuses() == [("pending_review", None)]


async def test_what_expires_is_told_and_what_is_cancelled_is_not(buried: Buried) -> None:
    expired, cancelled = await buried.scene.message(), await buried.scene.message()
    await buried.owner.execute(
        "UPDATE scheduled_whatsapp_messages SET scheduled_for = now() - interval '2 days',"
        " created_at = now() - interval '2 days'"
    )
    await buried.owner.execute("UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1", cancelled)

    await Reaper(buried.pool, _settings(buried.url), dead_letters=buried.table).reap_the_rest()

    [entry] = await buried.entries()
    assert entry["source_id"] == expired
    assert entry["error_message"].startswith("Expired")


@pytest.mark.parametrize(
    "obstacle",
    [
        "DROP TABLE dead_letter_queue",
        "ALTER TABLE dead_letter_queue DROP COLUMN payload",
        "REVOKE INSERT ON dead_letter_queue FROM truesend_sender",
        "DROP POLICY truesend_workers ON dead_letter_queue",
        "ALTER TABLE dead_letter_queue ADD CHECK (status = 'another')",
        "ALTER TABLE dead_letter_queue ADD COLUMN severity text NOT NULL",
        REFUSES_AT_THE_END,
    ],
)
async def test_whatever_the_table_refuses_the_message_fails_all_the_same_and_it_is_logged_once(
    buried: Buried, obstacle: str
) -> None:
    await buried.owner.execute(obstacle)
    first, second = await buried.scene.message(), await buried.scene.message("919812345679")

    with capture_logs() as logs:
        await buried.fail(first)
        await buried.fail(second)

    for message_id in (first, second):
        assert (await buried.scene.row(message_id))["status"] == "failed"
        assert (await buried.scene.facts(message_id))[-1]["type"] == "message.failed"
    assert [log["table"] for log in logs if log["event"].startswith("DEAD_LETTER_TABLE")] == [TABLE]


async def test_a_table_that_somebody_has_locked_holds_no_message_up(buried: Buried) -> None:
    message_id = await buried.scene.message()
    locking = buried.owner.transaction()
    await locking.start()
    await buried.owner.execute("LOCK TABLE dead_letter_queue IN ACCESS EXCLUSIVE MODE")

    await buried.fail(message_id)

    assert (await buried.scene.row(message_id))["status"] == "failed"
    await locking.rollback()


async def test_a_table_whose_own_triggers_never_end_holds_no_message_up(buried: Buried) -> None:
    slow = DeadLetterTable(TABLE, longest_s=0.5)
    buried.scene = _as_the_sender(buried.scene, buried.pool, slow)
    earlier, later = await buried.scene.message(), await buried.scene.message("919812345679")
    await buried.fail(earlier)
    assert len(await buried.entries()) == 1
    await buried.owner.execute(ENDLESS)
    await buried.owner.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE id = $1", earlier)

    with capture_logs() as logs:
        await buried.fail(later)
        rest_s = await slow.settle(buried.pool)

    assert (await buried.scene.row(later))["status"] == "failed"
    assert len(await buried.entries()) == 1
    assert rest_s == SETTLE_EVERY_S
    told = [log for log in logs if log["event"].startswith("DEAD_LETTER_TABLE")]
    assert [(log["why"], log["sqlstate"]) for log in told] == [
        ("it takes no entry", "57014"),
        ("its entries can't be closed", "57014"),
    ]


async def test_the_gateways_words_go_from_an_entry_when_the_recipient_is_erased(buried: Buried) -> None:
    message_id = await buried.scene.message("919812345678")
    await buried.fail(message_id)
    await buried.owner.execute("UPDATE dead_letter_queue SET status = 'discarded'")
    person = Person(buried.scene.organization_id, "919812345678")

    await erase(buried.owner, person, await find(buried.owner, person))
    await forget_the_erased(buried.owner, TABLE)

    [entry] = await buried.entries()
    assert "vps_error" not in entry["payload"]
    assert "words" not in str(entry)


@pytest.mark.parametrize(
    ("table", "change", "problem"),
    [
        (TABLE, "SELECT", None),
        ("public.dead_letter_queue", "SELECT", None),
        ("letters", "SELECT", "it is not there"),
        ("nowhere.letters", "SELECT", "it is not there"),
        ("organizations", "SELECT", "it has no column source_table, source_id, payload"),
        (TABLE, "ALTER TABLE dead_letter_queue ADD COLUMN severity text NOT NULL", "it demands severity"),
        (TABLE, "REVOKE INSERT ON dead_letter_queue FROM truesend_sender", "this role may not SELECT, INSERT"),
    ],
)
async def test_what_is_wrong_with_a_table_is_said_before_anything_fails(
    buried: Buried, table: str, change: str, problem: str | None
) -> None:
    await buried.owner.execute(change)

    found = await problem_with(buried.pool, table)

    assert found == problem if problem is None else (found or "").startswith(problem)


async def test_the_doctor_says_whether_the_table_takes_what_fails(buried: Buried) -> None:
    [well] = await check_dead_letter_table(buried.owner, TABLE)
    [missing] = await check_dead_letter_table(buried.owner, "letters")

    assert (well.state, missing.state) == (State.WELL, State.WARNING)
    assert missing.says == "letters: it is not there"
    assert await check_dead_letter_table(buried.owner, None) == []


async def test_a_sender_with_the_setting_tells_the_table(stage: Stage) -> None:
    await stage.connection.execute(DEAD_LETTERS)
    await stage.connection.execute("INSERT INTO organizations VALUES ($1)", stage.organization_id)
    await _give(stage.connection)
    refusal = ScriptedAnswer(status=400, body={"error": "The number is not on WhatsApp"})
    message_id = await stage.message(await stage.session("wa_1", send_answer=refusal))
    await stage.start_sender(dead_letter_table=TABLE)

    await stage.becomes(message_id, status="failed")

    [entry] = await stage.connection.fetch("SELECT * FROM dead_letter_queue")
    assert (entry["source_id"], entry["status"]) == (message_id, "pending_review")
    assert orjson.loads(entry["payload"])["vps_error"] == "The number is not on WhatsApp"


async def _retry(buried: Buried, message_id: UUID) -> None:
    """As an operator's retry by the API, whose role does that."""
    await buried.owner.execute(
        "UPDATE scheduled_whatsapp_messages SET status = 'pending', next_attempt_at = now(), retried_at = now(),"
        " retry_count = 0, vps_error = NULL, error_message = NULL, attempt_started_at = NULL, version = version + 1"
        " WHERE id = $1",
        message_id,
    )
    await buried.owner.execute("DELETE FROM truesend.dispatch_queue WHERE message_id = $1", message_id)


async def _give(owner: asyncpg.Connection) -> None:
    await owner.execute(f"SET truesend.dead_letter_table = '{TABLE}'")
    await owner.execute((database_folder() / "roles.sql").read_text())


def _settings(url: str) -> Settings:
    return Settings.model_validate(
        {"database_url": url, "kafka_bootstrap_servers": "127.0.0.1:9", "gateway_url": "http://127.0.0.1:9"}
    )


def _as_the_sender(scene: Scene, pool: asyncpg.Pool, table: DeadLetterTable) -> Scene:
    """The same scene, whose sender has a pool of its own role, and tells the table."""
    away = Publisher(
        make_broker(_settings("postgres://127.0.0.1:1/x"), service="test"), topic_prefix="", source="/test"
    )
    settler = Settler(policy=POLICY, hold=HOLD, dead_letters=table)
    evidence = Evidence(
        pool,
        gateways(),
        away,
        policy=POLICY,
        settler=settler,
        retention_s=86_400.0,
        written=lambda: None,
        look_every_s=0.0,
    )
    finaliser = Finaliser(
        pool, away, evidence, policy=POLICY, hold=HOLD, settled=lambda _: None, dead_letters=table, dice=lambda: 0.5
    )
    return replace(scene, evidence=evidence, finaliser=finaliser, fence=StartFence(pool, {}, lease_s=60))
