"""The three gateways of a run, how they misbehave, and what they truly delivered.

``main`` is a VPS with look-ups, some of its sessions accept and call back. ``ids`` takes our ids. ``bare`` has neither:
what it leaves in doubt only a person can settle.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Literal

from simulator.frame.kind import SimulatedKind
from simulator.frame.server import SimulatedGateway
from simulator.kinds.gowa import SimulatedGowa
from simulator.kinds.wuzapi import SimulatedWuzapi
from simulator.ledger import Ledger
from simulator.server import Simulator

SECRET: Final = "chaos-webhook-secret-0123456789-0123456789"
LATENCY_MS: Final = 30.0
HANG_S: Final = 6.0

Moment = Literal["before_delivery", "after_delivery"]


class ChaosGateway(ABC):
    """One gateway. What it was told to do wrong lasts until ``heal``."""

    name: str
    kind: str
    key: str
    options: Mapping[str, str]
    can_settle_doubts: bool  # by a look-up or by our ids
    takes_ids: bool = False  # so that it can settle every doubt, once it is well

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.url = url
        self.ledger = ledger

    @abstractmethod
    def add_session(self, name: str, number: int) -> str:
        """A healthy, connected session; some have receipts, some accept first. Returns its phone number."""

    @abstractmethod
    def tell(self, webhook_url: str) -> None:
        """Post webhooks there."""

    @abstractmethod
    def answer(self, status: int, words: str) -> None:
        """Answer every send so, and deliver nothing."""

    @abstractmethod
    def hang(self, moment: Moment) -> None:
        """Answer no send in time."""

    @abstractmethod
    def reset(self, moment: Moment) -> None:
        """Lose the connection of every send."""

    @abstractmethod
    def repeat(self, times: int) -> None:
        """Post each webhook so often."""

    @abstractmethod
    def restart(self) -> None:
        """Forget what is in its hands, and what it remembers."""

    @abstractmethod
    def drop_sessions(self) -> None:
        """Lose WhatsApp, for every other session."""

    @abstractmethod
    def slow_down(self, seconds: float) -> None:
        """Take so long for each delivery, for good; where it accepts first, after that."""

    @abstractmethod
    def heal(self) -> None:
        """Behave again; sessions are connected again."""


class VpsGateway(ChaosGateway):
    """The VPS."""

    name, kind, key, options, can_settle_doubts = "main", "vps", "chaos-key-main", {}, True

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(simulator.url, simulator.ledger)
        self._world = simulator.world
        self._healthy: dict[str, dict[str, Any]] = {}

    def add_session(self, name: str, number: int) -> str:
        """Every third one accepts and calls back, every fourth has receipts."""
        phone_number = f"9170000{number:05}"
        behaviour: dict[str, Any] = {"latency_ms": LATENCY_MS}
        if number % 3 == 0:
            behaviour |= {"mode": "accepted", "callback_delay_ms": 150.0}
        if number % 4 == 0:
            behaviour |= {"receipts": ["delivered", "read"], "receipt_delay_ms": 100.0}
        self._healthy[name] = behaviour
        self._world.add(name, phone_number=phone_number, **behaviour)
        return phone_number

    def tell(self, webhook_url: str) -> None:
        """With the secret."""
        self._world.change_settings(webhook_url=webhook_url, webhook_secret=SECRET)

    def answer(self, status: int, words: str) -> None:
        """By a script."""
        self._change_all(send_answer={"status": status, "body": {"error": words}, "headers": {"Retry-After": "1"}})

    def hang(self, moment: Moment) -> None:
        """Every session."""
        self._change_all(hang_send_s=HANG_S, hang_send=moment)

    def reset(self, moment: Moment) -> None:
        """Every session."""
        self._change_all(reset=moment)

    def repeat(self, times: int) -> None:
        """A setting."""
        self._world.change_settings(webhook_repeats=times)

    def restart(self) -> None:
        """Look-ups find nothing of before."""
        self._world.restart()

    def drop_sessions(self) -> None:
        """And say so by webhook."""
        for name in list(self._healthy)[::2]:
            self._world.drop(name)

    def slow_down(self, seconds: float) -> None:
        """Only what it accepts first."""
        for name, behaviour in self._healthy.items():
            if behaviour.get("mode") == "accepted":
                behaviour["callback_delay_ms"] = seconds * 1000
                self._world.change(name, callback_delay_ms=seconds * 1000)

    def heal(self) -> None:
        """As they were added."""
        self._world.change_settings(webhook_repeats=1)
        healthy = {"state": "connected", "error": None, "send_answer": None, "hang_send_s": 0.0, "reset": None}
        self._change_all(**healthy)

    def _change_all(self, **behaviour: Any) -> None:
        for name in self._healthy:
            self._world.change(name, **behaviour)


class FramedGateway(ChaosGateway):
    """A gateway on the frame that simulated kinds share."""

    simulated: type[SimulatedKind]

    def __init__(self, running: SimulatedGateway) -> None:
        super().__init__(running.url, running.ledger)
        self._memory = running.memory
        self._kind = running.kind
        self._memory.change_settings(latency_ms=LATENCY_MS)

    def add_session(self, name: str, number: int) -> str:
        """Every fourth has receipts."""
        phone_number = f"9170000{number:05}"
        receipts = {"receipts": ["delivered", "read"], "receipt_delay_ms": 100.0} if number % 4 == 0 else {}
        self._memory.put(name, state=self._kind.word("connected"), phone_number=phone_number, **receipts)
        return phone_number

    def tell(self, webhook_url: str) -> None:
        """With the secret."""
        self._memory.change_settings(webhook_url=webhook_url, webhook_secret=SECRET)

    def answer(self, status: int, words: str) -> None:
        """By a script."""
        self._memory.script("send", status=status, body={"error": words}, headers={"Retry-After": "1"})

    def hang(self, moment: Moment) -> None:
        """Every session."""
        self._change_all(hang_send_s=HANG_S, hang_send=moment)

    def reset(self, moment: Moment) -> None:
        """Every session."""
        self._change_all(reset=moment)

    def repeat(self, times: int) -> None:
        """A setting."""
        self._memory.change_settings(webhook_repeats=times)

    def restart(self) -> None:
        """Pairings are kept."""
        self._memory.restart()

    def drop_sessions(self) -> None:
        """Every other one."""
        for name in list(self._memory.sessions)[::2]:
            self._memory.put(name, state=self._kind.word("disconnected"))

    def slow_down(self, seconds: float) -> None:
        """Every call."""
        self._memory.change_settings(latency_ms=seconds * 1000)

    def heal(self) -> None:
        """As they were added."""
        self._memory.unscript()
        self._memory.change_settings(webhook_repeats=1)
        self._change_all(state=self._kind.word("connected"), hang_send_s=0.0, reset=None)

    def _change_all(self, **behaviour: Any) -> None:
        for name in list(self._memory.sessions):
            self._memory.put(name, **behaviour)


class GatewayWithIds(FramedGateway):
    """wuzapi: it takes our ids, and phones drop what they have."""

    name, kind, key, options, can_settle_doubts = "ids", "wuzapi", "chaos-key-ids", {"build": "2026-02"}, True
    takes_ids = True
    simulated = SimulatedWuzapi


class BareGateway(FramedGateway):
    """GOWA: no look-ups, and ids of its own."""

    name, kind, key, options, can_settle_doubts = "bare", "gowa", "chaos:key-bare", {}, False
    simulated = SimulatedGowa


@asynccontextmanager
async def three_gateways() -> AsyncIterator[dict[str, ChaosGateway]]:
    """All of them, by name, without sessions."""
    async with AsyncExitStack() as closing:
        vps = await closing.enter_async_context(Simulator.running(api_key=VpsGateway.key))
        gateways: list[ChaosGateway] = [VpsGateway(vps)]
        for kind in (GatewayWithIds, BareGateway):
            running = SimulatedGateway.running(kind.simulated, api_key=kind.key)
            gateways.append(kind(await closing.enter_async_context(running)))
        yield {gateway.name: gateway for gateway in gateways}
