"""Database rows as the values that the decisions are made of."""

from typing import Any

import asyncpg

from services.verifier.reconcile import SessionRow
from services.verifier.silence import Silence

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
    "is_ours",
)
_CHECK_COLUMNS = (
    "connecting_since",
    "connecting_seen_at",
    "superseded_by",
    "webhook_at",
    "seen_connected",
    "down_since",
)


def session_row(session: asyncpg.Record, check: asyncpg.Record | None) -> SessionRow:
    """A session as its table has it, with what its checks remember of it, if it was ever checked."""
    values: dict[str, Any] = {name: session[name] for name in _SESSION_COLUMNS}
    if check is not None:
        for name in _CHECK_COLUMNS:
            values[name] = check[name]
        values["seen_connected"] = bool(check["seen_connected"])
        values["silence"] = _silence(check)
    return SessionRow(**values)


def _silence(check: asyncpg.Record) -> Silence | None:
    if check["silent_since"] is None:
        return None
    return Silence(check["silent_since"], check["unacknowledged"], check["silence_noted_at"])
