-- name: failed_while_up
-- Messages that another program gave up although their session was connected when they were due, and since.
WITH facts AS (
    SELECT e.aggregateid AS session_id, e.type, e.payload ->> 'status' AS status,
           (e.payload ->> 'occurred_at')::timestamptz AS at,
           lead((e.payload ->> 'occurred_at')::timestamptz) OVER (PARTITION BY e.aggregateid ORDER BY e.seq) AS until
    FROM truesend.event_log AS e
    WHERE e.aggregatetype = 'session'
), failed AS (
    SELECT m.id, m.organization_id, m.scheduled_for
    FROM scheduled_whatsapp_messages AS m
    WHERE m.status IN ('sent', 'failed', 'cancelled') AND (m.message_content <> '[erased]' OR m.media_url IS NOT NULL)
      AND greatest(m.scheduled_for, m.sent_at, m.retried_at) >= :since
      AND m.status = 'failed' AND m.scheduled_for >= :since
      AND NOT EXISTS (SELECT FROM truesend.message_attempts AS a WHERE a.message_id = m.id)
      AND NOT EXISTS (SELECT FROM truesend.event_log AS e
                      WHERE e.aggregatetype = 'message' AND e.aggregateid = m.id AND e.type = 'message.failed')
)
SELECT m.organization_id, m.id AS message_id, r.session_id, w.display_name AS session_name, m.scheduled_for AS at,
       f.at AS since
FROM failed AS m
CROSS JOIN LATERAL (SELECT o.session_id FROM truesend.message_routes AS o WHERE o.message_id = m.id OFFSET 0) AS r
JOIN facts AS f ON f.session_id = r.session_id AND f.until IS NULL AND f.at <= m.scheduled_for
    AND f.status = 'connected' AND f.type <> 'session.cannot_verify'
LEFT JOIN whatsapp_sessions AS w ON w.id = r.session_id
ORDER BY m.organization_id, m.scheduled_for, m.id;
