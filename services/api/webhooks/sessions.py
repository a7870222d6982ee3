"""Whose session a gateway speaks of: asked once, remembered for a while, so that a webhook costs no query."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from services.api.database import Database
from services.api.problems import DatabaseAway
from truesend.store.queries import Query

KNOWN_S = 60.0
UNKNOWN_S = 10.0
REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class GatewaySession:
    """What keys a session's records, and whose it is: None while Postgres is away."""

    key: UUID
    organization_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Remembered:
    session: GatewaySession | None
    until_s: float


class GatewaySessions:
    """Finds sessions by their gateway's name for them."""

    def __init__(self, database: Database, query: Query, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._query = query
        self._clock = clock
        self._remembered: dict[tuple[str, str], _Remembered] = {}

    async def called(self, gateway: str, gateway_session_id: str) -> GatewaySession | None:
        """The session, whose id keys its records; None for a name that is nobody's, or two sessions'.

        While Postgres is away, a key that stays the same for the name: whoever reads the record looks for itself.
        """
        name, now_s = (gateway, gateway_session_id), self._clock()
        found = self._remembered.get(name)
        if found is not None and found.until_s > now_s:
            return found.session
        try:
            session = await self._ask(gateway, gateway_session_id)
        except DatabaseAway:
            return GatewaySession(uuid5(NAMESPACE_URL, f"{gateway}/{gateway_session_id}"), None)
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        self._remembered[name] = _Remembered(session, now_s + (KNOWN_S if session else UNKNOWN_S))
        return session

    async def _ask(self, gateway: str, gateway_session_id: str) -> GatewaySession | None:
        async with self._database.unbound() as connection:
            rows = await self._query.fetch(connection, gateway=gateway, gateway_session_id=gateway_session_id)
        return GatewaySession(rows[0]["id"], rows[0]["organization_id"]) if len(rows) == 1 else None
