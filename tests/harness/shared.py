"""The servers of one run: started by pytest's first process when a test first needs them, shared by all its workers.

Workers ask over a Unix socket whose address they find in their environment. Without pytest-xdist the one process asks
itself, by the same way. One thread serves them all, and lives as long as the servers, which end with it.
"""

import asyncio
import os
import secrets
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from tests.harness.databases import create_database, drop_database, execute
from tests.harness.kafka import KafkaKind, KafkaServer, MavenKafka, given_bootstrap_servers, kafka_of_our_own
from tests.harness.postgres import PostgresKind, StartablePostgres, shared_postgres, with_database

_ADDRESS = "TRUESEND_TESTS_SERVERS"
_STOP = "stop"
_SERVICES = ("api", "verifier", "sender")


@dataclass(frozen=True, slots=True)
class SharedKafka:
    """The run's broker. Tests that stop or restart one want `private_kafka`."""

    bootstrap_servers: str
    kind: KafkaKind
    # for those who say a user and a password; only Apache Kafka by local Java has one
    sasl_bootstrap_servers: str | None = None


@dataclass(frozen=True, slots=True)
class SharedPostgres:
    """The run's Postgres. `url` names a database from which others can be created, not one to test in."""

    url: str = field(repr=False)
    kind: PostgresKind


class SharedServers:
    """Starts servers on demand, in a thread of its own, until `close`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="truesend-tests-")
        self._address = str(Path(self._folder.name) / "servers")
        self._listener = Listener(self._address, family="AF_UNIX")
        self._kafka: KafkaServer | None = None
        self._postgres: StartablePostgres | None = None
        self._answers: dict[str, object] = {}
        self._thread = threading.Thread(target=self._serve, name="shared-servers", daemon=True)

    def open(self) -> None:
        """Begin to answer; processes started from now on find us."""
        os.environ[_ADDRESS] = self._address
        self._thread.start()

    def close(self) -> None:
        """End every server that was started."""
        ask(_STOP)
        self._thread.join()
        os.environ.pop(_ADDRESS, None)
        self._folder.cleanup()

    def used(self) -> list[str]:
        """Say which servers this run used."""
        servers = {"broker": self._answers.get("kafka"), "postgres": self._answers.get("postgres")}
        return [
            f"{name}: {answer.kind}"
            for name, answer in servers.items()
            if isinstance(answer, SharedKafka | SharedPostgres)
        ]

    def _serve(self) -> None:
        wanted = ""
        while wanted != _STOP:
            try:
                with self._listener.accept() as worker:
                    wanted = worker.recv()
                    self._reply(worker, wanted)
            except (EOFError, OSError):
                continue
        self._listener.close()

    def _reply(self, worker: "Connection[object, str]", wanted: str) -> None:
        try:
            worker.send(self._stop() if wanted == _STOP else self._once(wanted))
        except Exception as error:
            worker.send(RuntimeError(f"The {wanted} for the tests could not be had: {error}"))

    def _once(self, wanted: str) -> object:
        makers: dict[str, Callable[[], object]] = {
            "kafka": self._start_kafka,
            "postgres": self._start_postgres,
            "template": self._make_template,
            "logins": self._make_logins,
        }
        if wanted not in self._answers:
            self._answers[wanted] = makers[wanted]()
        return self._answers[wanted]

    def _start_kafka(self) -> SharedKafka:
        if given := given_bootstrap_servers():
            return SharedKafka(given, "given")
        self._kafka = kafka_of_our_own()
        self._kafka.start()
        sasl = self._kafka.sasl_bootstrap_servers if isinstance(self._kafka, MavenKafka) else None
        return SharedKafka(self._kafka.bootstrap_servers, self._kafka.kind, sasl)

    def _start_postgres(self) -> SharedPostgres:
        self._postgres = shared_postgres()
        return SharedPostgres(self._postgres.start(), self._postgres.kind)

    def _make_template(self) -> str:
        from tests.harness.roles import give_roles
        from truesend.store.migrations import migrate

        server_url = self._server_url()
        name = f"template_{secrets.token_hex(6)}"
        asyncio.run(create_database(server_url, name))
        migrate(with_database(server_url, name))
        asyncio.run(give_roles(with_database(server_url, name)))
        return name

    def _make_logins(self) -> dict[str, str]:
        """Make a login in each service's role, by the names that the template has made. Returns `user:password`."""
        self._once("template")
        logins = {service: f"tests_{service}_{secrets.token_hex(6)}" for service in _SERVICES}
        for service, login in logins.items():
            statement = f"CREATE ROLE {login} LOGIN PASSWORD '{login}' IN ROLE truesend_{service}"
            asyncio.run(execute(self._server_url(), statement))
        return {service: f"{login}:{login}" for service, login in logins.items()}

    def _server_url(self) -> str:
        answer = self._once("postgres")
        assert isinstance(answer, SharedPostgres)
        return answer.url

    def _stop(self) -> str:
        if self._postgres and self._postgres.kind == "given":
            self._leave_nothing()
        for server in (self._kafka, self._postgres):
            if server:
                server.close()
        return "stopped"

    def _leave_nothing(self) -> None:
        template, logins = self._answers.get("template"), self._answers.get("logins")
        if isinstance(template, str):
            asyncio.run(drop_database(self._server_url(), template))
        for login in logins.values() if isinstance(logins, dict) else ():
            asyncio.run(execute(self._server_url(), f"DROP ROLE {login.partition(':')[0]}"))


def ask(wanted: str) -> object:
    """Return the run's "kafka", "postgres", "template" or "logins", started now if nobody asked before."""
    with Client(os.environ[_ADDRESS], family="AF_UNIX") as connection:
        connection.send(wanted)
        answer = connection.recv()
    if isinstance(answer, Exception):
        raise answer
    return answer
