"""What the simulated gateway does with one send, in the order in which a real one would."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from simulator.ledger import Ledger
from simulator.process import GatewayGoneError
from simulator.world import ScriptedAnswer, SimulatedSession, World


@dataclass(frozen=True, slots=True)
class Sent:
    """Delivered, or accepted where ``message_id`` is None."""

    message_id: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An error in the gateway's words."""

    status: int
    error: str


Reply = Sent | Refused | ScriptedAnswer


class Sending:
    """Takes messages to a world. ``later`` holds the deliveries that were accepted and not yet made."""

    def __init__(self, world: World) -> None:
        """For one world."""
        self._world = world
        self._ledger: Ledger = world.ledger
        self._later: set[asyncio.Task[None]] = set()

    async def send(self, session_id: str, recipient: str, text: str) -> Reply:
        """Try to deliver. Raises GatewayGoneError where the connection is to be reset."""
        world = self._world
        limit = world.settings.max_parallel_sends
        if limit and world.sends_in_flight >= limit:
            world.restart(world.settings.restart_s)
            raise GatewayGoneError
        life = world.restarts
        world.sends_in_flight += 1
        world.most_sends_in_flight = max(world.most_sends_in_flight, world.sends_in_flight)
        try:
            return await self._attempt(session_id, recipient, text)
        finally:
            if world.restarts == life:
                world.sends_in_flight -= 1

    async def close(self) -> None:
        """Abandon what was accepted and not delivered."""
        for task in list(self._later):
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    async def _attempt(self, session_id: str, recipient: str, text: str) -> Reply:
        session = self._world.find(session_id)
        if session is None:
            return Refused(404, "Session not found")
        latency_ms = session.latency_ms or self._world.settings.latency_ms
        if latency_ms:
            await self._world.hold(latency_ms / 1000)
        if session.reset == "before_delivery":
            raise GatewayGoneError
        if session.hang_send_s and session.hang_send == "before_delivery":
            await self._world.hold(session.hang_send_s)
        scripted = session.send_answer or self._world.recipients.get(recipient)
        if scripted is not None:
            return self._by_script(scripted, session, recipient, text)
        if session.state != "connected" or session.lie:
            return Refused(503, f"Session {session_id} is not connected")
        return await self._deliver(session, recipient, text)

    def _by_script(self, scripted: ScriptedAnswer, session: SimulatedSession, recipient: str, text: str) -> Reply:
        if scripted.delivers:
            self._world.deliver(session, recipient, text)
        return scripted

    async def _deliver(self, session: SimulatedSession, recipient: str, text: str) -> Reply:
        if (session.mode or self._world.settings.mode) == "accepted":
            self._keep(self._deliver_later(session, recipient, text))
            return Sent(None)
        message_id = self._world.deliver(session, recipient, text)
        if session.receipts or session.late_rejection_code is not None:
            self._keep(self._aftermath(session, recipient, message_id))
        if session.reset == "after_delivery":
            raise GatewayGoneError
        if session.hang_send_s and session.hang_send == "after_delivery":
            await self._world.hold(session.hang_send_s)
        return Sent(message_id)

    async def _deliver_later(self, session: SimulatedSession, recipient: str, text: str) -> None:
        await self._world.hold(session.callback_delay_ms / 1000)
        if session.state != "connected" or session.lie or session.callback == "failed":
            self._call_back(session, recipient, None, "Connection Closed")
            return
        message_id = self._world.deliver(session, recipient, text)
        if session.callback == "sent":
            self._call_back(session, recipient, message_id, None)
        await self._aftermath(session, recipient, message_id)

    def _call_back(self, session: SimulatedSession, recipient: str, message_id: str | None, error: str | None) -> None:
        if session.callback == "none":
            return
        self._world.announce(
            {
                "event": "message_sent" if error is None else "message_failed",
                "sessionId": session.session_id,
                "groupJid": recipient,
                "messageId": message_id,
                "status": "sent" if error is None else "failed",
                "error": error,
                "timestamp": int(self._world.now().timestamp() * 1000),
            }
        )

    async def _aftermath(self, session: SimulatedSession, recipient: str, message_id: str) -> None:
        """What WhatsApp says after a message left: a late rejection, or receipts."""
        about = {"sessionId": session.session_id, "messageId": message_id, "groupJid": recipient}
        if session.late_rejection_code is not None:
            await self._world.hold(session.late_rejection_delay_ms / 1000)
            rejection = {"errorCode": session.late_rejection_code, "errorMessage": "Message rejected by WhatsApp"}
            self._world.announce({"event": "message_error", **about, **rejection})
            return
        for receipt in session.receipts:
            await self._world.hold(session.receipt_delay_ms / 1000)
            reader = recipient.split("@", 1)[0]
            moment = int((time.time() + self._world.settings.clock_skew_s) * 1000)
            self._world.announce({"event": receipt, **about, "readerPhone": reader, "timestamp": moment})

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._later.discard(task)
        if not task.cancelled() and task.exception() is not None and not isinstance(task.exception(), GatewayGoneError):
            raise RuntimeError("a delivery failed in the simulator") from task.exception()
