-- name: prune_texts
-- A slice of the messages that came to their end long ago: what they said is blanked, and what the gateway said of it. The
-- rest of the row stays. One that somebody holds locked waits for the next slice.
WITH old AS MATERIALIZED (
    SELECT m.id
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status IN ('sent', 'failed', 'cancelled')
      AND (m.message_content <> '[erased]' OR m.media_url IS NOT NULL)
      AND greatest(m.scheduled_for, m.sent_at, m.retried_at) < now() - make_interval(secs => :retention_s)
    ORDER BY greatest(m.scheduled_for, m.sent_at, m.retried_at)
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
), blanked AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET message_content = '[erased]', media_url = NULL, vps_error = NULL
    FROM old AS o
    WHERE m.id = o.id
    RETURNING 1
)
SELECT count(*) FROM blanked;
