"""One recipient's data: handed out whole, erased whole, of one organisation only, and nothing that counts is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from tests.harness.commands import Ended, truesend
from tests.harness.databases import Database
from tests.harness.rows import facts_of, insert_message, insert_session, message_row
from tests.harness.waiting import until
from tests.secrets.places import columns
from truesend.store.privacy import Erased, Person, erase, find, kept_about

NUMBER = "919831662479"
GROUP = "120363012345678901@g.us"
TEXT = "canary: the old mill at noon"
SPELLINGS = (NUMBER, "+91 98316 62479", "0091-98316-62479", f"{NUMBER}@s.whatsapp.net", f"{NUMBER}@c.us")


@dataclass
class Archive:
    """Two organisations that wrote to the same person."""

    url: str
    db: asyncpg.Connection
    organization_id: UUID = field(default_factory=uuid4)
    other_id: UUID = field(default_factory=uuid4)

    @property
    def person(self) -> Person:
        return Person(self.organization_id, NUMBER)

    async def message(
        self, recipient: str = NUMBER, status: str = "sent", *, organization_id: UUID | None = None
    ) -> UUID:
        """A message that has come so far, with an attempt, a receipt, and an operator's word in its history."""
        organization_id = organization_id or self.organization_id
        session_id = await insert_session(self.db, organization_id=organization_id)
        message_id = await insert_message(
            self.db, organization_id=organization_id, session_id=session_id, recipient=recipient, text=TEXT
        )
        await self.db.execute(
            "UPDATE scheduled_whatsapp_messages SET status = $2, media_url = 'https://x.example/' || $3,"
            " vps_error = 'no ' || $3 WHERE id = $1",
            message_id,
            status,
            recipient,
        )
        about = (message_id, organization_id, session_id, recipient)
        await self.db.execute(
            "INSERT INTO truesend.message_attempts (message_id, number, organization_id, session_id, recipient,"
            " lease_token, started_at, outcome, answer) VALUES ($1, 1, $2, $3, $4, gen_random_uuid(), now(), 'sent',"
            " 'no ' || $4)",
            *about,
        )
        await self.db.execute(
            "INSERT INTO truesend.evidence (message_id, organization_id, session_id, told_key, kind, chat, reader, told_at,"
            " is_timed, words) VALUES ($1, $2, $3, gen_random_uuid(), 'read', $4, $4, now(), true, 'no ' || $4)",
            *about,
        )
        await self.db.execute(
            "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
            " VALUES ('message', $1, 'message.retried', jsonb_build_object('reason', $3::text, 'status', 'sent'), $2)",
            message_id,
            organization_id,
            f"asked by {recipient}",
        )
        await self.db.execute(
            "INSERT INTO truesend.idempotency_keys (organization_id, key, request_hash, message_id)"
            " VALUES ($1, $2, 'hash of it', $3)",
            organization_id,
            str(message_id),
            message_id,
        )
        return message_id

    async def run(self, *arguments: str, **variables: str) -> Ended:
        """`truesend privacy …` for the first organisation."""
        whose = ("--number", f"+{NUMBER}", "--organization", str(self.organization_id))
        return await asyncio.to_thread(truesend, "privacy", *arguments, *whose, DATABASE_URL=self.url, **variables)

    async def everything(self, organization_id: UUID | None = None) -> str:
        """All that the database holds, of one organisation if one is named."""
        if organization_id is None:
            return "\n".join((await columns(self.db)).values())
        tables = ("scheduled_whatsapp_messages", "truesend.message_attempts", "truesend.evidence", "truesend.event_log")
        rows = [
            await self.db.fetch(
                f"SELECT t::text FROM {name} AS t WHERE organization_id = $1 ORDER BY 1", organization_id
            )
            for name in tables
        ]
        return "\n".join(row[0] for each in rows for row in each)


@pytest_asyncio.fixture
async def archive(database: Database) -> AsyncIterator[Archive]:
    connection = await database.connect()
    yield Archive(database.url, connection)
    await connection.close()


