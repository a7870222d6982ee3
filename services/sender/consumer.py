"""From dispatch commands to sends.

Commands wait here, in a line for each session, until there is room to send; then the start fence is passed for exactly as
many as are POSTed at once. What is dropped here, with the process, was never sent: its lease runs out, and it is dispatched
again.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic
from uuid import UUID

import asyncpg
import prometheus_client as prometheus
import structlog

from services.sender.attempt import FinishedAttempt, StartedAttempt
from services.sender.fence import Fenced, StartFence, claims
from services.sender.lines import Command, Lines
from services.sender.patience import Patience
from services.sender.spans import shown_send
from services.sender.tempo import MOST_AHEAD, Tempo
from truesend.broker.consumer import Received
from truesend.contracts.events import DispatchMessage
from truesend.gateways.protocol import TAKEN, Gateway, Outcome, OutcomeKind
from truesend.store.queries import load_queries

OUTCOMES = prometheus.Counter("truesend_send_outcomes", "Sends by outcome.", ["gateway", "outcome"])
SEND_SECONDS = prometheus.Histogram(
    "truesend_send_seconds",
    "Time of one send.",
    ["gateway"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 300.0),
)
IN_FLIGHT = prometheus.Gauge("truesend_sends_in_flight", "Sends under way in this process.", ["gateway"])
CREDITS = prometheus.Gauge(
    "truesend_gateway_credits", "How many sends may be under way at a gateway, in all senders together.", ["gateway"]
)
LARGEST_FENCE = 256
MANY_WAITING = 1_000
MOST_WAITING = 2_000
NOTHING_TO_START_S = 5.0
PATIENCE_S = 0.005
WAIT_ELSEWHERE_S = 0.02
# What is answered and not written yet is a doubt when the process dies: no more of it than this.
UNWRITTEN_PER_CREDIT = 3

log = structlog.get_logger(__name__)


class SendConsumer:
    """Starts attempts and sends them. ``one_pass`` is run by a Loop, woken by new commands and by answers."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        gateways: Mapping[str, Gateway],
        fence: StartFence,
        *,
        finished: Callable[[FinishedAttempt], None],
        tempo: Tempo,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._pool = pool
        self._fence = fence
        self._gateways = gateways
        self._credits = {name: gateway.config.max_in_flight for name, gateway in gateways.items()}
        # all that may be claimed has its place: commands of a gateway that hangs hold up no other's
        self._most_waiting = MOST_WAITING + sum(self._credits.values()) + len(self._credits) * MOST_AHEAD
        self._finished = finished
        self._tempo = tempo
        self._seconds = {name: SEND_SECONDS.labels(name) for name in gateways}
        self._queries = load_queries("sender")
        self.lines = Lines()
        self._has_room = asyncio.Event()
        self._sends: set[asyncio.Task[None]] = set()
        self._at_gateway: Counter[str] = Counter()
        # attempts that are over and not written yet: their credits are free, and their number is bounded
        self._unwritten: set[UUID] = set()
        self._unwritten_at: Counter[str] = Counter()
        self._patience = Patience(PATIENCE_S, clock=clock)
        self.wake: Callable[[], None] = lambda: None
        for name, most in self._credits.items():
            CREDITS.labels(name).set(most)
            IN_FLIGHT.labels(name).set_function(partial(self._at_gateway.__getitem__, name))
            # there from the start: a counter that appears with its first event has no increase to be seen by
            for kind in OutcomeKind:
                OUTCOMES.labels(name, kind)

    async def take(self, batch: Sequence[Received[DispatchMessage]]) -> None:
        """Queue commands. Claims bound those that can be sent; after a long absence Kafka may hold any number that can't be
        any more: these are left out, and their readers wait here until there are fewer."""
        if len(self.lines) + len(batch) > MANY_WAITING:
            batch = await self._fence.alive(batch)
        for command in batch:
            self.lines.add(command)
        self.wake()
        while len(self.lines) > self._most_waiting:
            self._has_room.clear()
            await self._has_room.wait()

    def runs_low(self, gateway: str) -> bool:
        """Whether it will soon have nothing to send there: a claim takes its time."""
        return self.lines.waiting(gateway) * 2 <= self._tempo.recent(gateway)

    async def one_pass(self) -> float:
        """Fence and start as many as there is room for. Returns the seconds to rest (a wake-up ends them)."""
        takes = self._takes()
        if not any(takes.values()):
            return NOTHING_TO_START_S
        if rest_s := self._patience.rest_s(is_worth_it=all(map(self._soon_has_more_room, takes))):
            return rest_s
        batch: list[Command] = []
        for gateway, number in takes.items():
            # half of the credits at once: one half is sent while the other passes the fence
            half = max(1, self._most(gateway) // 2)
            batch += self.lines.take(gateway, min(number, half, LARGEST_FENCE - len(batch)))
        try:
            fenced = await self._fence.start(batch, over=self._unwritten)
        except BaseException:
            self._give_back(batch)
            raise
        self._has_room.set()
        self._begin(fenced.started)
        self._release(batch, fenced)
        return 0.0

    def settled(self, written: Sequence[FinishedAttempt]) -> None:
        """They are written. A session whose send went wrong goes on from here, if what was written lets it."""
        for finished in written:
            if finished.attempt.lease_token in self._unwritten:
                self._unwritten.remove(finished.attempt.lease_token)
                self._unwritten_at[finished.attempt.gateway] -= 1
            if finished.outcome.kind not in TAKEN:
                self.lines.free(finished.attempt.session_id)
        self.wake()

    async def drain(self, *, within_s: float) -> None:
        """Give back what has not started, and let what has started end. What is cut off is a doubt, and is looked up."""
        waiting = self.lines.clear()
        self._has_room.set()
        if waiting:
            await self._queries["release_claims"].execute(self._pool, **claims(waiting))
        if self._sends:
            await asyncio.wait(self._sends, timeout=within_s)
        for task in list(self._sends):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._sends, return_exceptions=True)

    def _takes(self) -> dict[str, int]:
        """How many could start, by gateway."""
        return {gateway: min(ready, self._room(gateway)) for gateway, ready in self.lines.ready().items()}

    def _soon_has_more_room(self, gateway: str) -> bool:
        """While answers pour in, more credits are a moment away: a fence for each few would cost more than it gains."""
        if self._at_gateway[gateway] == 0 or not self._tempo.pours(gateway):
            return False
        ready, half = self.lines.ready().get(gateway, 0), self._most(gateway) // 2
        return min(ready, self._room(gateway)) < min(ready, half)

    def _room(self, gateway: str) -> int:
        most, under_way = self._most(gateway), self._at_gateway[gateway]
        return max(0, min(most - under_way, most * UNWRITTEN_PER_CREDIT - under_way - self._unwritten_at[gateway]))

    def _most(self, gateway: str) -> int:
        return self._credits.get(gateway, LARGEST_FENCE)

    def _give_back(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self.lines.put_back(command)
        for command in commands:
            self.lines.free(command.body.session_id)

    def _release(self, batch: Sequence[Command], fenced: Fenced) -> None:
        """The sessions of what the fence did not let through."""
        begun = {attempt.session_id for attempt in fenced.started}
        later: list[UUID] = []
        for command in batch:
            session_id = command.body.session_id
            if command.body.lease_token in fenced.without_credit:
                self.lines.put_back(command)
                later.append(session_id)
            elif command.body.lease_token in fenced.behind:
                # what it has to follow may stand behind it here: claimed later, due earlier
                self.lines.put_last(command)
                later.append(session_id)
            elif session_id not in begun:
                self.lines.free(session_id)
        if later:
            # the gateway's credits, or the session, are another sender's just now: nothing here tells when they are free
            asyncio.get_running_loop().call_later(WAIT_ELSEWHERE_S, self._try_again, later)

    def _try_again(self, session_ids: Sequence[UUID]) -> None:
        for session_id in session_ids:
            self.lines.free(session_id)
        self.wake()

    def _begin(self, started: Sequence[StartedAttempt]) -> None:
        for attempt in started:
            self._at_gateway[attempt.gateway] += 1
            task = asyncio.create_task(self._send(attempt))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)

    async def _send(self, attempt: StartedAttempt) -> None:
        try:
            outcome = await self._ask(self._gateways.get(attempt.gateway), attempt)
        finally:
            self._at_gateway[attempt.gateway] -= 1
        OUTCOMES.labels(attempt.gateway, outcome.kind).inc()
        self._unwritten.add(attempt.lease_token)
        self._unwritten_at[attempt.gateway] += 1
        if outcome.kind in TAKEN:
            # the session's next message needs to know nothing of what is written
            self._tempo.taken(attempt.gateway)
            self.lines.free(attempt.session_id)
        self._finished(FinishedAttempt(attempt, outcome))
        if not self._soon_has_more_room(attempt.gateway):
            self.wake()

    async def _ask(self, gateway: Gateway | None, attempt: StartedAttempt) -> Outcome:
        if gateway is None:
            return Outcome(OutcomeKind.CONFIG_ERROR, f"gateway {attempt.gateway} is not configured")
        try:
            with self._seconds[attempt.gateway].time():
                return await shown_send(gateway, attempt.message, attempt.session_id, parent=attempt.traceparent)
        except asyncio.CancelledError:
            return Outcome(OutcomeKind.UNCONFIRMED, "Truesend was stopped while it waited for the gateway's answer")
        except Exception:
            log.exception(
                "a gateway module raised", gateway=attempt.gateway, message_id=str(attempt.message.message_id)
            )
            return Outcome(OutcomeKind.UNCONFIRMED, "the answer could not be understood")
