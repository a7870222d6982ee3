"""A backup that is taken under load, and restored: what it does not know of is neither sent again nor lost."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import aiohttp
import asyncpg

from tests.acceptance.conftest import API_KEY, Town
from tests.harness.backups import dump, restore
from tests.harness.commands import truesend
from tests.harness.databases import Database, drop_database
from tests.harness.roles import SERVICES, url_of
from tests.harness.rows import facts_of
from tests.harness.shared import SharedPostgres
from tests.harness.waiting import until
from truesend.store.adoption import count_held

SESSIONS = 4
BEFORE, LATER, FRESH = 40, 20, 3
LEASE_S = 4.0


async def test_what_was_sent_after_the_backup_is_not_sent_again_and_nothing_is_lost(
    town: Town, database: Database, postgres: SharedPostgres, tmp_path: Path
) -> None:
    paused, *sessions = [await town.session(f"wa_{number}", latency_ms=100.0) for number in range(SESSIONS)]
    services = [await town.start("api"), await town.start("sender", lease_s=LEASE_S)]
    await town.post(services[0], f"/v1/sessions/{paused}/pause", {})
    messages = await _messages(town, [paused, *sessions], BEFORE)
    tomorrow = await town.message(sessions[0], due_in_s=86_400.0)
    await _some_are_sent(town, BEFORE // 4)

    await dump(database.url, tmp_path / "backup")
    await town.post(services[0], f"/v1/sessions/{paused}/resume")
    lost = await _messages(town, sessions, LATER)
    await _all_but_tomorrows_are_sent(town, BEFORE + LATER)
    seen = await _last_event_id(services[0].url, after=0)
    for service in services:
        service.kill()

    async with _restored(town, tmp_path / "backup", postgres) as after:
        delivered = town.gateway.ledger.delivery_count
        told = await _settled(after)
        services = [await after.start("api"), await after.start("sender", lease_s=LEASE_S)]
        fresh = await _messages(after, sessions, FRESH)
        for message_id in fresh:
            await after.becomes(message_id, "sent")
        await _nothing_is_on_its_way(after)

        assert town.gateway.ledger.delivery_count == delivered + FRESH
        assert not town.gateway.ledger.duplicates()
        rows = {message_id: await after.row(message_id) for message_id in messages}
        held = [message_id for message_id, row in rows.items() if row["status"] == "pending"]
        assert {row["status"] for row in rows.values()} <= {"sent", "pending", "sending"}
        assert f"{len(held)} messages were due and may have been sent since the backup: they are held." in told
        assert len(held) >= BEFORE // SESSIONS
        assert {rows[message_id]["next_attempt_at"] for message_id in held} == {None}
        assert (await after.row(tomorrow))["error_message"] is None
        async with after.database() as connection:
            assert not await connection.fetchval(
                "SELECT count(*) FROM scheduled_whatsapp_messages WHERE id = ANY ($1)", lost
            )
            assert (await facts_of(connection, held[0]))[-1] == "message.held"
            assert [each.messages for each in await count_held(connection)] == [len(held)]
        assert await _last_event_id(services[0].url, after=seen) > seen


async def _messages(town: Town, sessions: list[UUID], number: int) -> list[UUID]:
    """Each to somebody of their own."""
    return [
        await town.message(sessions[place % len(sessions)], recipient=f"9198{secrets.randbelow(10**8):08}")
        for place in range(number)
    ]


async def _some_are_sent(town: Town, number: int) -> None:
    async def enough() -> bool:
        return (await town.counts()).get("sent", 0) >= number

    await until(enough, 20, f"{number} messages are sent")


async def _all_but_tomorrows_are_sent(town: Town, number: int) -> None:
    async def are_sent() -> bool:
        return await town.counts() == {"sent": number, "pending": 1}

    await until(are_sent, 30, f"{number} messages are sent")


async def _nothing_is_on_its_way(town: Town) -> None:
    async def is_quiet() -> bool:
        return "sending" not in await town.counts()

    await until(is_quiet, 30, "what was being sent when the backup was taken is looked up")


async def _settled(town: Town) -> str:
    """Run `truesend restored`, as soon as the lead that the backup remembers is over."""

    async def run() -> str | None:
        ended = await asyncio.to_thread(truesend, "restored", "--yes", DATABASE_URL=town.environment["DATABASE_URL"])
        assert ended.code == 0 or "is at work" in ended.errors, ended.errors
        return ended.output if ended.code == 0 else None

    return await until(run, 20, "the restored database is settled")


@asynccontextmanager
async def _restored(town: Town, file: Path, postgres: SharedPostgres) -> AsyncIterator[Town]:
    """The town on a database that was restored from the backup."""
    name = f"test_{secrets.token_hex(6)}"
    url = await restore(file, postgres.url, name)
    try:
        yield replace(
            town,
            connect=lambda: asyncpg.connect(url),
            environment=town.environment | {"DATABASE_URL": url},
            database_urls={service: url_of(url, service) for service in SERVICES},
        )
    finally:
        await drop_database(postgres.url, name)


async def _last_event_id(url: str, *, after: int) -> int:
    """The id of the last event of those that are there, or come within two seconds."""
    last = after
    headers = {"X-API-Key": API_KEY, "Last-Event-ID": str(after)}
    async with (
        aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(sock_read=2)) as client,
        client.get(f"{url}/v1/events") as stream,
    ):
        assert stream.status == 200, await stream.text()
        try:
            async for line in stream.content:
                if line.startswith(b"id:"):
                    last = int(line.removeprefix(b"id:"))
        except TimeoutError:
            return last
    return last
