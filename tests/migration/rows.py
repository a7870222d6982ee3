"""Rows as they were, for comparing."""

from truesend.store.pool import Connection

_OLD_COLUMNS = {
    "whatsapp_sessions": (
        "id, organization_id, phone_number, display_name, session_data, status, qr_code, qr_expires_at, connected_at,"
        " last_active_at, created_at, updated_at"
    ),
    "scheduled_whatsapp_messages": (
        "id, organization_id, group_id, workshop_id, message_type, message_content, media_url, media_type,"
        " scheduled_for, status, sent_at, error_message, retry_count, created_by, created_at"
    ),
}


async def fingerprints(connection: Connection, *, untouched: str = "true") -> dict[str, tuple[int, str]]:
    """Return count and hash of each table's rows over the columns that the CRM made, where `untouched` holds."""
    found = {}
    for table, columns in _OLD_COLUMNS.items():
        row = await connection.fetchrow(
            f"SELECT count(*), md5(coalesce(string_agg(ROW({columns})::text, E'\\n' ORDER BY id), ''))"
            f" FROM {table} AS r WHERE {untouched}"
        )
        assert row is not None
        found[table] = (row[0], row[1])
    return found
