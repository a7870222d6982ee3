-- name: stage_due
-- Looks at up to :row_limit due messages after the cursor, and queues those that are not queued yet, or whose route or
-- due time has changed since. Only ids: what the route says now is checked again at the claim.
WITH scanned AS MATERIALIZED (
    SELECT m.id, m.organization_id, m.scheduled_for, m.created_at, m.next_attempt_at,
           coalesce(m.next_attempt_at, m.scheduled_for) AS due_at
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status = 'pending'
      AND coalesce(m.next_attempt_at, m.scheduled_for) <= now()
      -- what it said is gone: whoever puts it back to pending, nobody is sent the mark
      AND m.message_content <> '[erased]'
      AND (coalesce(m.next_attempt_at, m.scheduled_for), m.id) > (:after_due_at::timestamptz, :after_id::uuid)
    ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id
    LIMIT :row_limit
), routed AS MATERIALIZED (
    -- by itself, so that the view is entered by message id whatever a CRM has put into it
    SELECT s.*, r.session_id, r.recipient
    FROM scanned AS s
    CROSS JOIN LATERAL (SELECT o.session_id, o.recipient FROM truesend.message_routes AS o
                        WHERE o.message_id = s.id OFFSET 0) AS r
    WHERE r.session_id IS NOT NULL AND r.recipient IS NOT NULL
), changed AS (
    SELECT s.id, s.organization_id, s.session_id, s.recipient, s.due_at
    FROM routed AS s
    CROSS JOIN LATERAL (SELECT o.organization_id FROM whatsapp_sessions AS o WHERE o.id = s.session_id OFFSET 0) AS w
    LEFT JOIN LATERAL (SELECT o.message_id, o.session_id, o.recipient, o.due_at, o.claimed_at
                       FROM truesend.dispatch_queue AS o
                       WHERE o.message_id = s.id OFFSET 0) AS q ON true
    WHERE w.organization_id = s.organization_id
      AND (:organizations::uuid[] IS NULL OR s.organization_id = ANY (:organizations::uuid[]))
      AND NOT EXISTS (SELECT FROM truesend.adoption AS a
                      WHERE s.scheduled_for <= a.overdue_before
                        AND s.created_at <= a.overdue_before
                        AND s.next_attempt_at IS NULL)
      AND (q.message_id IS NULL
           OR (q.claimed_at IS NULL
               AND (q.session_id, q.recipient, q.due_at) IS DISTINCT FROM (s.session_id, s.recipient, s.due_at)))
), staged AS (
    INSERT INTO truesend.dispatch_queue AS q (message_id, organization_id, session_id, recipient, due_at)
    SELECT id, organization_id, session_id, recipient, due_at FROM changed
    ON CONFLICT (message_id) DO UPDATE
        SET session_id = excluded.session_id, recipient = excluded.recipient, due_at = excluded.due_at
        WHERE q.claimed_at IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM scanned) AS scanned,
       (SELECT count(*) FROM staged) AS staged,
       last.due_at AS last_due_at,
       last.id AS last_id
FROM (VALUES (1)) AS one (row)
LEFT JOIN (SELECT due_at, id FROM scanned ORDER BY due_at DESC, id DESC LIMIT 1) AS last ON true;
