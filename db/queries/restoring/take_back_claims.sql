-- name: take_back_claims
-- What was claimed and not started when the backup was taken was sent soon afterwards, if nothing came in between: no reaper may
-- take it for never sent.
WITH claimed AS MATERIALIZED (
    SELECT m.id
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'sending' AND m.lease_token IS NOT NULL AND m.attempt_started_at IS NULL
    LIMIT :row_limit
    FOR UPDATE
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'pending', lease_token = NULL, lease_until = NULL, version = m.version + 1
    FROM claimed AS c
    WHERE m.id = c.id
    RETURNING m.id
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u WHERE q.message_id = u.id RETURNING 1
)
SELECT count(*) FROM updated;
