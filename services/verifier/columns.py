"""Rows and facts as the arrays that batched statements take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.verifier.notices import fact_payload
from services.verifier.plan import Fact
from services.verifier.reconcile import SessionRow


def session_columns(changes: Sequence[tuple[SessionRow, SessionRow]]) -> dict[str, list[Any]]:
    """What ``write_sessions`` takes, of pairs: the row before and after."""
    after = [row for _, row in changes]
    return {
        "ids": [row.id for row in after],
        "expected_versions": [before.version for before, _ in changes],
        "versions": [row.version for row in after],
        "statuses": [row.status for row in after],
        "phone_numbers": [row.phone_number for row in after],
        "qr_codes": [row.qr_code for row in after],
        "qr_expiries": [row.qr_expires_at for row in after],
        "connected_ats": [row.connected_at for row in after],
        "last_active_ats": [row.last_active_at for row in after],
        "last_errors": [row.last_error for row in after],
        "last_error_ats": [row.last_error_at for row in after],
        "last_verified_ats": [row.last_verified_at for row in after],
    }


def memory_columns(session_ids: Sequence[UUID], rows: Mapping[UUID, SessionRow]) -> dict[str, list[Any]]:
    """What is remembered of sessions beside their rows; ``known`` is false for one whose row is not at hand."""
    known = [rows.get(session_id) for session_id in session_ids]
    return {
        "known": [row is not None for row in known],
        "connecting_sinces": [row and row.connecting_since for row in known],
        "connecting_seen_ats": [row and row.connecting_seen_at for row in known],
        "webhook_ats": [row and row.webhook_at for row in known],
        "seen_connecteds": [bool(row and row.seen_connected) for row in known],
        "down_sinces": [row and row.down_since for row in known],
    }


def fact_columns(facts: Sequence[Fact], now: datetime) -> dict[str, list[Any]]:
    """What ``append_facts`` takes."""
    return {
        "session_ids": [fact.row.id for fact in facts],
        "types": [str(fact.type) for fact in facts],
        "payloads": [fact_payload(fact, now) for fact in facts],
        "organization_ids": [fact.row.organization_id for fact in facts],
        "traceparents": [fact.traceparent for fact in facts],
    }