async def test_erasing_takes_the_gateways_words_out_of_the_crms_own_dead_letters(archive: Archive) -> None:
    await archive.db.execute(
        "CREATE TABLE dead_letter_queue (source_table text, source_id uuid, payload jsonb, status text)"
    )
    failed = await archive.message(status="failed")
    await archive.db.execute("SELECT truesend.bury_messages('dead_letter_queue', ARRAY[$1::uuid])", failed)
    words = "SELECT payload ->> 'vps_error' FROM dead_letter_queue"
    before = await archive.db.fetchval(words)

    done = await archive.run("erase", "--yes", DEAD_LETTER_TABLE="public.dead_letter_queue")

    assert (before, done.code, done.errors) == (f"no {NUMBER}", 0, "")
    assert await archive.db.fetchval(words) is None
    assert await archive.db.fetchval("SELECT count(*) FROM dead_letter_queue") == 1


async def test_what_is_kept_about_a_recipient_is_handed_out_whole_and_nobody_elses(archive: Archive) -> None:
    wanted = {str(await archive.message(spelled)) for spelled in SPELLINGS}
    await archive.message("919812345678")
    await archive.message(organization_id=archive.other_id)

    ended = await archive.run("export")

    assert ended.code == 0, ended.errors
    document: dict[str, Any] = json.loads(ended.output)
    assert {row["id"] for row in document["messages"]} == wanted
    assert {row["message_id"] for row in document["attempts"]} == wanted
    assert {row["message_id"] for row in document["evidence"]} == wanted
    assert len(document["events"]) == len(SPELLINGS)
    assert document["messages"][0]["message_content"] == TEXT
    assert str(archive.other_id) not in ended.output


async def test_erasing_counts_first_asks_and_leaves_no_trace_but_that_there_was_something(archive: Archive) -> None:
    ids = [await archive.message(spelled) for spelled in SPELLINGS]
    waiting = await archive.message(status="pending")
    await archive.message(organization_id=archive.other_id)
    others = await archive.everything(archive.other_id)

    counted = await archive.run("erase", "--dry-run", "--json")
    unanswered = await archive.run("erase")
    before = await archive.everything()
    done = await archive.run("erase", "--yes", "--json")

    expected = {"messages": len(SPELLINGS) + 1, "cancelled": 1, "left": 0}
    assert json.loads(counted.output) == expected
    assert unanswered.code == 2
    assert "--yes" in unanswered.errors
    assert TEXT in before
    assert (done.code, json.loads(done.output)) == (0, expected)
    left = await archive.everything(archive.organization_id)
    for trace in (*SPELLINGS, TEXT, "62479", "asked by"):
        assert trace not in left
    assert await archive.everything(archive.other_id) == others
    rows = [await message_row(archive.db, each) for each in ids]
    assert {row["status"] for row in rows} == {"sent"}
    assert await archive.db.fetchval("SELECT count(*) FROM truesend.message_attempts") == len(SPELLINGS) + 2
    assert (await message_row(archive.db, waiting))["status"] == "cancelled"
    assert "message.cancelled" in await facts_of(archive.db, waiting)
    hashes = "SELECT count(*) FROM truesend.idempotency_keys WHERE request_hash = '' AND organization_id = $1"
    assert await archive.db.fetchval(hashes, archive.organization_id) == len(SPELLINGS) + 1


async def test_a_message_on_its_way_is_left_and_the_command_says_so(archive: Archive) -> None:
    sending = await archive.message(status="sending")
    await archive.message()
    unmatched = (
        "INSERT INTO truesend.evidence (organization_id, session_id, told_key, kind, chat, told_at, is_timed)"
        " VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'sent', $2, now(), true)"
    )
    await archive.db.execute(unmatched, archive.organization_id, NUMBER)

    done = await archive.run("erase", "--yes")

    assert done.code == 1
    assert "on their way" in done.errors
    assert (await message_row(archive.db, sending))["message_content"] == TEXT
    kept = await archive.db.fetch("SELECT recipient FROM truesend.message_attempts ORDER BY 1")
    assert [row["recipient"] for row in kept] == [NUMBER, None]
    chats = await archive.db.fetchval("SELECT count(*) FROM truesend.evidence WHERE chat = $1", NUMBER)
    assert chats == 2

    await archive.db.execute("UPDATE scheduled_whatsapp_messages SET status = 'sent' WHERE id = $1", sending)
    await erase(archive.db, archive.person, await find(archive.db, archive.person))
    assert NUMBER not in await archive.everything()


