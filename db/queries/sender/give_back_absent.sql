-- name: give_back_absent
-- The gateway remembers, and does not know the message: the attempt failed. It waits for its next one, or its budget is
-- spent.
WITH updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = CASE WHEN coalesce(m.retry_count, 0) + 1 >= :max_attempts THEN 'failed' ELSE 'pending' END,
        retry_count = coalesce(m.retry_count, 0) + 1,
        next_attempt_at = CASE WHEN coalesce(m.retry_count, 0) + 1 >= :max_attempts THEN NULL
                               ELSE now() + make_interval(secs => :delay_s) END,
        error_message = CASE WHEN coalesce(m.retry_count, 0) + 1 >= :max_attempts THEN :spent_message::text
                             ELSE :again_message::text END,
        unconfirmed_at = NULL, accepted_at = NULL, gateway_message_id = NULL,
        attempt_started_at = CASE WHEN coalesce(m.retry_count, 0) + 1 >= :max_attempts THEN m.attempt_started_at END,
        version = m.version + 1
    WHERE m.id = :message_id AND m.status = 'sending' AND m.unconfirmed_at IS NOT NULL AND m.lease_token IS NULL
    RETURNING m.id, m.organization_id, m.status, m.version, m.retry_count, m.next_attempt_at, m.error_message
), counted AS (
    UPDATE truesend.message_attempts AS a
    SET failure_counted = true
    FROM updated AS u
    JOIN truesend.lookups AS l ON l.message_id = u.id
    WHERE a.message_id = u.id AND a.started_at = l.attempt_started_at
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, e.type,
           truesend.message_fact(u.id, u.organization_id, e.type, u.status, u.version, :session_id::uuid, 'absent',
                                 u.retry_count, u.next_attempt_at, u.error_message, false),
           u.organization_id
    FROM updated AS u
    CROSS JOIN LATERAL (SELECT CASE u.status WHEN 'failed' THEN 'message.failed'
                                             ELSE 'message.retry_scheduled' END AS type) AS e
    RETURNING 1
), dequeued AS (
    DELETE FROM truesend.dispatch_queue AS q USING updated AS u WHERE q.message_id = u.id RETURNING 1
), settled AS (
    DELETE FROM truesend.lookups AS l USING updated AS u WHERE l.message_id = u.id RETURNING 1
)
SELECT u.id AS message_id, u.status FROM updated AS u;
