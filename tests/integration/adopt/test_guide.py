"""docs/adopting, typed from its first line to its last on a CRM's database: every block of it works."""

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from simulator.server import Simulator
from tests.acceptance.conftest import GATEWAY_KEY, environment_of
from tests.harness.docs import DOCS, Block, blocks
from tests.harness.ports import lasting_port
from tests.harness.shared import SharedKafka, SharedPostgres
from tests.harness.waiting import until
from tests.integration.adopt.crm_jobs import make_cron
from tests.migration.crm import FIRST_ORGANIZATION, OwnedDatabase, make_crm, owned_database
from truesend.settings import Settings

ROOT = DOCS.parent
SERVICES = ("truesend verifier", "truesend sender")
EXAMPLES = ROOT / "web" / "examples" / "ten-lines" / "src"


@dataclass
class Reader:
    """Somebody who types what the guide says, in the project's folder, as the owner of a CRM's database."""

    crm: OwnedDatabase
    db: asyncpg.Connection
    environment: Mapping[str, str]
    typed: list[Block] = field(default_factory=list)

    async def follow(self, page: str) -> None:
        """Type every block of a page that is SQL or shell; the first that fails ends it."""
        for block in blocks(page):
            match block.language:
                case "sql":
                    await self.db.execute(self._as_named_here(block.code))
                case "sh" if block.code.strip().endswith(SERVICES):
                    await self._serve(block.code)
                case "sh":
                    await self._run(block.code)
                case _:
                    continue
            self.typed.append(block)

    def _as_named_here(self, code: str) -> str:
        """Roles are the whole server's, which other tests use, too."""
        for name in ("truesend_service", "crm_api"):
            code = code.replace(name, f'"{name}_{self.crm.owner}"')
        return code

    async def _run(self, code: str) -> None:
        shell = await self._shell(code, self.environment)
        said, _ = await asyncio.wait_for(shell.communicate(), 120)
        assert shell.returncode == 0, f"{code}\n{said.decode()}"

    async def _serve(self, code: str) -> None:
        """A service runs until it is told to end: started, ready, and ended in good order."""
        port = lasting_port()
        service = await self._shell(_in_the_shells_place(code), {**self.environment, "HEALTH_PORT": str(port)})
        try:
            await until(lambda: _is_ready(port), 60, f"{code} is ready")
        finally:
            service.terminate()
            await asyncio.wait_for(service.communicate(), 30)
        assert service.returncode == 0

    async def _shell(self, code: str, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "sh",
            "-ec",
            code,
            cwd=ROOT,
            env=dict(environment),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )


@pytest_asyncio.fixture
async def reader(
    postgres: SharedPostgres, kafka: SharedKafka, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Reader]:
    if which("psql") is None:
        if os.environ.get("CI"):
            pytest.fail("this run demands psql, and the machine has none: install postgresql-client")
        pytest.skip("the guide calls psql: install postgresql-client")
    async with owned_database(postgres.url) as crm, Simulator.running(api_key=GATEWAY_KEY) as gateway:
        await make_crm(crm, rows=100)
        await make_cron(crm)
        admin = await crm.connect_as_admin()
        await admin.execute(f'ALTER ROLE "{crm.owner}" CREATEROLE')
        await admin.execute(f'CREATE ROLE "truesend_service_{crm.owner}" NOLOGIN BYPASSRLS')
        db = await crm.connect()
        settings = environment_of(crm.url, kafka.bootstrap_servers, gateway.url, topic_prefix)
        inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        shim = tmp_path / "truesend"
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m truesend.cli.main "$@"\n')
        shim.chmod(0o755)
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ORGANIZATION": str(FIRST_ORGANIZATION)}
        yield Reader(crm, db, {**inherited, **settings, **path})
        for role in (f"truesend_service_{crm.owner}", f"crm_api_{crm.owner}"):
            if await admin.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", role):
                await admin.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
        await db.close()
        await admin.close()


@pytest.mark.timeout(600)
async def test_the_guide_can_be_followed_from_the_first_look_to_the_way_back(reader: Reader) -> None:
    await reader.follow("adopting/index.md")
    await reader.follow("adopting/seams.md")
    await reader.follow("adopting/roles.md")
    await reader.follow("adopting/dead-letters.md")

    assert len(reader.typed) > 20
    jobs = await reader.db.fetch("SELECT jobname::text FROM cron.job ORDER BY jobid")
    assert [row["jobname"] for row in jobs] == ["process-webinar-queue", "process-campaign-queue", "clean-sessions"]
    held = await reader.db.fetchrow(
        "SELECT count(*) FILTER (WHERE status = 'failed') AS expired,"
        " count(*) FILTER (WHERE status = 'pending' AND next_attempt_at IS NULL) AS held"
        " FROM scheduled_whatsapp_messages WHERE organization_id = $1 AND scheduled_for <= now()",
        FIRST_ORGANIZATION,
    )
    assert held is not None
    assert held["held"] == 0
    rights = "SELECT has_table_privilege('truesend_sender', 'dead_letter_queue', 'INSERT')"
    assert await reader.db.fetchval(rights)


def test_the_settings_that_the_guide_shows_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [
        line.partition("=")
        for page in ("adopting/seams.md", "adopting/turning-off.md")
        for block in blocks(page)
        if block.language == "env"
        for line in block.code.splitlines()
    ]
    needed = {"database_url": "postgres://x/y", "kafka_bootstrap_servers": "x:1", "gateway_url": "http://x"}
    for name, _, value in shown:
        monkeypatch.setenv(name, value.replace("PROJECT", uuid4().hex))

    settings = Settings.model_validate(needed)

    assert {name.lower() for name, _, _ in shown} <= settings.model_fields_set
    settings.require_auth()


@pytest.mark.parametrize("name", ["crm-sessions-page.tsx", "crm-truesend-client.ts"])
def test_what_the_guide_shows_of_the_page_is_what_is_type_checked(name: str) -> None:
    source = (EXAMPLES / name).read_text()

    assert source in [block.code for block in blocks("adopting/page.md")]


def _in_the_shells_place(code: str) -> str:
    """The service in the shell's place, so that it is the one that is told to end."""
    assignment, _, command = code.strip().rpartition("truesend ")
    return f"{'export ' + assignment.strip() + '; ' if assignment else ''}exec truesend {command}"


async def _is_ready(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
