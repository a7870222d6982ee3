"""Asking gateways: each in a lane of its own, so that one that hangs delays only its own sessions."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

from services.verifier.check import Check, Finding
from services.verifier.lane import Lane
from truesend.gateways.protocol import Gateway, Observation, ObservedState


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
        self._lanes = {name: Lane(name, gateway, found, clock) for name, gateway in gateways.items()}
        self._found = found

    def begin(self, check: Check) -> None:
        """Ask as soon as the gateway has a place free; news go first."""
        lane = self._lanes.get(check.row.gateway)
        if lane is not None:
            lane.add(check)
            return
        words = f"gateway “{check.row.gateway}” is not configured"
        self._found(Finding(check, Observation(ObservedState.CANNOT_TELL, words), check.claimed_at))

    @property
    def lanes(self) -> Collection[Lane]:
        """One for each gateway."""
        return self._lanes.values()

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
