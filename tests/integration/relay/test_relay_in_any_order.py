"""Two relays on the real tables, stopped at any of their steps: no fact is lost, and none overtakes another of its key.

The relays are the product's own. What stands in for Kafka takes each record when the test says so, so that a leader can be
left in the middle of publishing while its lease runs out and another takes over; it can die there, or before it advances.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.harness.databases import Database
from truesend.broker.publisher import PublishError, Record
from truesend.runtime.relay import Relay
from truesend.store.pool import open_pool

T = TypeVar("T")
KEYS = [uuid4(), uuid4()]
APPEND = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " VALUES ('message', $1, 'message.happened', jsonb_build_object('number', $2::int), gen_random_uuid()) RETURNING id"
)


@dataclass
class Log:
    """What came to Kafka, in the order in which it came: ids of facts, and their keys."""

    event_ids: list[UUID] = field(default_factory=list)
    keys: list[UUID] = field(default_factory=list)


class Turnstile:
    """In the place of a publisher: it lets one record through at each turn, and Kafka can be gone."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._turns = asyncio.Semaphore(0)
        self._waits = asyncio.Event()
        self.is_gone = False

    async def publish(self, records: Sequence[Record]) -> None:
        """Wait for a turn before each; raise PublishError where Kafka is gone."""
        for record in records:
            self._waits.set()
            await self._turns.acquire()
            if self.is_gone:
                raise PublishError
            assert record.event_id is not None
            self._log.event_ids.append(record.event_id)
            self._log.keys.append(record.key)

    def turn(self, times: int = 1) -> None:
        """Let so many records through."""
        self._waits.clear()
        for _ in range(times):
            self._turns.release()

    async def is_waited_at(self) -> None:
        """Return when a record waits for its turn."""
        await self._waits.wait()


@dataclass
class Process:
    """One relay, and the pass that it is in, if any."""

    relay: Relay
    turnstile: Turnstile
    under_way: asyncio.Task[float] | None = None


