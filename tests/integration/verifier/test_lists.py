"""Gateways that list their sessions are asked once for all that are due."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID, uuid4

import pytest

from services.verifier.check import Check, Finding
from services.verifier.fan_out import FanOut
from services.verifier.reconcile import SessionRow
from simulator.frame.server import SimulatedGateway
from simulator.kinds.waha import SimulatedWaha
from truesend.gateways.protocol import GatewayConfig, ObservedState
from truesend.gateways.registry import build_gateways

KEY = "key-123456"


class Asking:
    """A fan-out to one gateway, and what it found."""

    def __init__(self, simulated: SimulatedGateway, **settings: object) -> None:
        config = GatewayConfig("default", "waha", simulated.url, KEY, **settings)  # type: ignore[arg-type]
        self.simulated = simulated
        self.gateways = build_gateways([config])
        self.found: list[Finding] = []
        self.fan_out = FanOut(self.gateways, self.found.append)

    async def ask(self, *names: str) -> dict[str, Finding]:
        """Ask for sessions, and wait for all findings."""
        for name in names:
            self.fan_out.begin(_check(name))
        async with asyncio.timeout(10):
            while self.fan_out.in_hand():
                calls = [call for lane in self.fan_out.lanes for call in lane.calls]
                await (asyncio.wait(calls) if calls else asyncio.sleep(0))
        return {finding.row.gateway_session_id: finding for finding in self.found}


def _check(name: str) -> Check:
    row = SessionRow(
        id=uuid4(),
        organization_id=UUID(int=2),
        status="connected",
        gateway="default",
        gateway_session_id=name,
        phone_number=None,
    )
    now = datetime.now(UTC)
    return Check(row, uuid4(), now, monotonic(), is_news=False, traceparent=None)


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    async with contextlib.AsyncExitStack() as stack:
        simulated = await stack.enter_async_context(SimulatedGateway.running(SimulatedWaha, api_key=KEY))
        asking = Asking(simulated, status_timeout_s=0.5)
        stack.push_async_callback(asking.gateways["default"].close)
        yield asking


async def test_one_call_answers_for_five_hundred_sessions(asking: Asking) -> None:
    names = [f"s{number}" for number in range(500)]
    for number, name in enumerate(names):
        asking.simulated.memory.put(name, state="WORKING" if number % 2 else "STOPPED")

    found = await asking.ask(*names)

    assert asking.simulated.memory.calls == ["list"]
    assert {name: finding.observation.state for name, finding in found.items()} == {
        name: ObservedState.CONNECTED if number % 2 else ObservedState.DISCONNECTED for number, name in enumerate(names)
    }


async def test_a_few_are_asked_for_one_by_one(asking: Asking) -> None:
    for name in ("s1", "s2"):
        asking.simulated.memory.put(name, state="WORKING")

    await asking.ask("s1", "s2")

    assert asking.simulated.memory.calls == ["status", "status"]


async def test_what_a_list_does_not_name_is_asked_for_alone(asking: Asking) -> None:
    names = [f"s{number}" for number in range(10)]
    for name in names[:9]:
        asking.simulated.memory.put(name, state="WORKING")

    found = await asking.ask(*names)

    assert asking.simulated.memory.calls == ["list", "status"]
    assert found["s9"].observation.state is ObservedState.DISCONNECTED
    assert found["s9"].asked_at > found["s1"].asked_at


async def test_a_list_that_fails_can_t_tell_of_any_of_its_sessions(asking: Asking) -> None:
    asking.simulated.memory.hangs["list"] = 60
    names = [f"s{number}" for number in range(10)]

    found = await asking.ask(*names)

    assert {finding.observation.state for finding in found.values()} == {ObservedState.CANNOT_TELL}
    assert asking.simulated.memory.calls == ["list"]


async def test_a_list_was_true_when_it_was_asked_for(asking: Asking) -> None:
    asking.simulated.memory.hangs["list"] = 0.3
    for number in range(5):
        asking.simulated.memory.put(f"s{number}", state="WORKING")
    began = datetime.now(UTC)

    found = await asking.ask(*(f"s{number}" for number in range(5)))

    assert all((finding.asked_at - began).total_seconds() < 0.25 for finding in found.values())
