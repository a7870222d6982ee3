"""An operator at a terminal, with every service running."""

import asyncio
import json
import os
import subprocess
import sys
from uuid import uuid4

from tests.acceptance.conftest import API_KEY, Town
from tests.harness.commands import truesend

MISSED = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " VALUES ('session', $1, 'session.missed', truesend.session_fact($1, 'session.missed', NULL, NULL), $2)"
)


def started_watch(url: str) -> "subprocess.Popen[str]":
    """`truesend sessions watch --json`, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "truesend.cli.main", "sessions", "watch", "--json"],
        env=os.environ | {"TRUESEND_URL": url, "TRUESEND_API_KEY": API_KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


async def test_verify_waits_until_the_gateway_has_answered(town: Town) -> None:
    dead = await town.session("wa_dead", state="disconnected", error="Logged out from the phone")
    api = await town.start("api")
    await town.start("verifier", verify_sweep_s=600)
    reached = {"TRUESEND_URL": api.url, "TRUESEND_API_KEY": API_KEY}

    ended = await asyncio.to_thread(
        truesend, "sessions", "verify", str(dead), "--wait", "--timeout", "20", "--json", **reached
    )
    unknown = await asyncio.to_thread(truesend, "sessions", "verify", str(uuid4()), "--wait", **reached)

    told = json.loads(ended.output)
    assert (ended.code, told["not_verified"]) == (0, []), ended.errors
    assert told["items"][0]["status"] == "disconnected"
    assert "Logged out from the phone" in told["items"][0]["last_error"]
    assert unknown.code == 4


async def test_verify_that_nobody_answers_ends_in_time_and_names_the_session(town: Town) -> None:
    session_id = await town.session("wa_a")
    api = await town.start("api")
    reached = {"TRUESEND_URL": api.url, "TRUESEND_API_KEY": API_KEY}

    ended = await asyncio.to_thread(
        truesend, "sessions", "verify", str(session_id), "--wait", "--timeout", "1", "--json", **reached
    )

    assert (ended.code, json.loads(ended.output)["not_verified"]) == (1, [str(session_id)]), ended.errors


async def test_watch_goes_on_where_it_was_when_the_api_was_killed(town: Town) -> None:
    session_id = await town.session("wa_a")
    api = await town.start("api")
    await town.start("verifier", verify_sweep_s=600)  # it relays the facts, too
    watch = started_watch(api.url)
    try:
        assert watch.stdout is not None
        line = asyncio.create_task(asyncio.to_thread(watch.stdout.readline))
        while not line.done():  # until the watcher has joined
            for action in ("pause", "resume"):
                await town.post(api, f"/v1/sessions/{session_id}/{action}", {})
            await asyncio.wait([line], timeout=0.5)
        api.kill()
        async with town.database() as connection:
            await connection.execute(MISSED, session_id, town.organization_id)
        api.launch()

        types = [json.loads(line.result())["data"]["type"]]
        async with asyncio.timeout(60):
            while types[-1] != "session.missed":
                types.append(json.loads(await asyncio.to_thread(watch.stdout.readline))["data"]["type"])
    finally:
        watch.kill()
        watch.communicate()
