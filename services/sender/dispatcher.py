"""Dispatch: due messages of connected sessions become commands on Kafka, each under a lease, as credits allow."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from time import monotonic, time_ns

import asyncpg
import orjson
from prometheus_client import Counter, Histogram

from services.sender.message_traces import MessageTraces
from services.sender.pulse import WATCHED_REST_S
from services.sender.stager import Staged, Stager
from services.sender.tempo import MOST_AHEAD, Tempo
from truesend.broker.publisher import Publisher, PublishError, Record
from truesend.contracts.topics import MESSAGE_DISPATCH
from truesend.gateways.protocol import GatewayConfig
from truesend.settings import Settings
from truesend.store.queries import load_queries

CLAIMED = Counter("truesend_messages_claimed", "Messages given a lease.")
PASS_SECONDS = Histogram("truesend_dispatch_pass_seconds", "Time of one dispatch pass.")
CHAT_LOOKAHEAD = 200
CLAIMS_PER_SESSION = 8
BUSY_ELSEWHERE_S = 0.05
# A look at a long queue costs as much as claiming fifty messages: it is not repeated for every claim.
LOOK_EVERY_S = 0.25
WALKING_S = 0.05
SOONEST_S = 0.002
PUBLISH_TIMEOUT_S = 10.0


class Dispatcher:
    """One process' dispatcher. ``one_pass`` is run by a Loop, woken by whatever may have freed a credit."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        gateways: Sequence[GatewayConfig],
        settings: Settings,
        *,
        tempo: Tempo,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._settings = settings
        self._queries = load_queries("sender")
        self._traces = MessageTraces(pool)
        self._stager = Stager(self._queries["stage_due"], settings.organizations)
        self._publishing: asyncio.Task[None] | None = None
        self._clock = clock
        self._look_every_s = min(LOOK_EVERY_S, settings.dispatch_poll_s)
        self._looked_at = self._look_at = clock() - LOOK_EVERY_S
        self._tempo = tempo
        self._gateways = gateways
        # no more than these can be between their claim and their start
        self._in_flight: deque[asyncpg.Record] = deque(
            maxlen=sum(gateway.max_in_flight + MOST_AHEAD for gateway in gateways)
        )

    async def one_pass(self) -> float:
        """Stage, claim, publish. Returns the seconds to rest until something more may be due."""
        if self._settings.organizations == ():
            return WATCHED_REST_S
        if self._publishing is not None and self._publishing.done():
            await self.settle()
        began_ns = time_ns()
        with PASS_SECONDS.time():
            async with self._pool.acquire() as connection, connection.transaction():
                if not await self._queries["try_dispatch_lock"].fetchval(connection):
                    return BUSY_ELSEWHERE_S
                staged = await self._look(connection)
                chosen = await self._claim(connection)
        claimed = [row for row in chosen if row["lease_token"] is not None]
        if claimed:
            CLAIMED.inc(len(claimed))
            self._in_flight.extend(claimed)
            previous, self._publishing = self._publishing, asyncio.create_task(self._publish(claimed, began_ns))
            if previous is not None:
                await previous
        if len(claimed) < len(chosen):
            stale = [row["message_id"] for row in chosen if row["lease_token"] is None]
            await self._queries["drop_stale"].execute(self._pool, message_ids=stale)
            return 0.0
        if staged is None or not staged.walk_is_complete:
            return max(self._look_at - self._clock(), SOONEST_S)
        return await self._rest_s()

    async def settle(self) -> None:
        """Wait until Kafka has confirmed what was published last: the next claim is made while it does so.

        Raises PublishError when it did not; the leases have been given back by then.
        """
        publishing, self._publishing = self._publishing, None
        if publishing is not None:
            await publishing

    async def release(self) -> None:
        """Give back what was claimed here and has not started, wherever its command is: nobody waits for its lease."""
        await self._release(self._in_flight)

    def hint(self) -> None:
        """Something new may be due: look for it soon, though not for each of a flood of hints."""
        self._look_within(0.0)

    def _look_within(self, seconds: float) -> None:
        soon = max(self._clock() + seconds, self._looked_at + WALKING_S)
        self._look_at = min(self._look_at, soon)

    async def _look(self, connection: asyncpg.pool.PoolConnectionProxy) -> Staged | None:
        """Stage what is due; None where the last look was a moment ago."""
        if self._clock() < self._look_at:
            return None
        staged = await self._stager.one_pass(connection)
        self._looked_at = self._clock()
        self._look_at = self._looked_at + (self._look_every_s if staged.walk_is_complete else WALKING_S)
        return staged

    async def _claim(self, connection: asyncpg.pool.PoolConnectionProxy) -> list[asyncpg.Record]:
        return await self._queries["claim_due"].fetch(
            connection,
            gateways=[gateway.name for gateway in self._gateways],
            most_claimed=[gateway.max_in_flight + self._tempo.ahead(gateway.name) for gateway in self._gateways],
            min_intervals_s=[gateway.min_interval_s for gateway in self._gateways],
            most_per_session=CLAIMS_PER_SESSION,
            organizations=self._settings.organizations,
            chat_lookahead=CHAT_LOOKAHEAD,
            message_max_age_s=self._settings.message_max_age_s,
            lease_s=self._settings.lease_s,
        )

    async def _publish(self, claimed: Sequence[asyncpg.Record], began_ns: int) -> None:
        """Publish the commands. Without Kafka the leases are given back at once, and nothing waits for them to run out."""
        traces = await self._traces.dispatched(claimed, began_ns=began_ns)
        commands = [_command(row, traces.get(row["message_id"])) for row in claimed]
        try:
            await self._publisher.publish(commands, timeout_s=PUBLISH_TIMEOUT_S)
        except PublishError:
            await self._release(claimed)
            raise

    async def _release(self, claimed: Iterable[asyncpg.Record]) -> None:
        rows = list(claimed)
        await self._queries["release_claims"].execute(
            self._pool,
            message_ids=[row["message_id"] for row in rows],
            lease_tokens=[row["lease_token"] for row in rows],
        )

    async def _rest_s(self) -> float:
        due_in_s: float | None = await self._queries["next_due"].fetchval(self._pool)
        if due_in_s is None:
            return WATCHED_REST_S
        self._look_within(due_in_s)
        return min(WATCHED_REST_S, max(due_in_s, SOONEST_S))


def _command(row: asyncpg.Record, traceparent: str | None) -> Record:
    body = {name: row[name] for name in ("message_id", "session_id", "organization_id", "lease_token", "gateway")}
    return Record(
        topic=MESSAGE_DISPATCH,
        key=row["session_id"],
        body=orjson.dumps(body, default=str),
        event_type="message.dispatch",
        time=datetime.now(UTC),
        traceparent=traceparent,
        begins_trace=True,
    )
