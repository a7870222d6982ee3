"""What an operator has a session's gateway do: connect again, log out, show its codes.

The request is a fact before the gateway is called: whatever it does then, the history says who wanted it. The status is
not written here; the verifier is asked to look.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import structlog

from services.api.broker_link import BrokerLink
from services.api.database import Database
from services.api.message_actions import LOCK_TIMEOUT, Operator, busy
from services.api.problems import BrokerAway, Problem, not_found
from services.api.verify_commands import ask_to_verify
from truesend.contracts.events import VerifyReason
from truesend.gateways.protocol import ControlResult, Gateway, Observation, ObservedState
from truesend.store.queries import Query

# beyond the gateway's own time limits, for a call that waits its turn
TURN_S = 5.0
# a second click that comes sooner is a slip: two restarts at once can kill a gateway's process
PAUSE_S = 5.0

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Control(StrEnum):
    """What is asked of the gateway, as its fact is called."""

    RECONNECT = "session.reconnect_requested"
    DISCONNECT = "session.disconnect_requested"


@dataclass(frozen=True, slots=True)
class SessionAtGateway:
    """A session of the caller's organisation, its status as the row has it, and its gateway."""

    id: UUID
    status: str
    gateway: Gateway
    gateway_session_id: str


class SessionControl:
    """The operator's hand on the gateways."""

    def __init__(
        self,
        database: Database,
        queries: Mapping[str, Query],
        gateways: Mapping[str, Gateway],
        broker: BrokerLink,
    ) -> None:
        self._database = database
        self._queries = queries
        self._gateways = gateways
        self._broker = broker

    async def order(self, control: Control, operator: Operator, session_id: UUID) -> SessionAtGateway:
        """Have the gateway do it. Raises Problem: 404; 409 where its gateway is not configured or somebody has just
        asked; 502 where the gateway refuses, in its words."""
        session = await self._request(control, operator, session_id)
        gateway = session.gateway
        call = gateway.restart if control is Control.RECONNECT else gateway.disconnect
        result = await _bounded(call(session.gateway_session_id), gateway, _no_control)
        await self.ask_again(operator, session_id)
        if not result.ok:
            raise _gateway_refused(gateway, result.detail)
        return session

    async def session(self, organization_id: UUID, session_id: UUID) -> SessionAtGateway:
        """The session. Raises Problem: 404; 409 where its gateway is not configured."""
        async with self._database.of(organization_id) as connection:
            row = await self._queries["session_at_gateway"].fetchrow(
                connection, organization_id=organization_id, session_id=session_id
            )
        return self._at_gateway(row)

    async def look(self, session: SessionAtGateway) -> Observation:
        """What the gateway shows of the session now, with the QR code where one is wanted."""
        return await _bounded(session.gateway.qr(session.gateway_session_id), session.gateway, _no_look)

    async def pairing_code(self, session: SessionAtGateway, phone_number: str) -> Observation:
        """What the gateway gives to be typed into the phone of that number (digits), with the session's state."""
        call = session.gateway.pairing_code(session.gateway_session_id, phone_number)
        return await _bounded(call, session.gateway, _no_look)

    async def ask_again(self, operator: Operator, session_id: UUID) -> bool:
        """Have the verifier look. False where Kafka is away: its sweep looks, then."""
        try:
            await ask_to_verify(
                self._broker,
                [session_id],
                organization_id=operator.organization_id,
                reason=VerifyReason.OPERATOR,
                traceparent=operator.traceparent,
            )
        except BrokerAway:
            return False
        return True

    async def _request(self, control: Control, operator: Operator, session_id: UUID) -> SessionAtGateway:
        async with self._database.of(operator.organization_id, settings=LOCK_TIMEOUT) as connection:
            try:
                row = await self._queries["lock_session"].fetchrow(
                    connection, organization_id=operator.organization_id, session_id=session_id
                )
            except asyncpg.LockNotAvailableError:
                raise busy() from None
            session = self._at_gateway(row)
            requested = await self._queries["append_session_request"].fetchval(
                connection,
                session_id=session_id,
                organization_id=operator.organization_id,
                type=control.value,
                actor=operator.actor,
                reason=operator.reason,
                traceparent=operator.traceparent,
                pause_s=PAUSE_S,
            )
        if requested is None:
            raise _just_asked(session)
        return session

    def _at_gateway(self, row: asyncpg.Record | None) -> SessionAtGateway:
        if row is None:
            raise not_found("session")
        gateway = self._gateways.get(row["gateway"])
        if gateway is None:
            detail = f"This session's gateway, {row['gateway']!r}, is not among the gateways that are configured here."
            raise Problem(HTTPStatus.CONFLICT, "unknown-gateway", detail, current={"status": row["status"]})
        return SessionAtGateway(row["id"], row["status"], gateway, row["gateway_session_id"])


async def _bounded(call: Coroutine[Any, Any, T], gateway: Gateway, otherwise: Callable[[str], T]) -> T:
    limit_s = gateway.config.connect_timeout_s + gateway.config.status_timeout_s + TURN_S
    try:
        async with asyncio.timeout(limit_s):
            return await call
    except TimeoutError:
        return otherwise(f"no answer from the gateway within {limit_s:g} s")
    except Exception:
        log.exception("a gateway module raised", gateway=gateway.config.name)
        return otherwise("the gateway's answer could not be understood")


def _no_control(detail: str) -> ControlResult:
    return ControlResult(ok=False, detail=detail)


def _no_look(detail: str) -> Observation:
    return Observation(ObservedState.CANNOT_TELL, detail)


def _gateway_refused(gateway: Gateway, words: str) -> Problem:
    detail = f"The gateway {gateway.config.name!r} did not do it: {words}"
    return Problem(HTTPStatus.BAD_GATEWAY, "gateway-refused", detail)


def _just_asked(session: SessionAtGateway) -> Problem:
    detail = f"Somebody asked this session's gateway less than {PAUSE_S:g} seconds ago. Wait for what comes of it."
    return Problem(
        HTTPStatus.CONFLICT, "conflict", detail, headers={"Retry-After": "5"}, current={"status": session.status}
    )
