-- name: take_lookups
-- Due look-ups, pushed out of others' reach while one of us asks.
WITH due AS MATERIALIZED (
    SELECT l.message_id
    FROM truesend.lookups AS l
    WHERE l.next_lookup_at <= now()
    ORDER BY l.next_lookup_at
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE truesend.lookups AS l
    SET next_lookup_at = now() + make_interval(secs => :lease_s), lookups = l.lookups + 1
    FROM due AS d
    WHERE l.message_id = d.message_id
    RETURNING l.*
)
SELECT t.*, now() AS asked_at, m.gateway_message_id, coalesce(m.retry_count, 0) AS retry_count, m.unconfirmed_at,
       m.id IS NOT NULL AND m.status = 'sending' AND m.unconfirmed_at IS NOT NULL AS in_doubt,
       -- accepted, and an operator would not wait for its confirmation
       coalesce(m.status = 'sending' AND m.lease_token IS NULL AND m.unconfirmed_at IS NULL
                AND m.accepted_at IS NOT NULL, false) AS is_awaited,
       coalesce(nullif(w.session_data ->> 'vps_session_id', ''), 'wa_' || t.session_id::text) AS gateway_session_id
FROM taken AS t
LEFT JOIN scheduled_whatsapp_messages AS m ON m.id = t.message_id
LEFT JOIN whatsapp_sessions AS w ON w.id = t.session_id;
