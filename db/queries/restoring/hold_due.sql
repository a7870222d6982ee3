-- name: hold_due
-- Looks at up to :row_limit pending messages that were due at the restore, after the cursor, and holds them: a time of the next
-- attempt is what a held one does not have. Their versions go beyond any that they had after the backup was taken.
WITH due AS MATERIALIZED (
    SELECT m.id, coalesce(m.next_attempt_at, m.scheduled_for) AS due_at
    FROM truesend.adoption AS a
    JOIN scheduled_whatsapp_messages AS m
        ON m.status = 'pending' AND coalesce(m.next_attempt_at, m.scheduled_for) <= a.overdue_before
    WHERE (coalesce(m.next_attempt_at, m.scheduled_for), m.id) > (:after_due_at::timestamptz, :after_id::uuid)
    ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id
    LIMIT :row_limit
    FOR UPDATE OF m
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET next_attempt_at = NULL, error_message = :held_message, version = m.version + :version_leap::bigint
    FROM due AS d
    WHERE m.id = d.id
    RETURNING m.id, m.organization_id, m.status, m.version, m.session_id, m.retry_count, m.error_message
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.held',
           truesend.message_fact(u.id, u.organization_id, 'message.held', u.status, u.version, u.session_id, NULL,
                                 u.retry_count, NULL, u.error_message, false),
           u.organization_id
    FROM updated AS u
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u WHERE q.message_id = u.id RETURNING 1
)
SELECT (SELECT count(*) FROM updated) AS held, last.due_at AS last_due_at, last.id AS last_id
FROM (VALUES (1)) AS one (row)
LEFT JOIN (SELECT due_at, id FROM due ORDER BY due_at DESC, id DESC LIMIT 1) AS last ON true;
