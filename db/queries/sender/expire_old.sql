-- name: expire_old
-- Nobody wants yesterday's reminder today: pending messages past their age fail, with the reason.
WITH old AS MATERIALIZED (
    SELECT m.id
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'pending'
      AND m.scheduled_for <= now() - make_interval(secs => :message_max_age_s)
      -- one that an operator had tried again is as old as that
      AND (m.retried_at IS NULL OR m.retried_at <= now() - make_interval(secs => :message_max_age_s))
      AND (:organizations::uuid[] IS NULL OR m.organization_id = ANY (:organizations::uuid[]))
      AND NOT EXISTS (SELECT FROM truesend.adoption AS a
                      WHERE m.scheduled_for <= a.overdue_before
                        AND m.created_at <= a.overdue_before
                        AND (m.next_attempt_at IS NULL
                             OR m.next_attempt_at > now() - make_interval(secs => :message_max_age_s)))
    ORDER BY m.scheduled_for
    LIMIT :row_limit
    FOR UPDATE SKIP LOCKED
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'failed', error_message = :expired_message, next_attempt_at = NULL, version = m.version + 1
    FROM old AS o
    WHERE m.id = o.id
    RETURNING m.id, m.organization_id, m.version, m.retry_count, m.error_message, m.session_id
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.failed',
           truesend.message_fact(u.id, u.organization_id, 'message.failed', 'failed', u.version, u.session_id,
                                 'expired', u.retry_count, NULL, u.error_message, false),
           u.organization_id
    FROM updated AS u
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u
    WHERE q.message_id = u.id AND q.claimed_at IS NULL
    RETURNING 1
)
SELECT count(*) AS expired, coalesce(array_agg(u.id), '{}') AS message_ids FROM updated AS u;
