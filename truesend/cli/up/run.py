"""One run of the local stack, from the empty folder to the last child's end."""

import os
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from aiokafka.errors import KafkaError

from truesend.broker.topics import create_topics
from truesend.cli.local.data_folder import DataFolder
from truesend.cli.local.errors import LocalStackError
from truesend.cli.local.ports import LOOPBACK, claim_port, free_port
from truesend.cli.local.processes import Child
from truesend.cli.up import environment
from truesend.cli.up.demo import ORGANIZATIONS, SESSIONS, Organization, first_messages
from truesend.cli.up.ending import Ending, EndWanted
from truesend.cli.up.environment import Ports
from truesend.cli.up.keys import kept_key
from truesend.cli.up.screen import Key, Screen
from truesend.cli.up.seed import seed, trickle
from truesend.cli.up.stack import Stack, wait_for_answer
from truesend.cli.up.supervise import Meanwhile, watch
from truesend.store.migrations import MigrationError, migrate_async

GATEWAY_PORT = 8090


def run_demo(data_folder: Path, port: int) -> None:
    """Run with the simulated gateway and the demo's data until somebody ends it. Raises LocalStackError."""
    with DataFolder(data_folder) as folder:
        run = _Run(folder)
        run.until_ended(lambda: run.start_demo(port))


def run_on_own_gateway(data_folder: Path, port: int) -> None:
    """Run on the gateway of the user's environment until somebody ends it. Raises LocalStackError, SettingsError."""
    environment.require_gateway_and_auth()
    with DataFolder(data_folder) as folder:
        run = _Run(folder)
        run.until_ended(lambda: run.start_on_own_gateway(port))


class _Run:
    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._screen = Screen()
        self._ending = Ending()
        self._stack = Stack(folder, while_waiting=self._ending.check)

    def until_ended(self, start: Callable[[], Meanwhile | None]) -> None:
        """Start, watch, and end everything, whatever happens. ``start`` returns what is to be done meanwhile."""
        ended = None
        try:
            with self._ending.heard():
                meanwhile = start()
                ended = self._ending.run(watch(self._stack.parts, meanwhile))
        except EndWanted:
            self._screen.say("\nEnding …")
        finally:
            self._stack.stop()
        if ended is not None:
            raise LocalStackError(
                f"The {ended.name} ended by itself, and with it everything. Its log: {ended.log_file}"
            )
        self._screen.say("Everything has ended.")

    def start_demo(self, port: int) -> Meanwhile:
        """Start everything and show the demo's screen. Returns the trickle of messages."""
        self._stack.clear_away_the_last_run()
        ports = _ports(port, gateway_port=_gateway_port(port))
        keys = tuple(self._key(organization) for organization in ORGANIZATIONS)
        gateway_key = secrets.token_hex(16)
        inherited = environment.without_settings(os.environ)
        gateway = self._launch_gateway(ports, inherited, gateway_key)
        database_url, bootstrap_servers = self._start_servers()
        with self._step("Demo data"):
            self._ending.run(seed(database_url, SESSIONS, first_messages()))
        demo = environment.demo(
            ports, gateway_key=gateway_key, api_keys={key.value: str(key.organization.id) for key in keys}
        )
        with self._step("Gateway, API, verifier, sender"):
            self._start_services(ports, inherited | demo | environment.embedded(database_url, bootstrap_servers, ports))
            wait_for_answer(gateway, ports.gateway, "/health")
        self._screen.show_demo(_url(ports.api), _url(ports.gateway), keys, self._folder.logs)
        return partial(trickle, database_url)

    def start_on_own_gateway(self, port: int) -> None:
        """Start everything but a gateway and data, and show where it runs."""
        self._stack.clear_away_the_last_run()
        ports = _ports(port, gateway_port=0)
        embedded = environment.embedded(*self._start_servers(), ports)
        with self._step("API, verifier, sender"):
            self._start_services(ports, environment.without_embedded(os.environ) | embedded)
        self._screen.show_running(_url(ports.api), self._folder.logs)

    def _start_servers(self) -> tuple[str, str]:
        with self._step("Postgres"):
            database_url = self._stack.postgres.start()
        with self._step("Broker"):
            bootstrap_servers = self._stack.broker.start()
        with self._step("Migrations and topics"):
            self._prepare(database_url, bootstrap_servers)
        return database_url, bootstrap_servers

    def _prepare(self, database_url: str, bootstrap_servers: str) -> None:
        try:
            self._ending.run(migrate_async(database_url))
            self._ending.run(create_topics(environment.kafka_settings(bootstrap_servers)))
        except (MigrationError, KafkaError) as error:
            raise LocalStackError(f"The database or the broker can't be prepared: {error}") from None

    def _step(self, title: str) -> AbstractContextManager[None]:
        self._ending.check()
        return self._screen.step(title)

    def _launch_gateway(self, ports: Ports, inherited: dict[str, str], key: str) -> Child:
        address = {"SIMULATOR_HOST": LOOPBACK, "SIMULATOR_PORT": str(ports.gateway), "SIMULATOR_API_KEY": key}
        return self._stack.launch("simulator", inherited | address)

    def _start_services(self, ports: Ports, variables: dict[str, str]) -> None:
        listening = {"api": ports.api, "verifier": ports.verifier, "sender": ports.sender}
        children = {
            name: self._stack.launch(name, variables | {"HEALTH_PORT": str(port)}) for name, port in listening.items()
        }
        for name, child in children.items():
            wait_for_answer(child, listening[name], "/readyz")

    def _key(self, organization: Organization) -> Key:
        file = self._folder.path / organization.key_file
        return Key(organization, kept_key(file), file)


def _ports(api_port: int, *, gateway_port: int) -> Ports:
    return Ports(
        claim_port(api_port, purpose="API, which --port puts elsewhere"), free_port(), free_port(), gateway_port
    )


def _gateway_port(api_port: int) -> int:
    """Return the port that the README's lines name; a free one where it is taken, or where any port will do."""
    try:
        return claim_port(GATEWAY_PORT if api_port else 0, purpose="simulated gateway")
    except LocalStackError:
        return free_port()


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"
