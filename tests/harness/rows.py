"""Rows as a CRM writes them, and what became of them."""

from datetime import datetime
from uuid import UUID, uuid4

import asyncpg


async def insert_session(
    connection: asyncpg.Connection,
    *,
    organization_id: UUID,
    status: str = "connected",
    vps_session_id: str | None = None,
    phone_number: str | None = None,
    gateway: str = "default",
    session_id: UUID | None = None,
) -> UUID:
    """A session; without a number it gets none. Returns its id."""
    session_id = session_id or uuid4()
    data = None if vps_session_id is None else f'{{"vps_session_id": "{vps_session_id}"}}'
    await connection.execute(
        "INSERT INTO whatsapp_sessions (id, organization_id, status, session_data, phone_number, gateway, connected_at)"
        " VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, now())",
        session_id,
        organization_id,
        status,
        data,
        phone_number,
        gateway,
    )
    return session_id


async def insert_message(
    connection: asyncpg.Connection,
    *,
    organization_id: UUID,
    session_id: UUID | None,
    recipient: str | None = "919812345678",
    text: str = "Namaste",
    due_in_s: float = 0.0,
    scheduled_for: datetime | None = None,
) -> UUID:
    """A pending message, due ``due_in_s`` from now by the database's clock (negative: overdue). Returns its id."""
    message_id = uuid4()
    await connection.execute(
        "INSERT INTO scheduled_whatsapp_messages"
        " (id, organization_id, session_id, recipient, message_type, message_content, scheduled_for)"
        " VALUES ($1, $2, $3, $4, 'custom', $5, coalesce($6, now() + make_interval(secs => $7)))",
        message_id,
        organization_id,
        session_id,
        recipient,
        text,
        scheduled_for,
        due_in_s,
    )
    return message_id


async def message_row(connection: asyncpg.Connection, message_id: UUID) -> asyncpg.Record:
    """The message as it is now."""
    row = await connection.fetchrow("SELECT * FROM scheduled_whatsapp_messages WHERE id = $1", message_id)
    assert row is not None
    return row


async def attempts_of(connection: asyncpg.Connection, message_id: UUID) -> list[asyncpg.Record]:
    """Its attempts, oldest first."""
    return await connection.fetch(
        "SELECT * FROM truesend.message_attempts WHERE message_id = $1 ORDER BY started_at", message_id
    )


async def facts_of(connection: asyncpg.Connection, aggregate_id: UUID) -> list[str]:
    """The types of its facts, oldest first."""
    rows = await connection.fetch(
        "SELECT type FROM truesend.event_log WHERE aggregateid = $1 ORDER BY seq", aggregate_id
    )
    return [row["type"] for row in rows]
