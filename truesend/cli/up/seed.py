"""Writes the demo's rows, as the CRM would: the sessions once, a first round of messages, and then a trickle."""

import asyncio
import contextlib
from collections.abc import Iterable

import asyncpg

from truesend.cli.up.demo import Message, Organization, Session, later_messages
from truesend.settings import PoolMode
from truesend.store.pool import open_pool
from truesend.store.queries import Executor, load_queries

TRICKLE_EVERY_S = 4.0
MOST_TRICKLED = 150
MOST_WAITING = 3

_QUERIES = load_queries("seed")


async def holds_others(
    database_url: str, organizations: Iterable[Organization], *, mode: PoolMode = PoolMode.SESSION
) -> bool:
    """Say whether the database has a session of anybody but them, and so is no place for a demo."""
    async with await open_pool(database_url, application="demo", max_size=1, mode=mode) as pool:
        return bool(await _QUERIES["holds_others"].fetchval(pool, organizations=[each.id for each in organizations]))


async def seed(
    database_url: str,
    sessions: Iterable[Session],
    messages: Iterable[Message],
    *,
    mode: PoolMode = PoolMode.SESSION,
) -> None:
    """Add the sessions that are not there yet, and the messages, of which at most three wait for any session."""
    async with await open_pool(database_url, application="demo", max_size=1, mode=mode) as pool:
        for session in sessions:
            await _QUERIES["add_session"].execute(
                pool,
                id=session.id,
                organization_id=session.organization.id,
                phone_number=session.phone_number,
                display_name=session.display_name,
                gateway_session_id=session.gateway_session_id,
                status=session.status,
                paired=session.paired,
            )
        for message in messages:
            await _add(pool, message)


async def trickle(database_url: str, *, mode: PoolMode = PoolMode.SESSION) -> None:
    """Add a message every few seconds until enough have come. A database that is away costs the message, no more."""
    for message in later_messages(MOST_TRICKLED):
        await asyncio.sleep(TRICKLE_EVERY_S)
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await seed(database_url, (), (message,), mode=mode)


async def _add(db: Executor, message: Message) -> None:
    await _QUERIES["add_message"].execute(
        db,
        session_id=message.session.id,
        recipient=message.recipient,
        message_content=message.text,
        most_waiting=MOST_WAITING,
    )
