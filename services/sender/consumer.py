"""From dispatch commands to sends.

Commands wait here until there is room to send; then the start fence is passed for exactly as many as are POSTed at once.
What is dropped here, with the process, was never sent: its lease runs out, and it is dispatched again.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter, Gauge, Histogram

from services.sender.attempt import FinishedAttempt, StartedAttempt
from truesend.broker.consumer import Received
from truesend.contracts.events import DispatchMessage
from truesend.gateways.protocol import Gateway, Outcome, OutcomeKind, OutgoingMessage
from truesend.store.queries import load_queries

OUTCOMES = Counter("truesend_send_outcomes", "Sends by outcome.", ["gateway", "outcome"])
SEND_SECONDS = Histogram("truesend_send_seconds", "Time of one send.", ["gateway"])
IN_FLIGHT = Gauge("truesend_sends_in_flight", "Sends under way in this process.")
LARGEST_FENCE = 256
MOST_WAITING = 2_000

log = structlog.get_logger(__name__)


class SendConsumer:
    """Starts attempts and sends them. ``one_pass`` is run by a Loop, woken by new commands and by freed room."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        gateways: Mapping[str, Gateway],
        *,
        concurrency: int,
        lease_s: float,
        finished: Callable[[FinishedAttempt], None],
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._dice = dice
        self._pool = pool
        self._gateways = gateways
        self._concurrency = concurrency
        self._lease_s = lease_s
        self._rules = _rules(gateways)
        self._finished = finished
        self._seconds = {name: SEND_SECONDS.labels(name) for name in gateways}
        self._queries = load_queries("sender")
        self._waiting: deque[Received[DispatchMessage]] = deque()
        self._has_room = asyncio.Event()
        self._sends: set[asyncio.Task[None]] = set()
        self.wake: Callable[[], None] = lambda: None

    async def take(self, batch: Sequence[Received[DispatchMessage]]) -> None:
        """Queue commands. Credits bound those that can be sent; after a long absence Kafka may hold any number that can't be
        any more, and their readers wait here until there are fewer."""
        self._waiting.extend(batch)
        self.wake()
        while len(self._waiting) > MOST_WAITING:
            self._has_room.clear()
            await self._has_room.wait()

    async def one_pass(self) -> float:
        """Fence and start as many as there is room for. Returns the seconds to rest (a wake-up ends them)."""
        room = min(self._concurrency - len(self._sends), LARGEST_FENCE)
        if not self._waiting or room <= 0:
            return 5.0
        batch = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        try:
            started = await self._start(batch)
        except BaseException:
            self._waiting.extendleft(reversed(batch))
            raise
        self._has_room.set()
        for attempt in started:
            task = asyncio.create_task(self._send(attempt))
            self._sends.add(task)
            task.add_done_callback(self._ended)
        return 0.0

    async def drain(self, *, within_s: float) -> None:
        """Give back what has not started, and let what has started end. What is cut off is a doubt, and is looked up."""
        waiting, self._waiting = list(self._waiting), deque()
        self._has_room.set()
        if waiting:
            await self._queries["release_claims"].execute(
                self._pool,
                message_ids=[command.body.message_id for command in waiting],
                lease_tokens=[command.body.lease_token for command in waiting],
            )
        if self._sends:
            await asyncio.wait(self._sends, timeout=within_s)
        for task in list(self._sends):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._sends, return_exceptions=True)

    async def _start(self, batch: Sequence[Received[DispatchMessage]]) -> list[StartedAttempt]:
        traces = {command.body.lease_token: command.traceparent for command in batch}
        rows = await self._queries["start_attempts"].fetch(
            self._pool,
            message_ids=[command.body.message_id for command in batch],
            lease_tokens=[command.body.lease_token for command in batch],
            lease_s=self._lease_s,
            dice=[self._dice() for _ in batch],
            **self._rules,
        )
        return [_started_attempt(row, traces.get(row["lease_token"])) for row in rows]

    async def _send(self, attempt: StartedAttempt) -> None:
        gateway = self._gateways.get(attempt.gateway)
        IN_FLIGHT.inc()
        try:
            outcome = await self._ask(gateway, attempt)
        finally:
            IN_FLIGHT.dec()
        OUTCOMES.labels(attempt.gateway, outcome.kind).inc()
        self._finished(FinishedAttempt(attempt, outcome))

    async def _ask(self, gateway: Gateway | None, attempt: StartedAttempt) -> Outcome:
        if gateway is None:
            return Outcome(OutcomeKind.CONFIG_ERROR, f"gateway {attempt.gateway} is not configured")
        try:
            with self._seconds[attempt.gateway].time():
                return await gateway.send(attempt.message)
        except asyncio.CancelledError:
            return Outcome(OutcomeKind.UNCONFIRMED, "Truesend was stopped while it waited for the gateway's answer")
        except Exception:
            log.exception(
                "a gateway module raised", gateway=attempt.gateway, message_id=str(attempt.message.message_id)
            )
            return Outcome(OutcomeKind.UNCONFIRMED, "the answer could not be understood")

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sends.discard(task)
        if self._waiting:
            self.wake()


def _rules(gateways: Mapping[str, Gateway]) -> dict[str, list[Any]]:
    """What the start fence has to know of each gateway."""
    forms = [gateway.capabilities.caller_id for gateway in gateways.values()]
    return {
        "gateways": list(gateways),
        "min_intervals_s": [gateway.config.min_interval_s for gateway in gateways.values()],
        "id_prefixes": [form.prefix if form else None for form in forms],
        "id_digits": [form.digits if form else None for form in forms],
    }


def _started_attempt(row: asyncpg.Record, traceparent: str | None) -> StartedAttempt:
    return StartedAttempt(
        message=OutgoingMessage(
            message_id=row["id"],
            gateway_session_id=row["gateway_session_id"],
            recipient=row["recipient"],
            text=row["message_content"],
            media_url=row["media_url"],
            media_type=row["media_type"],
            reserved_id=row["reserved_id"],
        ),
        organization_id=row["organization_id"],
        session_id=row["session_id"],
        gateway=row["gateway"],
        lease_token=row["lease_token"],
        claimed_at=row["claimed_at"],
        started_at=row["attempt_started_at"],
        failed_attempts=row["retry_count"],
        traceparent=traceparent,
    )
