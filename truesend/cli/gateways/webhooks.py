"""Telling gateways where to post: each of our sessions' webhooks, to our address, with our secret."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from truesend.gateways.protocol import ControlResult, Gateway
from truesend.settings import DatabaseSettings
from truesend.store.pool import connect
from truesend.store.queries import load_queries

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of one session's registration."""

    gateway: str
    session: str
    result: ControlResult


async def sessions_of(database: DatabaseSettings, gateways: Sequence[str]) -> list[tuple[str, str]]:
    """Our sessions at these gateways: (gateway, the gateway's name of the session)."""
    connection = await connect(database, application="gateways", timeout_s=5)
    try:
        rows = await load_queries("doctor")["sessions_of_gateways"].fetch(connection, gateways=list(gateways))
    finally:
        await connection.close(timeout=5)
    return [(row["gateway"], row["gateway_session_id"]) for row in rows]


async def register(gateways: Mapping[str, Gateway], sessions: Sequence[tuple[str, str]]) -> list[Registered]:
    """Register each session, a few at once. Closes the gateways."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, session: str) -> Registered:
        gateway = gateways[name]
        async with places:
            return Registered(name, session, await gateway.register_webhook(session, gateway.config.webhook_url))

    try:
        return await asyncio.gather(*(one(name, session) for name, session in sessions))
    finally:
        for gateway in gateways.values():
            await gateway.close()
