-- name: expire_held
-- Held messages fail, with the reason.
WITH held AS MATERIALIZED (
    SELECT m.id
    FROM truesend.adoption AS a
    JOIN scheduled_whatsapp_messages AS m ON m.scheduled_for <= a.overdue_before AND m.created_at <= a.overdue_before
    WHERE m.status = 'pending' AND m.next_attempt_at IS NULL
      AND (:organizations::uuid[] IS NULL OR m.organization_id = ANY (:organizations::uuid[]))
      AND (:scheduled_after::timestamptz IS NULL OR m.scheduled_for > :scheduled_after::timestamptz)
      AND (:scheduled_before::timestamptz IS NULL OR m.scheduled_for < :scheduled_before::timestamptz)
    ORDER BY m.scheduled_for, m.id
    LIMIT :row_limit
    FOR UPDATE OF m
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'failed', error_message = :expired_message, version = m.version + 1
    FROM held AS h
    WHERE m.id = h.id
    RETURNING m.id, m.organization_id, m.status, m.version, m.session_id, m.retry_count, m.error_message
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.failed',
           truesend.message_fact(u.id, u.organization_id, 'message.failed', u.status, u.version, u.session_id,
                                 'expired', u.retry_count, NULL, u.error_message, false),
           u.organization_id
    FROM updated AS u
    RETURNING 1
)
SELECT count(*) FROM updated;
