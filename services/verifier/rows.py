"""Database rows as the values that the decisions are made of."""

from dataclasses import replace
from typing import Any

import asyncpg

from services.verifier.reconcile import SessionRow

_SESSION_COLUMNS = (
    "id",
    "organization_id",
    "status",
    "gateway",
    "gateway_session_id",
    "version",
    "phone_number",
    "qr_code",
    "qr_expires_at",
    "connected_at",
    "last_active_at",
    "last_error",
    "last_error_at",
    "last_verified_at",
)
_CHECK_COLUMNS = ("connecting_since", "connecting_seen_at", "superseded_by")


def session_row(record: asyncpg.Record) -> SessionRow:
    """A session as its table has it."""
    values: dict[str, Any] = {name: record[name] for name in _SESSION_COLUMNS}
    return SessionRow(**values)


def with_check(row: SessionRow, record: asyncpg.Record) -> SessionRow:
    """The same session with what its checks remember."""
    values: dict[str, Any] = {name: record[name] for name in _CHECK_COLUMNS}
    return replace(row, **values)
