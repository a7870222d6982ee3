"""One gateway's lane: its queue of checks, and its calls, at most so many at once.

A gateway that lists all its sessions is asked once for all that wait; a few are asked for one by one, since a list of
hundreds costs the gateway more than they do.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from services.verifier.check import Check, Finding
from services.verifier.spans import shown_status, shown_statuses
from truesend.gateways.protocol import Gateway, Observation, ObservedState

OBSERVATIONS = Counter("truesend_session_observations", "What gateways said about sessions.", ["gateway", "state"])
IN_FLIGHT = Gauge("truesend_session_checks_in_flight", "Sessions being asked for, or waiting for it.", ["gateway"])
STATUS_SECONDS = Histogram(
    "truesend_gateway_status_seconds",
    "Time of one status call.",
    ["gateway"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0),
)
VERIFICATION_SECONDS = Histogram(
    "truesend_verification_seconds",
    "Time from a request to verify a session to its gateway's answer, or to giving up on one.",
    ["gateway"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0),
)

LIST_FROM = 4
GATHER_S = 0.05

log = structlog.get_logger(__name__)


class Lane:
    """Asks one gateway. ``found`` is told each finding."""

    def __init__(
        self,
        name: str,
        gateway: Gateway,
        found: Callable[[Finding], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._gateway = gateway
        self._found = found
        self._clock = clock
        self._lists = gateway.capabilities.bulk_status
        self._free = gateway.config.status_max_in_flight
        self._news: deque[Check] = deque()
        self._others: deque[Check] = deque()
        self._alone: deque[Check] = deque()  # a list did not name them
        self._checks: dict[object, Check] = {}
        self._gathering: asyncio.TimerHandle | None = None
        self._is_listing = False
        self._is_closed = False
        self.calls: set[asyncio.Task[None]] = set()
        IN_FLIGHT.labels(name).set(0)
        STATUS_SECONDS.labels(name)
        VERIFICATION_SECONDS.labels(name)
        # there from the start: a counter that appears with its first event has no increase to be seen by
        for state in ObservedState:
            OBSERVATIONS.labels(name, state)

    @property
    def in_hand(self) -> Collection[Check]:
        """Checks that wait or are being asked."""
        return self._checks.values()

    def add(self, check: Check) -> None:
        """Ask as soon as there is a place free; news go first."""
        self._checks[check.token] = check
        (self._news if check.is_news else self._others).append(check)
        IN_FLIGHT.labels(self._name).set(len(self._checks))
        if self._lists:
            self._gather()
        else:
            self._start_calls()

    def close(self) -> None:
        """Begin nothing more."""
        self._is_closed = True
        if self._gathering is not None:
            self._gathering.cancel()

    def _gather(self) -> None:
        """Wait a moment for others to come: requests come one after the other, and one list answers them all."""
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER_S, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        self._start_calls()

    def _start_calls(self) -> None:
        while self._free and not self._is_closed and (self._alone or self._news or self._others):
            waiting = len(self._news) + len(self._others)
            if self._lists and not self._alone and self._is_listing:
                return
            if self._lists and not self._alone and waiting >= LIST_FROM:
                self._begin(self._list([*self._news, *self._others]))
                self._is_listing = True
                self._news.clear()
                self._others.clear()
            else:
                self._begin(self._ask((self._alone or self._news or self._others).popleft()))

    def _begin(self, call: Coroutine[Any, Any, None]) -> None:
        self._free -= 1
        task = asyncio.create_task(call)
        self.calls.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, call: asyncio.Task[None]) -> None:
        self.calls.discard(call)
        self._free += 1
        self._start_calls()

    async def _ask(self, check: Check) -> None:
        asked_at = self._clock()
        observation = await self._observe(check)
        STATUS_SECONDS.labels(self._name).observe(self._clock() - asked_at)
        self._tell(check, observation, asked_at)

    async def _list(self, checks: Sequence[Check]) -> None:
        asked_at = self._clock()
        try:
            seen = await self._observe_all(checks)
        finally:
            self._is_listing = False
        STATUS_SECONDS.labels(self._name).observe(self._clock() - asked_at)
        for check in checks:
            observation = seen.get(check.row.gateway_session_id)
            if observation is None:
                self._alone.append(check)
            else:
                self._tell(check, observation, asked_at)

    def _tell(self, check: Check, observation: Observation, asked_at: float) -> None:
        OBSERVATIONS.labels(self._name, observation.state).inc()
        VERIFICATION_SECONDS.labels(self._name).observe(check.waited_s + self._clock() - check.claimed_monotonic_s)
        del self._checks[check.token]
        IN_FLIGHT.labels(self._name).set(len(self._checks))
        self._found(Finding(check, observation, check.database_time(asked_at)))

    async def _observe(self, check: Check) -> Observation:
        try:
            return await shown_status(self._gateway, check)
        except Exception as error:
            log.exception("a gateway module raised", gateway=self._name, session_id=str(check.session_id))
            return _failed(error)

    async def _observe_all(self, checks: Sequence[Check]) -> Mapping[str, Observation]:
        wanted = [check.row.gateway_session_id for check in checks]
        try:
            return await shown_statuses(self._gateway, wanted, checks)
        except Exception as error:
            log.exception("a gateway module raised", gateway=self._name, sessions=len(wanted))
            return dict.fromkeys(wanted, _failed(error))


def _failed(error: Exception) -> Observation:
    return Observation(ObservedState.CANNOT_TELL, f"asking the gateway failed: {type(error).__name__}")
