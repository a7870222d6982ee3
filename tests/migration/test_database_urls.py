"""One DATABASE_URL, however it is spelled, for asyncpg and for dbmate; and errors that keep its password."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import trustme

from tests.harness.postgres import postgres_binaries
from tests.migration.crm import OwnedDatabase
from truesend.cli.local.postgres import PostgresServer
from truesend.store.database_url import dbmate_url, without_password
from truesend.store.migrations import MigrationError, migrate_async

pytestmark = pytest.mark.xdist_group("database-urls")


@dataclass(frozen=True, slots=True)
class ReachableServer:
    """A server that listens on a socket and by TCP, with TLS."""

    password: str
    port: int
    socket_folder: str
    certificate_authority: Path


@pytest.fixture(scope="module")
def server() -> Iterator[ReachableServer]:
    if not postgres_binaries():
        pytest.skip("needs programs of Postgres on this machine")
    folder = Path(tempfile.mkdtemp(prefix="truesend-urls-"))
    sockets = folder / "sockets"
    sockets.mkdir()
    sockets.chmod(0o777)
    folder.chmod(0o711)
    postgres = PostgresServer(
        folder / "server",
        binaries=postgres_binaries()[min(postgres_binaries())],
        log_file=folder / "postgres.log",
        durable=False,
        settings={"unix_socket_directories": str(sockets)},
    )
    postgres.start()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    data = folder / "server" / "data"
    certificate = authority.issue_cert("127.0.0.1")
    for name, pem in (("server.crt", certificate.cert_chain_pems[0]), ("server.key", certificate.private_key_pem)):
        pem.write_to_path(str(data / name))
        (data / name).chmod(0o600)
        os.chown(data / name, data.stat().st_uid, data.stat().st_gid)
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write("ssl = on\n")
    postgres.restart()
    yield ReachableServer(
        password=(folder / "server" / "password").read_text(),
        port=postgres.port,
        socket_folder=str(sockets),
        certificate_authority=folder / "ca.pem",
    )
    postgres.kill()
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "spelling",
    [
        "postgres://postgres:{password}@127.0.0.1:{port}/{name}",
        "postgresql://postgres:{password}@127.0.0.1:{port}/{name}",
        "postgres://postgres:{password}@127.0.0.1:{port}/{name}?sslmode=disable",
        "postgres://postgres:{password}@127.0.0.1:{port}/{name}?sslmode=prefer",
        "postgres://postgres:{password}@127.0.0.1:{port}/{name}?sslmode=allow",
        "postgres://postgres:{password}@127.0.0.1:{port}/{name}?sslmode=require",
        "postgres://postgres:{password}@127.0.0.1:{port}/{name}?sslmode=verify-full&sslrootcert={authority}",
        "postgres://postgres:{password}@127.0.0.1:{port}/{name}?application_name=crm",
        "postgres://postgres:{password}@/{name}?host=127.0.0.1&port={port}",
        "postgres://postgres:{password}@/{name}?host={sockets}&port={port}",
        "postgres:///{name}?host={sockets}&port={port}&user=postgres&password={password}",
        "postgres://postgres:{password}@{quoted_sockets}:{port}/{name}",
    ],
)
async def test_a_url_that_asyncpg_understands_migrates_too(server: ReachableServer, spelling: str) -> None:
    name = f"spelled_{secrets.token_hex(6)}"
    address = f"postgres://postgres:{server.password}@127.0.0.1:{server.port}/postgres"
    admin = await asyncpg.connect(address)
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = spelling.format(
        name=name,
        password=server.password,
        port=server.port,
        authority=server.certificate_authority,
        sockets=server.socket_folder,
        quoted_sockets=server.socket_folder.replace("/", "%2F"),
    )

    await migrate_async(url)

    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT current_database()") == name
    assert await connection.fetchval("SELECT count(*) FROM truesend.schema_migrations") > 0
    await connection.close()
    await admin.execute(f'DROP DATABASE "{name}"')
    await admin.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "write it as postgres://"),
        ("truesend", "write it as postgres://"),
        ("mysql://root:sekret@127.0.0.1/crm", "write it as postgres://"),
        ("postgres://crm:sek/ret@127.0.0.1:5432/crm", "write it as postgres://"),
        ("postgres://crm:sekret@[::1:5432/crm", "write it as postgres://"),
        ("postgres://crm:sekret@127.0.0.1:1/crm", "cannot be reached"),
        ("postgres://crm:sekret@nowhere.invalid/crm", "cannot be reached"),
        ("postgres://crm:sekret@127.0.0.1:1/crm?sslmode=maybe", "sslmode"),
    ],
)
async def test_a_wrong_url_is_refused_in_a_sentence_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(MigrationError, match=reason) as refused:
        await migrate_async(url)

    assert "sek" not in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_wrong_password_a_missing_database_and_an_unknown_setting_are_named(empty: OwnedDatabase) -> None:
    for url, reason in (
        (empty.url.replace("pass-", "guess-"), "password authentication failed"),
        (empty.url.replace("/test_", "/missing_"), "does not exist"),
        (f"{empty.url}{'&' if '?' in empty.url else '?'}pgbouncer=true", "pgbouncer"),
    ):
        with pytest.raises(MigrationError, match=reason) as refused:
            await migrate_async(url)
        assert empty.password not in str(refused.value)


async def test_what_dbmate_complains_of_comes_without_the_password(empty: OwnedDatabase) -> None:
    connection = await empty.connect()
    await connection.execute('CREATE TABLE whatsapp_sessions (id uuid, last_error "char")')
    await connection.execute(f'CREATE DOMAIN "{empty.password}" AS text')
    await connection.execute(f'ALTER TABLE whatsapp_sessions ALTER last_error TYPE "{empty.password}"')

    with pytest.raises(MigrationError, match=r'last_error is "\*\*\*", Truesend needs text'):
        await migrate_async(empty.url)

    await connection.close()


def test_the_password_is_hidden_in_each_of_its_spellings() -> None:
    url = "postgres://crm:a%40b%2Fc@host/db?password=second"

    hidden = without_password("a%40b%2Fc, a@b/c, a@b%2Fc and second", url)

    assert hidden == "***, ***, a@b%2Fc and ***"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://u:p@h:1/db", "postgres://u:p@h:1/db?sslmode=prefer"),
        ("postgres://u:p^|@h/db?sslmode=require", "postgres://u:p%5E%7C@h/db?sslmode=require"),
        ("postgres://u@[::1]:5/db", "postgres://u@[::1]:5/db?sslmode=prefer"),
        ("postgres:///db?host=/run/pg", "postgres:///db?socket=%2Frun%2Fpg&sslmode=disable"),
        ("postgres://u@%2Frun%2Fpg:5/db", "postgres://u@:5/db?socket=%2Frun%2Fpg&sslmode=disable"),
    ],
)
def test_a_url_is_spelled_as_dbmate_reads_it(given: str, expected: str) -> None:
    assert dbmate_url(given) == expected


def test_limits_are_sent_as_zero_whatever_the_url_says() -> None:
    url = dbmate_url("postgres://u@h/db?statement_timeout=5000", without_limits=("statement_timeout",))

    assert url == "postgres://u@h/db?statement_timeout=0&sslmode=prefer"
