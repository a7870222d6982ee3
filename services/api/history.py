"""A fact as history shows it: its body, its place in the order, and when it was written down."""

from typing import Any

import asyncpg


def history_item(row: asyncpg.Record) -> dict[str, Any]:
    """One entry. ``position`` is null until the relay has given it one."""
    return {**row["payload"], "type": row["type"], "position": row["position"], "created_at": row["created_at"]}
