"""The wheel and the source distribution: what `make dist` makes runs where there is nothing but Python."""

import asyncio
import signal
import subprocess
import tarfile
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from zipfile import ZipFile

import aiohttp
import psutil
import pytest
import pytest_asyncio

from tests.acceptance.local_stack import LocalStack
from tests.harness.distributions import REPOSITORY, build, install
from tests.harness.waiting import until
from truesend.cli.up.demo import DEAD, HEALTHY

pytestmark = pytest.mark.xdist_group("distributions")

VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", REPOSITORY, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands are of an environment that holds the wheel and what it asks for."""
    return install(wheel, tmp_path_factory.mktemp("installed") / "environment")


@pytest_asyncio.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def test_the_wheel_in_an_empty_environment_brings_up_a_demo_that_sends_and_leaves_nothing_behind(
    commands: Path, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    alone = {"PATH": str(commands), "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    stack = LocalStack(tmp_path / "data", truesend=[str(commands / "truesend")], environment=alone)
    try:
        await asyncio.to_thread(stack.until_running)
        family = stack.family()
        page, key = stack.page_and_first_key()
        client.headers["X-API-Key"] = key

        async with client.get(page, headers={"Accept": "text/html"}) as answer:
            assert 'id="root"' in await answer.text()

        async def sessions_are_as_their_gateway_says() -> bool:
            async with client.get(f"{stack.url}/v1/sessions") as answer:
                rows = {row["id"]: row for row in (await answer.json())["items"]}
            healthy, dead = rows[str(HEALTHY.id)], rows[str(DEAD.id)]
            return healthy["last_verified_at"] is not None and dead["status"] == "disconnected" and dead["last_error"]

        await until(sessions_are_as_their_gateway_says, 30, "both sessions are verified")

        message = {"session_id": str(HEALTHY.id), "recipient": "919800009999", "message_content": "From a wheel"}
        async with client.post(f"{stack.url}/v1/messages", json=message) as answer:
            assert answer.status == 201, await answer.text()
            message_id = (await answer.json())["id"]

        async def message_is_sent() -> bool:
            async with client.get(f"{stack.url}/v1/messages/{message_id}") as answer:
                return bool((await answer.json())["status"] == "sent")

        await until(message_is_sent, 30, "the message is sent")
        async with client.get(f"{stack.gateway_url}/_control/ledger?recipient=919800009999") as answer:
            assert (await answer.json())["counts"] == {"posts": 1, "deliveries": 1}

        stack.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(stack.ended, within_s=20) == 0, stack.output
    finally:
        stack.close()
    assert stack.output.rstrip().endswith("Everything has ended.")
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []


def test_the_installed_command_says_its_version(commands: Path) -> None:
    said = subprocess.run([commands / "truesend", "--version"], capture_output=True, text=True)

    assert (said.stdout, said.stderr) == (f"truesend {VERSION}\n", "")


def test_a_wheel_that_is_built_of_the_source_distribution_is_the_same_and_needs_no_node(
    wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(build("sdist", REPOSITORY, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")

    again = build("wheel", tmp_path / f"truesend-{VERSION}", tmp_path / "wheel", {"PATH": ""})

    assert again.name == wheel.name
    assert _content(again) == _content(wheel)


def test_the_distributions_hold_what_runs_and_neither_tests_nor_what_was_built_elsewhere(
    wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(build("sdist", REPOSITORY, tmp_path)) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    files = set(_content(wheel))

    assert {"services/api/page/dist/index.html", "truesend/store/db/roles.sql", "simulator/main.py"} <= files
    assert {"CHANGELOG.md", "LICENSE", "web/page/dist/index.html", "web/page/src/main.tsx"} <= sources
    assert {name.split("/")[0] for name in files} == {
        "truesend",
        "services",
        "simulator",
        f"truesend-{VERSION}.dist-info",
    }
    strange = ("node_modules", "/tests/", ".env", "__pycache__", "packages/react/dist", "/.built", "/.vite/")
    assert [name for name in files | sources if any(word in f"/{name}" for word in strange)] == []


def _content(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