async def test_a_message_that_is_claimed_between_the_look_and_the_erasing_is_left(archive: Archive) -> None:
    message_id = await archive.message(status="pending")
    found = await find(archive.db, archive.person)
    await archive.db.execute("UPDATE scheduled_whatsapp_messages SET status = 'sending' WHERE id = $1", message_id)

    erased = await erase(archive.db, archive.person, found)

    assert erased == Erased(0, 0, 1)
    row = await message_row(archive.db, message_id)
    assert (row["status"], row["message_content"], row["recipient"]) == ("sending", TEXT, NUMBER)


async def test_a_reader_in_a_group_stays_one_reader_without_a_number(archive: Archive) -> None:
    first, second = await archive.message(GROUP), await archive.message(GROUP)
    await archive.db.execute("UPDATE truesend.evidence SET reader = $1", NUMBER)

    await erase(archive.db, archive.person, await find(archive.db, archive.person))

    rows = await archive.db.fetch("SELECT message_id, chat, reader FROM truesend.evidence")
    assert {row["message_id"] for row in rows} == {first, second}
    assert {row["chat"] for row in rows} == {GROUP}
    (reader,) = {row["reader"] for row in rows}
    assert reader.startswith("erased ")
    assert (await message_row(archive.db, first))["message_content"] == TEXT


async def test_a_group_is_erased_by_its_id_and_erasing_twice_changes_nothing(archive: Archive) -> None:
    await archive.message(GROUP)
    group = Person(archive.organization_id, GROUP)

    assert await erase(archive.db, group, await find(archive.db, group)) == Erased(1, 0, 0)
    once = await archive.everything()
    assert await erase(archive.db, group, await find(archive.db, group)) == Erased(0, 0, 0)

    assert GROUP not in once
    assert await archive.everything() == once


async def test_what_a_deleted_message_left_is_found_and_erased_too(archive: Archive) -> None:
    message_id = await archive.message()
    await archive.db.execute("DELETE FROM scheduled_whatsapp_messages WHERE id = $1", message_id)
    kept = await kept_about(archive.db, archive.person, await find(archive.db, archive.person))

    await erase(archive.db, archive.person, await find(archive.db, archive.person))

    assert (len(kept["messages"]), len(kept["attempts"]), len(kept["evidence"])) == (0, 1, 1)
    left = await archive.everything()
    assert NUMBER not in left.replace(f"asked by {NUMBER}", "")


async def test_what_is_no_number_is_refused_and_not_repeated(archive: Archive) -> None:
    whose = ("--organization", str(archive.organization_id))

    ended = await asyncio.to_thread(truesend, "privacy", "export", "--number", "the old mill", *whose)

    assert (ended.code, ended.output) == (2, "")
    assert ended.errors.startswith("truesend: --number: must be a phone number")
    assert len(ended.errors.splitlines()) == 1
    assert "mill" not in ended.errors


async def test_words_in_a_fact_that_the_relay_moves_just_then_are_erased_all_the_same(archive: Archive) -> None:
    await archive.message()
    found = await find(archive.db, archive.person)
    relay: asyncpg.Connection = await asyncpg.connect(archive.url)
    moving = relay.transaction()
    await moving.start()
    await relay.fetch("SELECT * FROM truesend.take_facts($1, 3, 0, 0, 1000)", uuid4())
    erasing = asyncio.create_task(erase(archive.db, archive.person, found))
    await until(lambda: relay.fetch("SELECT FROM pg_locks WHERE NOT granted"), 10, "the erasure meets the relay")

    await moving.commit()
    erased = await erasing

    assert erased == Erased(1, 0, 0)
    assert NUMBER not in await archive.everything()
    await relay.close()
