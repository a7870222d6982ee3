"""`truesend bench` against a whole Truesend of real processes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from simulator.server import Simulator
from tests.harness.commands import Ended, truesend
from tests.harness.databases import Database
from tests.harness.fixtures import StartService
from tests.harness.rows import insert_message, insert_session, message_row
from tests.harness.shared import SharedKafka
from tests.harness.waiting import times_longer, until
from tests.integration.cli.deaf_proxy import deaf_proxy
from truesend.broker.topics import create_topics
from truesend.settings import Settings

ORGANIZATION = uuid4()
GATEWAY_SESSIONS = ("wa_first", "wa_second")


@dataclass
class Site:
    """An installation whose gateway is simulated, without anything of the demo in its database."""

    connection: asyncpg.Connection
    environment: dict[str, str]
    sessions: list[UUID]

    async def run(self, *arguments: str, **changes: str) -> Ended:
        """A bench, while this test's own loop goes on."""
        return await asyncio.to_thread(truesend, "bench", *arguments, **(self.environment | changes))

    async def counts(self) -> dict[str, int]:
        """Messages by status."""
        rows = await self.connection.fetch(
            "SELECT status, count(*) AS number FROM scheduled_whatsapp_messages GROUP BY status"
        )
        return {row["status"]: row["number"] for row in rows}


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Simulator]:
    async with Simulator.running() as simulator:
        for each in GATEWAY_SESSIONS:
            simulator.world.add(each)
        yield simulator


@pytest_asyncio.fixture
async def site(
    gateway: Simulator, database: Database, kafka: SharedKafka, topic_prefix: str, start_service: StartService
) -> Site:
    values: dict[str, Any] = {
        "database_url": database.url,
        "kafka_bootstrap_servers": kafka.bootstrap_servers,
        "truesend_topic_prefix": topic_prefix,
        "gateway_url": gateway.url,
        "kafka_topic_partitions": 2,
        "auth_mode": "none",
    }
    await create_topics(Settings(**values))
    settings = {name.upper(): str(value) for name, value in values.items()}
    names = ("api", "verifier", "sender")
    api, *_ = await asyncio.gather(*(start_service(name, settings) for name in names))
    connection = await database.connect()
    sessions = [
        await insert_session(connection, organization_id=ORGANIZATION, vps_session_id=each) for each in GATEWAY_SESSIONS
    ]
    reached = {"TRUESEND_URL": api.url, "TRUESEND_ORGANIZATION": str(ORGANIZATION)}
    return Site(connection, reached, sessions)


async def test_every_message_of_a_bench_is_sent_and_every_verification_measured(site: Site) -> None:
    ended = await site.run("--messages", "60", "--verify", "6", "--yes-really-send", "--json")

    found = json.loads(ended.output)
    assert ended.code == 0, ended.errors
    assert (found["accepted"], found["by_status"], found["left"]) == (60, {"sent": 60}, {})
    assert found["due_to_sent"]["count"] == 60
    assert 0 < found["due_to_sent"]["p50_ms"] <= found["due_to_sent"]["p99_ms"]
    assert found["verified"]["count"] == 6
    assert await site.counts() == {"sent": 60}


async def test_a_bench_that_might_reach_somebody_is_refused_before_anything_is_posted(site: Site) -> None:
    nobody_named = await site.run("--messages", "5")
    nobody_to_ask = await site.run("--messages", "5", "--recipient", "919812345678")

    assert (nobody_named.code, nobody_to_ask.code) == (2, 2)
    assert "--recipient" in nobody_named.errors
    assert "--yes" in nobody_to_ask.errors
    assert await site.counts() == {}


async def test_what_cannot_leave_is_told_with_its_reason_and_cancelled_and_others_messages_stay(site: Site) -> None:
    held, _ = site.sessions
    theirs = await insert_message(site.connection, organization_id=ORGANIZATION, session_id=held, due_in_s=3600)
    await asyncio.to_thread(truesend, "sessions", "pause", str(held), **site.environment)

    ended = await site.run("--messages", "20", "--patience", "2", "--recipient", "919812345678", "--yes-really-send")
    counts = await site.counts()

    assert ended.code == 1
    assert "held: paused" in ended.output
    assert counts == {"sent": 10, "cancelled": 10, "pending": 1}
    assert (await message_row(site.connection, theirs))["status"] == "pending"


async def test_ctrl_c_cancels_what_still_waits_and_tells_what_became_of_the_rest(site: Site) -> None:
    for session_id in site.sessions:
        await asyncio.to_thread(truesend, "sessions", "pause", str(session_id), **site.environment)
    arguments = ["bench", "--messages", "500", "--rate", "50", "--yes-really-send", "--json"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "truesend.cli.main", *arguments),
        env=os.environ | site.environment,
        stdout=asyncio.subprocess.PIPE,
    )

    async def some_wait() -> bool:
        return (await site.counts()).get("pending", 0) >= 20

    await until(some_wait, 30, "messages wait")
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.wait_for(process.communicate(), 30 * times_longer())
    found = json.loads(output)

    assert process.returncode == 1
    assert found["stopped"] == "stopped by hand"
    # a batch whose answer Ctrl-C cut off is found by its mark
    assert found["cancelled"] >= max(20, found["accepted"])
    assert await site.counts() == {"cancelled": found["cancelled"]}


async def test_messages_whose_post_nobody_answered_are_found_by_their_mark_and_cancelled(site: Site) -> None:
    for session_id in site.sessions:
        await asyncio.to_thread(truesend, "sessions", "pause", str(session_id), **site.environment)

    async with deaf_proxy(site.environment["TRUESEND_URL"], lost="/v1/messages/batch") as url:
        ended = await site.run("--messages", "30", "--yes-really-send", "--json", TRUESEND_URL=url)

    found = json.loads(ended.output)
    assert (ended.code, found["accepted"]) == (1, 0)
    assert "cannot be reached" in found["stopped"]
    assert (found["cancelled"], found["left"]) == (30, {"held: paused": 30})
    assert await site.counts() == {"cancelled": 30}