class TwoRelays(RuleBasedStateMachine):
    """Facts of two keys; transactions that stay open; two relays."""

    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.log = Log()
        self.committed: list[UUID] = []
        self.of_key: dict[UUID, list[UUID]] = {key: [] for key in KEYS}
        self.open: dict[UUID, tuple[asyncpg.Connection, UUID]] = {}
        self.count = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def an_empty_log_and_two_relays(self) -> None:
        self.run(self._set_up())

    async def _set_up(self) -> None:
        self.pool: asyncpg.Pool = await open_pool(self.database_url, application="test", max_size=6)
        await self.pool.execute("TRUNCATE truesend.event_log")
        await self.pool.execute(
            "UPDATE truesend.relay_state"
            " SET last_position = 0, published_position = 0, leader = NULL, leader_until = '-infinity'"
        )
        self.processes = [self._process(), self._process()]

    def _process(self) -> Process:
        turnstile = Turnstile(self.log)
        return Process(Relay(self.pool, turnstile, retention_s=1e6), turnstile)  # type: ignore[arg-type]

    @precondition(lambda self: len(self.open) < len(KEYS))
    @rule(data=st.data())
    def insert(self, data: st.DataObject) -> None:
        """A key's next fact waits for the transaction of its last one, as its row's lock has it."""
        key = data.draw(st.sampled_from([key for key in KEYS if key not in self.open]))
        self.run(self._insert(key))

    async def _insert(self, key: UUID) -> None:
        self.count += 1
        connection: asyncpg.Connection = await asyncpg.connect(self.database_url)
        await connection.execute("BEGIN")
        self.open[key] = (connection, await connection.fetchval(APPEND, key, self.count))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), is_kept=st.sampled_from([True, True, True, False]))
    def end_a_transaction(self, data: st.DataObject, is_kept: bool) -> None:
        self.run(self._end(data.draw(st.sampled_from(list(self.open))), is_kept))

    async def _end(self, key: UUID, is_kept: bool) -> None:
        connection, event_id = self.open.pop(key)
        await connection.execute("COMMIT" if is_kept else "ROLLBACK")
        await connection.close()
        if is_kept:
            self.committed.append(event_id)
            self.of_key[key].append(event_id)

    @rule(key=st.sampled_from(KEYS))
    def write(self, key: UUID) -> None:
        if key not in self.open:
            self.run(self._insert(key))
            self.run(self._end(key, is_kept=True))

    @rule(number=st.integers(0, 1))
    def begin_a_pass(self, number: int) -> None:
        """It leads, if it may, and stops at the first record that it publishes."""
        process = self.processes[number]
        if process.under_way is None:
            self.run(self._begin(process))

    async def _begin(self, process: Process) -> None:
        process.under_way = asyncio.create_task(process.relay.one_pass())
        await self._until_it_stops(process)

    @rule(number=st.integers(0, 1), times=st.integers(1, 3))
    def let_records_through(self, number: int, times: int) -> None:
        process = self.processes[number]
        for _ in range(times):
            if process.under_way is not None:
                self.run(self._let_through(process))

    async def _let_through(self, process: Process) -> None:
        process.turnstile.turn()
        await self._until_it_stops(process)

    async def _until_it_stops(self, process: Process) -> None:
        """At the turnstile, or at the end of its pass; the mark advances with the next."""
        assert process.under_way is not None
        waiting = asyncio.create_task(process.turnstile.is_waited_at())
        await asyncio.wait({process.under_way, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if process.under_way.done():
            with contextlib.suppress(PublishError):
                process.under_way.result()
            process.under_way = None

    @rule(number=st.integers(0, 1))
    def die(self, number: int) -> None:
        """Wherever it is; another process comes up in its place."""
        self.run(self._die(number))

    async def _die(self, number: int) -> None:
        task = self.processes[number].under_way
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        self.processes[number] = self._process()

    @rule(number=st.integers(0, 1))
    def lose_kafka(self, number: int) -> None:
        """The record that waits fails, and so does the pass."""
        process = self.processes[number]
        if process.under_way is not None:
            process.turnstile.is_gone = True
            self.run(self._let_through(process))
            process.turnstile.is_gone = False

    @rule()
    def the_lease_runs_out(self) -> None:
        self.run(self._expire())

    async def _expire(self) -> None:
        await self.pool.execute("UPDATE truesend.relay_state SET leader_until = now() - interval '1 second'")

    @rule(number=st.integers(0, 1))
    def resign(self, number: int) -> None:
        if self.processes[number].under_way is None:
            self.run(self.processes[number].relay.resign())

    @invariant()
    def promises_hold(self) -> None:
        if hasattr(self, "processes"):
            self.run(self._check())

    async def _check(self) -> None:
        rows = await self.pool.fetch("SELECT id, aggregateid, position FROM truesend.event_log ORDER BY position")
        state = await self.pool.fetchrow("SELECT * FROM truesend.relay_state")
        assert state is not None
        assert {row["id"] for row in rows} == set(self.committed), "a fact was lost"
        positions = [row["position"] for row in rows if row["position"] is not None]
        assert positions == list(range(1, state["last_position"] + 1)), "positions have gaps"
        for key in KEYS:
            given = [row["id"] for row in rows if row["aggregateid"] == key and row["position"] is not None]
            assert given == self.of_key[key][: len(given)], "a key's positions are not in the order of its commits"
            came = [e for e, k in zip(self.log.event_ids, self.log.keys, strict=True) if k == key]
            first = list(dict.fromkeys(came))
            assert first == self.of_key[key][: len(first)], "a fact came to Kafka before one of its key that is older"
        published = {
            row["id"] for row in rows if (row["position"] or 0) and row["position"] <= state["published_position"]
        }
        assert published <= set(self.log.event_ids), "the mark is ahead of Kafka"

    def teardown(self) -> None:
        try:
            if hasattr(self, "processes"):
                self.run(self._everything_arrives())
        finally:
            if hasattr(self, "pool"):
                self.run(self._close())
            self.runner.close()

    async def _everything_arrives(self) -> None:
        """Wherever it was left: when all transactions end and one relay lives, everything comes to Kafka."""
        for key in list(self.open):
            await self._end(key, is_kept=True)
        for number in range(len(self.processes)):
            await self._die(number)
        await self._expire()
        process = self.processes[0]
        process.turnstile.turn(times=len(self.committed) + 1)
        await process.relay.one_pass()
        await self._check()
        assert set(self.log.event_ids) == set(self.committed), "a fact never came to Kafka"

    async def _close(self) -> None:
        for connection, _ in self.open.values():
            connection.terminate()
        self.pool.terminate()


def test_no_order_of_commits_leaders_and_deaths_loses_or_reorders_a_fact(database: Database) -> None:
    TwoRelays.database_url = database.url
    run_state_machine_as_test(
        TwoRelays,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_leader_that_slept_marks_only_what_it_published_itself(database: Database) -> None:
    TwoRelays.database_url = database.url
    machine = TwoRelays()
    machine.an_empty_log_and_two_relays()
    machine.write(KEYS[0])
    machine.begin_a_pass(0)
    machine.the_lease_runs_out()
    machine.write(KEYS[0])
    machine.begin_a_pass(1)

    machine.let_records_through(0, 1)

    machine.the_lease_runs_out()
    machine.begin_a_pass(0)
    machine.promises_hold()
    assert machine.run(machine.pool.fetchval("SELECT published_position FROM truesend.relay_state")) == 1
    machine.teardown()
