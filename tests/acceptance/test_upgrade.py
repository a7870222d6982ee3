"""An upgrade that nobody notices: the database first, under the old code, then one process after the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
import pytest_asyncio

from simulator.server import Simulator
from tests.acceptance.conftest import GATEWAY_KEY, Town, environment_of
from tests.chaos.recovery.load import Seen, load_on
from tests.chaos.recovery.rolling import all_sent
from tests.harness.background import in_background
from tests.harness.databases import Database, execute
from tests.harness.fixtures import SERVICES as STARTED
from tests.harness.fixtures import StartService
from tests.harness.previous import migrate_to, previous_release, python_of
from tests.harness.roles import SERVICES, give_roles, url_of
from tests.harness.rows import insert_message
from tests.harness.services import ServiceProcess
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.topics import create_topics
from truesend.settings import KafkaSettings
from truesend.store.migrations import known_versions, migrate_async

LONGEST_WAIT_S = 2.5
SESSIONS = 6
BETWEEN_WRITES_S = 0.05
TOUCH = "UPDATE whatsapp_sessions SET last_active_at = now() WHERE id = $1"
SENT = "SELECT bool_and(m.status = 'sent') FROM scheduled_whatsapp_messages AS m WHERE m.id = ANY ($1)"
RELAYED = (
    "SELECT r.published_position = r.last_position AND NOT EXISTS (SELECT FROM truesend.event_log WHERE position IS NULL)"
    " FROM truesend.relay_state AS r"
)


@dataclass
class OldTown:
    """A town with the schema and the services of the previous release."""

    town: Town
    start_old: Callable[[str], ServiceProcess]


async def test_old_code_goes_on_while_the_schema_is_renewed_and_the_processes_after_it(old_town: OldTown) -> None:
    town = old_town.town
    old = [old_town.start_old(name) for name in SERVICES]
    await asyncio.gather(*(service.until_ready(within_s=60) for service in old))
    sessions = [await town.session(f"wa_{number}") for number in range(SESSIONS)]
    writer = Writer(town, sessions)

    urls = [old[0].url]

    async with load_on(urls, sessions, clients=2) as seen, in_background(writer.run()):
        await _more_are_accepted(seen)
        await migrate_async(town.environment["DATABASE_URL"])
        await _more_are_accepted(seen)
        await give_roles(town.environment["DATABASE_URL"])
        await _more_are_accepted(seen)
        with_old_code = [*seen.accepted]
        await _are_sent(town, with_old_code)
        urls += [(await town.start(name)).url for name in SERVICES][:1]
        await _more_are_accepted(seen)
        for service in old:
            assert await asyncio.to_thread(service.terminate) == 0, service.log_tail()
        await _more_are_accepted(seen)
    await all_sent(town, seen)
    await _are_sent(town, writer.written)

    assert not seen.errors
    assert max(writer.waits_s) < LONGEST_WAIT_S
    assert not town.gateway.ledger.duplicates()
    await _all_facts_are_relayed(town)
    async with town.database() as connection:
        applied = await connection.fetch("SELECT version FROM truesend.schema_migrations ORDER BY version")
    assert [row["version"] for row in applied] == known_versions()


@dataclass
class Writer:
    """The CRM: it inserts messages and touches its sessions by SQL, and times each write."""

    town: Town
    sessions: list[UUID]
    waits_s: list[float] = field(default_factory=list)
    written: list[UUID] = field(default_factory=list)

    async def run(self) -> None:
        """Write until cancelled."""
        async with self.town.database() as connection:
            for number in count():
                session_id = self.sessions[number % len(self.sessions)]
                began = monotonic()
                self.written.append(
                    await insert_message(
                        connection,
                        organization_id=self.town.organization_id,
                        session_id=session_id,
                        recipient=f"9299{len(self.written):08}",
                    )
                )
                await connection.execute(TOUCH, session_id)
                self.waits_s.append(monotonic() - began)
                await asyncio.sleep(BETWEEN_WRITES_S)


async def _more_are_accepted(seen: Seen) -> None:
    number = len(seen.accepted) + 10

    async def enough() -> bool:
        return len(seen.accepted) >= number

    await until(enough, 30, f"{number} messages are accepted")


async def _are_sent(town: Town, messages: list[UUID]) -> None:
    async def are_sent() -> bool:
        async with town.database() as connection:
            return bool(await connection.fetchval(SENT, messages))

    await until(are_sent, 60, f"{len(messages)} messages are sent")


async def _all_facts_are_relayed(town: Town) -> None:
    async def are_relayed() -> bool:
        async with town.database() as connection:
            return bool(await connection.fetchval(RELAYED))

    await until(are_relayed, 20, "every fact is published")


@pytest_asyncio.fixture
async def old_town(
    request: pytest.FixtureRequest,
    empty_database: Database,
    kafka: SharedKafka,
    topic_prefix: str,
    start_service: StartService,
    tmp_path: Path,
) -> AsyncIterator[OldTown]:
    """The previous release, its schema, and a gateway."""
    release = previous_release(tmp_path / "previous")
    await asyncio.to_thread(migrate_to, release, empty_database.url)
    urls: dict[str, str] = {service: url_of(empty_database.url, service) for service in SERVICES}
    await execute(empty_database.url, (release / "db" / "roles.sql").read_text())
    await create_topics(
        KafkaSettings(
            kafka_bootstrap_servers=kafka.bootstrap_servers,
            truesend_topic_prefix=topic_prefix,
            kafka_topic_partitions=4,
        )
    )
    started = request.node.stash.setdefault(STARTED, [])
    async with Simulator.running(api_key=GATEWAY_KEY) as gateway:
        environment = environment_of(empty_database.url, kafka.bootstrap_servers, gateway.url, topic_prefix)
        town = Town(empty_database.connect, gateway, environment, start_service, urls)
        python, paths = python_of(release)

        def start_old(name: str) -> ServiceProcess:
            service = ServiceProcess(
                name,
                town.environment | paths | {"DATABASE_URL": urls[name]},
                folder=tmp_path / "old",
                number=len(started) + 1,
                python=python,
            )
            started.append(service)
            service.launch()
            return service

        yield OldTown(town, start_old)
