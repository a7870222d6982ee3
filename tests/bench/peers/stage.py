"""What one peer plays on: a database with the CRM's table, its queue, and one worker process of its own."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4

import asyncpg

from tests.bench.bare import API_KEY
from tests.bench.lean_gateway import RunningGateway
from tests.bench.messages import Message
from tests.bench.peers.catalog import Broker, Peer
from tests.bench.peers.environment import PYTHON
from tests.bench.peers.redis import running_redis
from tests.bench.peers.workers.job import Job, Place, write_jobs
from tests.bench.stack import Servers
from tests.harness.databases import fresh_database
from tests.harness.topics import delete_topics
from truesend.cli.local.processes import Child

_TABLE: Final = Path(__file__).with_name("rows.sql")
_COLUMNS: Final = ["id", "organization_id", "message_type", "message_content", "recipient", "scheduled_for"]
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class PeerStage:
    """One peer's."""

    peer: Peer
    place: Place
    connection: asyncpg.Connection
    folder: Path

    async def enqueue(self, messages: Sequence[Message]) -> None:
        """Put the messages into the table, in place of what is there, and a job for each into the peer's queue."""
        rows = [(uuid4(), message) for message in messages]
        now = await self.connection.fetchval("SELECT now()")
        await self.connection.execute("TRUNCATE scheduled_whatsapp_messages")
        await self.connection.copy_records_to_table(
            "scheduled_whatsapp_messages",
            columns=_COLUMNS,
            records=[
                (id_, each.session.organization_id, "custom", each.text, each.recipient, now) for id_, each in rows
            ],
        )
        file = self.folder / "jobs.json"
        write_jobs([Job(str(id_), each.session.gateway_id, each.recipient, each.text) for id_, each in rows], file)
        await self.run("enqueue", str(file))

    async def run(self, *arguments: str) -> None:
        """Run the peer's script to its end. Raises RuntimeError with what it wrote when it fails."""
        child = await asyncio.create_subprocess_exec(
            PYTHON,
            *("-m", self.peer.module, *arguments),
            env=self.environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await child.communicate()
        if child.returncode:
            raise RuntimeError(f"{self.peer.name} {arguments[0]} failed: {output.decode()[-2000:]}")

    def environment(self) -> dict[str, str]:
        """What the peer's processes are told."""
        return {**os.environ, **self.place.environment()}

    async def until_sent(self, worker: Child, *, within_s: float) -> None:
        """Wait for the last row. Raises RuntimeError with the worker's last words when it ends, or time is over."""
        try:
            async with asyncio.timeout(within_s):
                while unsent := await self._unsent():
                    if not worker.is_running():
                        raise RuntimeError(f"{self.peer.name}'s worker ended: {worker.log_tail()}")
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise RuntimeError(f"{self.peer.name} left {unsent} messages: {worker.log_tail()}") from None

    async def _unsent(self) -> int:
        unsent = "SELECT count(*) FROM scheduled_whatsapp_messages WHERE status <> 'sent'"
        return int(await self.connection.fetchval(unsent))

    async def now(self) -> float:
        """The database's clock."""
        return float(await self.connection.fetchval("SELECT extract(epoch FROM clock_timestamp())"))

    async def last_sent_at(self) -> float:
        """When the last row was written."""
        last = "SELECT extract(epoch FROM max(sent_at)) FROM scheduled_whatsapp_messages"
        return float(await self.connection.fetchval(last))

    @contextmanager
    def worker(self) -> Iterator[Child]:
        """Run the peer's worker until the block ends."""
        child = Child(
            f"worker of {self.peer.name}",
            [str(PYTHON), "-m", self.peer.module, "work"],
            log_file=self.folder / "worker.log",
            environment=self.environment(),
        )
        child.start()
        try:
            yield child
        finally:
            child.kill()


@contextmanager
def paused(worker: Child) -> Iterator[None]:
    """Keep a warm worker from its work, with its connections open, so that all of it is there when it goes on."""
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker.pid, signal.SIGCONT)


@asynccontextmanager
async def peer_stage(servers: Servers, peer: Peer, gateway: RunningGateway) -> AsyncIterator[PeerStage]:
    """Make it, and leave nothing of it."""
    topic = f"bench{secrets.token_hex(4)}.peers"
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(TemporaryDirectory(prefix="truesend-bench-")))
        database = await closing.enter_async_context(fresh_database(servers.postgres.url))
        redis_url = closing.enter_context(running_redis()) if peer.broker is Broker.REDIS else ""
        if peer.broker is Broker.KAFKA:
            closing.push_async_callback(delete_topics, servers.kafka.bootstrap_servers, topic)
        connection = await database.connect()
        closing.push_async_callback(connection.close)
        await connection.execute(_TABLE.read_text())
        place = Place(database.url, gateway.url, API_KEY, redis_url, servers.kafka.bootstrap_servers, topic)
        stage = PeerStage(peer, place, connection, folder)
        await stage.run("prepare")
        yield stage
