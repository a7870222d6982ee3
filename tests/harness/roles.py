"""The services' roles of `db/roles.sql`, and logins of this run's own that are in them."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

import asyncpg

from tests.harness.shared import ask
from truesend.store.files import database_folder

Service = Literal["api", "verifier", "sender"]
SERVICES: tuple[Service, ...] = ("api", "verifier", "sender")


async def give_roles(database_url: str, *, enable_row_security: bool = False) -> list[str]:
    """Run `db/roles.sql` on a migrated database, as the role that the URL names. Returns its warnings."""
    connection = await asyncpg.connect(database_url)
    said: list[str] = []
    connection.add_log_listener(lambda _connection, message: said.append(str(message)))
    try:
        if enable_row_security:
            await connection.execute("SET truesend.enable_row_security = on")
        await connection.execute((database_folder() / "roles.sql").read_text())
    finally:
        await connection.close()
    return said


def url_of(database_url: str, service: Service) -> str:
    """The URL of the same database for a login that may do what this service may, and nothing else."""
    logins = ask("logins")
    assert isinstance(logins, Mapping)
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{logins[service]}@{place}").geturl()
