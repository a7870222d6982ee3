"""Pairing: the codes of a session, once or as long as somebody holds a phone to the screen.

A code is shown to the caller and to nobody else: it is in no log, no row and no fact. Nor is the number that a pairing
code is asked for.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.api.live.frames import KEEP_ALIVE, event
from services.api.message_actions import Operator
from services.api.pairing_answer import CANNOT_TELL, CodesShown, pairing_answer
from services.api.session_control import SessionAtGateway, SessionControl
from truesend.gateways.protocol import Observation, ObservedState


@dataclass(frozen=True, slots=True)
class PairingLimits:
    """What one client may cost. Times are seconds."""

    look_every_s: float = 2.0
    keep_alive_s: float = 15.0
    life_s: float = 300.0
    write_timeout_s: float = 10.0
    clients: int = 100


class PairingDesk:
    """Who is being shown codes by this process."""

    def __init__(self, limits: PairingLimits | None = None) -> None:
        self.limits = limits or PairingLimits()
        self._clients = 0
        self._closing = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether one more would be too many."""
        return self._clients >= self.limits.clients

    @property
    def is_closed(self) -> bool:
        """Whether every stream is to end."""
        return self._closing.is_set()

    def close(self) -> None:
        """End every stream."""
        self._closing.set()

    def come(self) -> None:
        """One more client."""
        self._clients += 1

    def leave(self) -> None:
        """One less."""
        self._clients -= 1

    async def pause(self) -> None:
        """Until the next look, or until the desk is closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limits.look_every_s):
                await self._closing.wait()


class PairingStream:
    """A `qr` event for each change of code or state, then `connected`. Ends by itself: once connected, after its time, with
    the caller's token, and when the desk is closed.

    With a ``phone_number`` the gateway is asked for a pairing code: once, when the session first waits to be paired, since
    asking again can end the code that somebody is typing.
    """

    has_overflowed = False

    def __init__(
        self,
        control: SessionControl,
        operator: Operator,
        session: SessionAtGateway,
        desk: PairingDesk,
        *,
        valid_until: float | None,
        phone_number: str | None = None,
    ) -> None:
        self._control = control
        self._operator = operator
        self._session = session
        self._desk = desk
        self._asks_for = phone_number
        self._codes = CodesShown()
        life_s = desk.limits.life_s
        self._ends_at = time.monotonic() + (min(life_s, valid_until - time.time()) if valid_until else life_s)
        self._shown: dict[str, Any] = {"status": session.status}
        self._wrote_at = float("-inf")

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Bytes to write, whole events only."""
        self._desk.come()
        try:
            while not self._desk.is_closed and time.monotonic() < self._ends_at:
                seen = await self._look()
                answer = pairing_answer(self._session, seen, self._codes)
                await self._have_changes_verified(answer)
                if chunk := self._chunk(answer):
                    yield chunk
                if answer["status"] == "connected":
                    return
                await self._desk.pause()
        finally:
            self._desk.leave()

    async def _look(self) -> Observation:
        seen = await self._control.look(self._session)
        self._codes = self._codes.with_look(seen, datetime.now(UTC))
        if self._asks_for is not None and seen.state is ObservedState.QR_WANTED:
            phone_number, self._asks_for = self._asks_for, None
            self._codes = self._codes.with_request(await self._control.pairing_code(self._session, phone_number))
        return seen

    async def _have_changes_verified(self, answer: dict[str, Any]) -> None:
        """What the gateway shows belongs into the row; the verifier is who writes it."""
        if answer["status"] not in {self._shown["status"], CANNOT_TELL}:
            await self._control.ask_again(self._operator, self._session.id)

    def _chunk(self, answer: dict[str, Any]) -> bytes:
        now = time.monotonic()
        if answer["status"] == "connected":
            return event("connected", answer)
        if answer != self._shown:
            self._shown, self._wrote_at = answer, now
            return event("qr", answer)
        if now - self._wrote_at > self._desk.limits.keep_alive_s:
            self._wrote_at = now
            return KEEP_ALIVE
        return b""
