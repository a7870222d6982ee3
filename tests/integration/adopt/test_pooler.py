"""The check tells whether a pooler stands between it and Postgres, and works through one all the same."""

import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import pytest_asyncio

from tests.harness.ports import lasting_port
from tests.harness.waiting import until
from tests.migration.crm import OwnedDatabase
from truesend.cli.adopt.check.examination import examine_database
from truesend.cli.doctor.finding import Finding, State

PoolerUrl = Callable[[str], Awaitable[str]]


@pytest_asyncio.fixture
async def pooler(crm: OwnedDatabase) -> AsyncIterator[PoolerUrl]:
    """Starts a PgBouncer in a mode before the CRM's database; gives the database's URL through it."""
    if which("pgbouncer") is None:
        if os.environ.get("CI"):
            pytest.fail("this run demands PgBouncer, and the machine has none: install pgbouncer")
        pytest.skip("needs PgBouncer: install pgbouncer")
    with ExitStack() as stack:

        async def url_through(mode: str) -> str:
            url = stack.enter_context(_pgbouncer(crm, mode))
            await until(lambda: _answers(url), 20, "PgBouncer answers")
            return url

        yield url_through


@pytest.mark.parametrize(
    ("mode", "state"), [("transaction", State.ILL), ("session", State.NOTE)], ids=["transaction", "session"]
)
async def test_a_pooler_is_recognised_by_its_mode_and_everything_else_is_told_through_it(
    crm: OwnedDatabase, pooler: PoolerUrl, mode: str, state: State
) -> None:
    url = await pooler(mode)
    straight = await examine_database(crm.url)

    through = await examine_database(url)

    [connection] = [finding for finding in through if finding.check == "connection"]
    assert connection.state is state
    assert _the_rest(through) == _the_rest(straight)


def _the_rest(findings: list[Finding]) -> list[Finding]:
    """What does not change by itself from one look to the next."""
    return [finding for finding in findings if finding.check not in {"connection", "connected", "due"}]


@contextmanager
def _pgbouncer(crm: OwnedDatabase, mode: str) -> Iterator[str]:
    server, port = urlsplit(crm.url), lasting_port()
    host = parse_qs(server.query).get("host", [server.hostname])[0]
    with TemporaryDirectory(prefix="pgbouncer-") as folder:
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            f"[databases]\ncrm = host={host} port={server.port or 5432} dbname={server.path.removeprefix('/')}"
            f" user={crm.owner} password='{crm.password}'\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = {mode}\ndefault_pool_size = 4\nignore_startup_parameters = extra_float_digits\n"
        )
        Path(folder).chmod(0o755)
        config.chmod(0o644)
        # it refuses to run as root
        user = ["-u", "postgres"] if os.geteuid() == 0 else []
        process = subprocess.Popen(
            ["pgbouncer", "-q", *user, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield f"postgres://{crm.owner}@127.0.0.1:{port}/crm"
        finally:
            process.terminate()
            process.wait(20)


async def _answers(url: str) -> bool:
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await asyncpg.connect(url, timeout=2, statement_cache_size=0)
        await connection.close()
        return True
    return False
