"""`truesend gateways`, as people and scripts run it, against simulated gateways."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from simulator.frame.server import SimulatedGateway
from simulator.kinds.waha import SimulatedWaha
from simulator.server import Simulator
from tests.harness.commands import Ended, truesend
from tests.harness.databases import Database
from tests.harness.rows import insert_session

KEY = "key-123456"


class Place:
    """Two gateways, and the file that describes them."""

    def __init__(self, waha: SimulatedGateway, vps: Simulator, folder: Path) -> None:
        self.waha = waha
        self.vps = vps
        self.file = folder / "gateways.toml"
        self.environment = {"WAHA_KEY": KEY, "VPS_KEY": KEY, "WEBHOOK_SECRET": "hook-secret-1"}
        self.describe()

    def describe(self, **changes: str) -> None:
        waha_url = changes.get("waha_url", self.waha.url)
        self.file.write_text(
            f"""
            [gateways.main]
            kind = "waha"
            url = "{waha_url}"
            key_env = "WAHA_KEY"
            callback_base_url = "http://crm.example"
            status_timeout_s = 2

            [gateways.old]
            kind = "vps"
            url = "{self.vps.url}"
            key_env = "VPS_KEY"
            callback_base_url = "http://crm.example"
            """
        )

    async def run(self, *arguments: str, **variables: str) -> Ended:
        environment = {"GATEWAYS_FILE": str(self.file), **self.environment, **variables}
        return await asyncio.to_thread(truesend, "gateways", *arguments, **environment)

    async def checked(self, **variables: str) -> tuple[int, dict[str, dict[str, object]]]:
        ended = await self.run("check", "--json", **variables)
        assert not ended.errors, ended.errors
        return ended.code, {item["gateway"]: item for item in json.loads(ended.output)["items"]}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with contextlib.AsyncExitStack() as stack:
        waha = await stack.enter_async_context(SimulatedGateway.running(SimulatedWaha, api_key=KEY))
        vps = await stack.enter_async_context(Simulator.running(api_key=KEY))
        waha.memory.put("s1", state="WORKING")
        waha.memory.put("s2", state="STOPPED")
        yield Place(waha, vps, tmp_path)


async def test_each_gateway_that_is_well_says_so(place: Place) -> None:
    code, items = await place.checked()

    assert code == 0
    main, old = items["main"], items["old"]
    assert (main["reachable"], main["key_accepted"], main["version"]) == (True, True, "2026.7.1")
    assert (main["sessions"], main["webhook"]) == (2, "registered for 0 of 2")
    assert main["webhook_url"] == "http://crm.example/v1/webhooks/main"
    assert (old["reachable"], old["key_accepted"], old["sessions"]) == (True, True, None)


async def test_a_gateway_that_refuses_our_key_and_one_that_is_not_there_are_ill(place: Place) -> None:
    code, items = await place.checked(VPS_KEY="another-key-1")
    assert (code, items["old"]["key_accepted"]) == (1, False)

    place.describe(waha_url="http://127.0.0.1:9")
    code, items = await place.checked()
    assert (code, items["main"]["reachable"], items["old"]["key_accepted"]) == (1, False, True)
    assert "no connection" in str(items["main"]["detail"])


async def test_one_can_be_checked_alone_and_one_that_does_not_exist_is_named(place: Place) -> None:
    alone = await place.run("check", "old")
    nobody = await place.run("check", "nobody")

    assert alone.code == 0
    assert alone.output.startswith("old\tvps\tyes\taccepted")
    assert (nobody.code, nobody.errors) == (4, "truesend: there is no gateway 'nobody'; there are: main, old\n")


async def test_every_mistake_in_the_file_is_printed_on_a_line_of_its_own(place: Place) -> None:
    place.file.write_text('[gateways.main]\nkind = "wahaa"\n[gateways.second]\nkind = "vps"\n')

    ended = await place.run("check")

    assert ended.code == 2
    assert [line.rpartition("/")[2] for line in ended.errors.splitlines()] == [
        "truesend: GATEWAYS_FILE: the file can't be used",
        "gateways.toml:1: url is missing in [gateways.main]; write url = …",
        ended.errors.splitlines()[2].rpartition("/")[2],
        "gateways.toml:3: url is missing in [gateways.second]; write url = …",
    ]
    assert "gateways.toml:2: kind 'wahaa' is unknown" in ended.errors


async def test_a_file_and_a_gateway_of_the_environment_are_one_too_many(place: Place) -> None:
    ended = await place.run("check", GATEWAY_URL="http://127.0.0.1:9", GATEWAY_API_KEY="k")

    assert ended.code == 2
    assert "drop GATEWAY_URL, GATEWAY_API_KEY, or the file" in ended.errors


async def test_our_address_is_registered_for_each_of_our_sessions(place: Place, database: Database) -> None:
    connection = await database.connect()
    for name, gateway in (("s1", "main"), ("unknown", "main"), ("wa_1", "old")):
        await insert_session(connection, organization_id=uuid4(), vps_session_id=name, gateway=gateway)
    await connection.close()

    ended = await place.run("webhooks", "--register", "--yes", "--json", DATABASE_URL=database.url)

    results = {item["session"]: item["registered"] for item in json.loads(ended.output)["items"]}
    assert results == {"s1": True, "unknown": False}
    assert ended.code == 1
    assert "old: can't be told by a call; have it post to http://crm.example/v1/webhooks/old" in ended.errors
    assert place.waha.memory.sessions["s1"].webhook_url == "http://crm.example/v1/webhooks/main"
    assert place.waha.memory.sessions["s1"].webhook_secret == "hook-secret-1"
    _, items = await place.checked()
    assert items["main"]["webhook"] == "registered for 1 of 2"


async def test_nothing_is_registered_without_a_secret_or_a_way_to_us(place: Place) -> None:
    without_secret = await place.run("webhooks", "--register", "--yes", WEBHOOK_SECRET="")
    place.file.write_text(place.file.read_text().replace('callback_base_url = "http://crm.example"', ""))
    without_address = await place.run("webhooks", "--register", "--yes")

    assert (without_secret.code, without_address.code) == (2, 2)
    assert "set WEBHOOK_SECRET" in without_secret.errors
    assert "set GATEWAY_CALLBACK_BASE_URL" in without_address.errors


async def test_kinds_are_listed_with_what_they_can_do(place: Place) -> None:
    ended = await place.run("kinds", "--json")

    kinds = json.loads(ended.output)
    assert kinds["vps"]["lookup"] == "yes"
    assert kinds["waha"]["bulk_status"] == "yes"
