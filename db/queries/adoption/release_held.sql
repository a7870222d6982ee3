-- name: release_held
-- Held messages become due: a time of the next attempt is what a held one does not have.
WITH held AS MATERIALIZED (
    SELECT m.id, m.scheduled_for
    FROM truesend.adoption AS a
    JOIN scheduled_whatsapp_messages AS m ON m.scheduled_for <= a.overdue_before AND m.created_at <= a.overdue_before
    WHERE m.status = 'pending' AND m.next_attempt_at IS NULL
      AND (:organizations::uuid[] IS NULL OR m.organization_id = ANY (:organizations::uuid[]))
      AND (:scheduled_after::timestamptz IS NULL OR m.scheduled_for > :scheduled_after::timestamptz)
      AND (:scheduled_before::timestamptz IS NULL OR m.scheduled_for < :scheduled_before::timestamptz)
    ORDER BY m.scheduled_for, m.id
    LIMIT :row_limit
    FOR UPDATE OF m
), ordered AS (
    -- a microsecond apart, so that each session sends its own in the order in which they were scheduled
    SELECT h.id, row_number() OVER (ORDER BY h.scheduled_for, h.id) * interval '1 microsecond' AS place
    FROM held AS h
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET next_attempt_at = now() + o.place, version = m.version + 1
    FROM ordered AS o
    WHERE m.id = o.id
    RETURNING m.id, m.organization_id, m.status, m.version, m.session_id, m.retry_count, m.next_attempt_at
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.released',
           truesend.message_fact(u.id, u.organization_id, 'message.released', u.status, u.version, u.session_id, NULL,
                                 u.retry_count, u.next_attempt_at, NULL, false),
           u.organization_id
    FROM updated AS u
    RETURNING 1
)
SELECT count(*) FROM updated;
