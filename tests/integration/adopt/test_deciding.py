"""What was overdue on the day of adoption is decided on by organisation and by age, after a question, never by accident."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from tests.harness.commands import Ended, environment, truesend
from tests.harness.databases import Database
from tests.harness.rows import insert_message, insert_session

HOUR_S = 3_600.0


@dataclass
class Held:
    """An organisation with one message that was due an hour before the adoption, and one that was due a week before."""

    url: str
    db: asyncpg.Connection
    fresh: UUID
    old: UUID
    organization_id: UUID = field(default_factory=uuid4)

    def adopt(self, *arguments: str) -> Ended:
        return truesend("adopt", *arguments, DATABASE_URL=self.url)

    async def state(self, message_id: UUID) -> str:
        """`held`, `released` or the row's status."""
        row = await self.db.fetchrow(
            "SELECT status, next_attempt_at FROM scheduled_whatsapp_messages WHERE id = $1", message_id
        )
        assert row is not None
        if row["status"] != "pending":
            return str(row["status"])
        return "held" if row["next_attempt_at"] is None else "released"


@pytest_asyncio.fixture
async def held(database: Database) -> AsyncIterator[Held]:
    db = await database.connect()
    organization_id = uuid4()
    session_id = await insert_session(db, organization_id=organization_id)
    fresh, old = [
        await insert_message(db, organization_id=organization_id, session_id=session_id, due_in_s=-age_s)
        for age_s in (HOUR_S, 7 * 24 * HOUR_S)
    ]
    await db.execute("UPDATE truesend.adoption SET overdue_before = now()")
    yield Held(database.url, db, fresh, old, organization_id)
    await db.close()


async def test_what_was_due_lately_is_released_and_the_rest_expired(held: Held) -> None:
    released = held.adopt("release", "--newer-than", "12h", "--yes")
    assert released == Ended(0, "1 messages may be sent now.\n", "")
    assert (await held.state(held.fresh), await held.state(held.old)) == ("released", "held")

    expired = held.adopt("expire", "--older-than", "3d", "--organization", str(held.organization_id), "--yes")
    assert expired == Ended(0, "1 messages failed as expired.\n", "")
    assert (await held.state(held.fresh), await held.state(held.old)) == ("released", "failed")


async def test_a_dry_run_says_what_would_be_meant_and_changes_nothing(held: Held) -> None:
    ended = held.adopt("release", "--older-than", "3d", "--dry-run")

    assert ended.code == 0
    assert f"organisation {held.organization_id}: 1 messages" in ended.output
    assert ended.output.endswith("Nothing was changed.\n")
    assert (await held.state(held.fresh), await held.state(held.old)) == ("held", "held")


async def test_where_nobody_can_be_asked_it_wants_a_yes_and_changes_nothing(held: Held) -> None:
    ended = held.adopt("expire")

    assert ended.code == 2
    assert "2 messages of 1 organisation(s) are held" in ended.errors
    assert "--yes" in ended.errors
    assert (await held.state(held.fresh), await held.state(held.old)) == ("held", "held")


async def test_what_grows_old_enough_while_the_question_stands_is_not_meant(held: Held) -> None:
    terminal, its_end = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "truesend.cli.main", "adopt", "expire", "--older-than", "12h"),
        env=environment(DATABASE_URL=held.url),
        stdin=its_end,
        stdout=asyncio.subprocess.PIPE,
        stderr=its_end,
    )
    os.close(its_end)
    asked = await asyncio.to_thread(_read_until, terminal, b"[y/N]:")

    await held.db.execute(
        "UPDATE scheduled_whatsapp_messages SET scheduled_for = now() - interval '12 hours' WHERE id = $1", held.fresh
    )
    os.write(terminal, b"y\n")
    output, _ = await process.communicate()
    os.close(terminal)

    assert b"1 messages of 1 organisation(s) are held" in asked
    assert output.strip() == b"1 messages failed as expired."
    assert (await held.state(held.fresh), await held.state(held.old)) == ("held", "failed")


async def test_another_organisations_messages_are_not_meant(held: Held) -> None:
    ended = held.adopt("release", "--organization", str(uuid4()), "--yes")

    assert ended == Ended(0, "Nothing is held that this means.\n", "")
    assert await held.state(held.fresh) == "held"


@pytest.mark.parametrize("arguments", [("release", "--older-than", "a week"), ("--send", "release")])
def test_what_is_mistyped_is_named_and_does_nothing(arguments: tuple[str, ...]) -> None:
    ended = truesend("adopt", *arguments, DATABASE_URL="postgres://127.0.0.1:1/nowhere")

    assert ended.code == 2
    assert len(ended.errors.splitlines()) == 1


def _read_until(terminal: int, words: bytes) -> bytes:
    said = b""
    while words not in said:
        said += os.read(terminal, 1_024)
    return said
