"""Backups as operators take them: pg_dump, and pg_restore into another database."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from tests.harness.ci import every_tool_is_required
from tests.harness.databases import create_database
from tests.harness.postgres import postgres_binaries, with_database


async def dump(database_url: str, file: Path) -> None:
    """Dump the whole database as it is at one moment."""
    await _run(
        await _programs(database_url) / "pg_dump", "--format=custom", f"--file={file}", f"--dbname={database_url}"
    )


async def restore(file: Path, server_url: str, name: str) -> str:
    """Restore it into a new database of the same server. Returns its URL."""
    await create_database(server_url, name)
    url = with_database(server_url, name)
    await _run(await _programs(url) / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url}", str(file))
    return url


async def _programs(database_url: str) -> Path:
    """Those of the server's own version. Skips the test where this machine has none, and fails it on CI."""
    connection = await asyncpg.connect(database_url)
    major = connection.get_server_version().major
    await connection.close()
    folder = postgres_binaries().get(major)
    if folder is None or not (folder / "pg_dump").exists():
        missing = f"needs pg_dump of Postgres {major} (Debian: apt-get install postgresql-client-{major})"
        if every_tool_is_required():
            pytest.fail(missing)
        pytest.skip(missing)
    return folder


async def _run(program: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    process = await asyncio.create_subprocess_exec(
        program, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, f"{program.name}: {errors.decode()}"
