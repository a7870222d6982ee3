"""Asking gateways: each in a lane of its own, so that one that hangs delays only its own sessions."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping

import structlog
from prometheus_client import Counter, Gauge, Histogram

from services.verifier.check import Check, Finding
from truesend.gateways.protocol import Gateway, Observation, ObservedState

OBSERVATIONS = Counter("truesend_session_observations", "What gateways said about sessions.", ["gateway", "state"])
IN_FLIGHT = Gauge("truesend_session_checks_in_flight", "Sessions being asked for, or waiting for it.", ["gateway"])
STATUS_SECONDS = Histogram("truesend_gateway_status_seconds", "Time of one status call.", ["gateway"])

log = structlog.get_logger(__name__)


class FanOut:
    """Asks for sessions. Every check that begins comes back as one finding, unless it is abandoned.

    A check that waits costs an entry in a queue: there is one per session at most.
    """

    def __init__(
        self,
        gateways: Mapping[str, Gateway],
        found: Callable[[Finding], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lanes = {name: _Lane(name, gateway, found, clock) for name, gateway in gateways.items()}
        self._found = found

    def begin(self, check: Check) -> None:
        """Ask as soon as the gateway has a place free; news go first."""
        lane = self._lanes.get(check.row.gateway)
        if lane is not None:
            lane.add(check)
            return
        words = f"gateway “{check.row.gateway}” is not configured"
        self._found(Finding(check, Observation(ObservedState.CANNOT_TELL, words), check.claimed_at))

    def in_hand(self) -> list[Check]:
        """Checks that wait or are being asked."""
        return [check for lane in self._lanes.values() for check in lane.in_hand]

    def busy_gateways(self, *, more_than: int) -> list[str]:
        """Gateways for which more checks than that are in hand."""
        return [name for name, lane in self._lanes.items() if len(lane.in_hand) > more_than]

    async def drain(self, *, within_s: float) -> None:
        """Ask for nothing more, and let what was asked come back for a while."""
        for lane in self._lanes.values():
            lane.close()
        calls = [call for lane in self._lanes.values() for call in lane.calls]
        if calls:
            await asyncio.wait(calls, timeout=within_s)

    async def abandon(self) -> list[Check]:
        """End every call that is still out. Returns the checks that have no answer."""
        calls = [call for lane in self._lanes.values() for call in lane.calls]
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        return self.in_hand()


class _Lane:
    """One gateway's queue and its calls, at most ``status_max_in_flight`` at once."""

    def __init__(
        self, name: str, gateway: Gateway, found: Callable[[Finding], None], clock: Callable[[], float]
    ) -> None:
        self._name = name
        self._gateway = gateway
        self._found = found
        self._clock = clock
        self._free = gateway.config.status_max_in_flight
        self._news: deque[Check] = deque()
        self._others: deque[Check] = deque()
        self._checks: dict[object, Check] = {}
        self._is_closed = False
        self.calls: set[asyncio.Task[None]] = set()

    @property
    def in_hand(self) -> Collection[Check]:
        return self._checks.values()

    def add(self, check: Check) -> None:
        self._checks[check.token] = check
        (self._news if check.is_news else self._others).append(check)
        IN_FLIGHT.labels(self._name).set(len(self._checks))
        self._start_calls()

    def close(self) -> None:
        self._is_closed = True

    def _start_calls(self) -> None:
        while self._free and not self._is_closed and (self._news or self._others):
            check = (self._news or self._others).popleft()
            self._free -= 1
            call = asyncio.create_task(self._ask(check))
            self.calls.add(call)
            call.add_done_callback(self._ended)

    def _ended(self, call: asyncio.Task[None]) -> None:
        self.calls.discard(call)
        self._free += 1
        self._start_calls()

    async def _ask(self, check: Check) -> None:
        asked_at = self._clock()
        observation = await self._observe(check)
        STATUS_SECONDS.labels(self._name).observe(self._clock() - asked_at)
        OBSERVATIONS.labels(self._name, observation.state).inc()
        del self._checks[check.token]
        IN_FLIGHT.labels(self._name).set(len(self._checks))
        self._found(Finding(check, observation, check.database_time(asked_at)))

    async def _observe(self, check: Check) -> Observation:
        try:
            return await self._gateway.status(check.row.gateway_session_id)
        except Exception as error:
            log.exception("a gateway module raised", gateway=self._name, session_id=str(check.session_id))
            return Observation(ObservedState.CANNOT_TELL, f"asking the gateway failed: {type(error).__name__}")
